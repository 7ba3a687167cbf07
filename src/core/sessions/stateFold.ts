/**
 * Adds events up to a state, one by one and in place: the cost of an event does not grow with the session.
 *
 * Never throws, whatever a patch has made of the state before.
 */
import { ZERO_USAGE, addUsage, type EventOf, type OrchestratorEvent, type TokenUsage } from "../events/event.ts";
import { isObject, mergePatch, ownValue, setOwnValue, type JsonObject } from "./mergePatch.ts";
import type { LoggedStatus } from "../store/sessionStore.ts";
import { emptyState, type AgentState, type HistoryEntry, type SessionState, type StepState } from "./sessionState.ts";
import { isStatus, statusAfter } from "./sessionStatus.ts";

/** What the session list shows of a state; counts are kept up to date so that nobody has to count. */
export interface StateDigest {
  readonly goal: string;
  /** Absent while a patch of the user has put a word of their own in its place. */
  readonly status?: LoggedStatus;
  readonly lastCompletedStep: string | null;
  readonly stepsTotal: number;
  readonly stepsCompleted: number;
  readonly agentsRunning: number;
}

/** Longest text of a history entry. */
const HISTORY_TEXT = 200;

type StepEvent = EventOf<"step_started" | "step_completed" | "step_failed" | "step_skipped">;

export class StateFold {
  #state: SessionState;
  #stepsTotal = 0;
  #stepsCompleted = 0;
  #agentsRunning = 0;

  /** Takes the state over: it changes with every event from now on. */
  constructor(state: SessionState = emptyState()) {
    this.#state = state;
    this.#count();
  }

  /** The live state; copy it to keep it. */
  get state(): SessionState {
    return this.#state;
  }

  /** A patch may have put anything in place of goal, status and step; here they are of their kind. */
  get digest(): StateDigest {
    const { goal, status, lastCompletedStep } = this.#state.workflow as {
      readonly [key in keyof StateDigest]?: unknown;
    };
    return {
      goal: typeof goal === "string" ? goal : "",
      ...(isStatus(status) ? { status } : {}),
      lastCompletedStep: typeof lastCompletedStep === "string" ? lastCompletedStep : null,
      stepsTotal: this.#stepsTotal,
      stepsCompleted: this.#stepsCompleted,
      agentsRunning: this.#agentsRunning,
    };
  }

  apply(event: OrchestratorEvent): void {
    const { workflow } = this.#state;
    workflow.status = statusAfter(workflow.status, event, workflow.plan !== undefined);
    switch (event.type) {
      case "session_created":
        if (event.state) this.#patch(event.state);
        this.#state.workflow.goal = event.goal;
        break;
      case "session_updated":
        this.#patch(event.patch);
        break;
      case "session_imported":
        // Whatever ran, ran elsewhere.
        this.#interruptRunning();
        break;
      case "session_forked":
        this.#takeFork(event);
        break;
      case "plan_created":
      case "plan_revised":
        this.#takePlan(event);
        break;
      case "step_started":
      case "step_completed":
      case "step_failed":
      case "step_skipped":
        this.#takeStep(event);
        break;
      case "steps_reset":
        this.#resetSteps(event);
        break;
      case "agent_initialized":
      case "agent_completed":
      case "agent_error":
        this.#takeAgent(event);
        break;
      case "usage_recorded":
        this.#takeUsage(event);
        break;
      case "workflow_completed":
      case "workflow_failed":
        this.#interruptRunning();
        workflow.summary = event.summary;
        workflow.outputs = [...event.outputs];
        if (event.type === "workflow_failed") workflow.error = event.error;
        this.#remember(event, { text: event.summary });
        break;
      case "workflow_interrupted":
        this.#interruptRunning();
        this.#remember(event, { text: event.reason });
        break;
      case "workflow_resumed":
        this.#interruptRunning();
        delete workflow.summary;
        delete workflow.outputs;
        delete workflow.error;
        this.#remember(event);
        break;
      case "lease_taken":
        // Whatever ran under the owner before ended with it.
        this.#interruptRunning();
        break;
      default:
        break;
    }
  }

  /** Whatever ran, runs in the session that this one was forked from. */
  #takeFork(event: EventOf<"session_forked">): void {
    const { workflow } = this.#state;
    this.#interruptRunning();
    delete workflow.summary;
    delete workflow.outputs;
    delete workflow.error;
    if (event.goal !== undefined) {
      workflow.goal = event.goal;
      workflow.step = null;
      workflow.lastCompletedStep = null;
      workflow.steps = {};
      delete workflow.plan;
      this.#count();
    }
    this.#remember(event, { text: `${event.parentSessionId}/${event.parentVersionId}` });
  }

  #takePlan(event: EventOf<"plan_created" | "plan_revised">): void {
    const { workflow } = this.#state;
    workflow.plan = event.plan;
    const planned = new Set(event.plan.steps.map((step) => step.id));
    for (const [id, step] of Object.entries(workflow.steps)) {
      if (step.status === "pending" && !planned.has(id)) delete workflow.steps[id];
    }
    for (const { id, title, agentType } of event.plan.steps) {
      if (ownValue(workflow.steps, id)) continue;
      setOwnValue(workflow.steps, id, { status: "pending", title, agentId: null, attempt: 0, agentType, outputs: [] });
    }
    this.#count();
    this.#remember(event, { text: event.type === "plan_revised" ? event.reason : event.plan.summary });
  }

  #takeStep(event: StepEvent): void {
    const { workflow } = this.#state;
    const { stepId, title, attempt, timestamp } = event;
    const { error: _error, reason: _reason, ...before } = this.#step(stepId);
    const step: StepState = { ...before, title, attempt };
    switch (event.type) {
      case "step_started": {
        const { agentType } = event;
        workflow.step = stepId;
        this.#setStep(stepId, {
          status: "running",
          title,
          agentId: null,
          attempt,
          agentType,
          outputs: [],
          startedAt: timestamp,
        });
        break;
      }
      case "step_completed": {
        const { agentId, result } = event;
        workflow.lastCompletedStep = stepId;
        this.#setStep(stepId, {
          ...step,
          status: "completed",
          agentId,
          result,
          outputs: [...event.outputs],
          endedAt: timestamp,
        });
        break;
      }
      case "step_failed": {
        const agentId = event.agentId ?? step.agentId;
        this.#setStep(stepId, { ...step, status: "failed", agentId, error: event.error, endedAt: timestamp });
        break;
      }
      case "step_skipped":
        this.#setStep(stepId, { ...step, status: "skipped", reason: event.reason, endedAt: timestamp });
        break;
    }
    this.#remember(event, { stepId, text: title });
  }

  #resetSteps(event: EventOf<"steps_reset">): void {
    const { workflow, history } = this.#state;
    for (const stepId of event.stepIds) {
      const { title, attempt, agentType } = this.#step(stepId);
      const type = agentType === undefined ? {} : { agentType };
      this.#setStep(stepId, { status: "pending", title, agentId: null, attempt, ...type, outputs: [] });
    }
    // A patch may have put anything into the history.
    const completed = history.map((entry) =>
      isObject(entry) && entry.type === "step_completed" ? entry.stepId : null,
    );
    const isKept = (id: unknown) => typeof id === "string" && this.#step(id).status === "completed";
    workflow.lastCompletedStep = completed.findLast(isKept) ?? null;
    this.#remember(event, { text: event.stepIds.join(", ") });
  }

  #takeAgent(event: EventOf<"agent_initialized" | "agent_completed" | "agent_error">): void {
    const { agentId, timestamp } = event;
    const { error: _error, ...before } = this.#agent(agentId);
    switch (event.type) {
      case "agent_initialized": {
        const { endedAt: _endedAt, ...kept } = before;
        const { agentType: type, model, stepId = null } = event;
        this.#setAgent(agentId, { ...kept, type, stepId, model, status: "running", startedAt: timestamp });
        if (stepId !== null) this.#setStep(stepId, { ...this.#step(stepId), agentId });
        break;
      }
      case "agent_completed":
        this.#setAgent(agentId, { ...before, status: "completed", outputs: [...event.outputs], endedAt: timestamp });
        break;
      case "agent_error":
        this.#setAgent(agentId, { ...before, status: "failed", error: event.error, endedAt: timestamp });
        break;
    }
  }

  #takeUsage(event: EventOf<"usage_recorded">): void {
    if (event.agentId === undefined) return;
    const agent = this.#agent(event.agentId);
    const usage = addUsage(agent.usage, event.usage);
    this.#setAgent(event.agentId, { ...agent, usage, costUsd: agent.costUsd + (event.costUsd ?? 0) });
  }

  /** What the patch makes of the three keys that events fold into stays of their shape. */
  #patch(patch: JsonObject): void {
    const before = this.#state;
    // A copy as the store will give it back: what is folded now is what is folded after a restart.
    const merged = mergePatch(before, JSON.parse(JSON.stringify(patch)) as JsonObject);
    const workflow = (isObject(merged["workflow"]) ? merged["workflow"] : before.workflow) as SessionState["workflow"];
    const steps = isObject(workflow.steps) ? workflow.steps : before.workflow.steps;
    const agents = (isObject(merged["agents"]) ? merged["agents"] : before.agents) as SessionState["agents"];
    const history = (Array.isArray(merged["history"]) ? merged["history"] : before.history) as HistoryEntry[];
    this.#state = {
      ...merged,
      workflow: { ...workflow, steps: mapValues(steps, (id, step) => completeStep(id, step)) },
      agents: mapValues(agents, (_id, agent) => completeAgent(agent)),
      history: [...history],
    };
    this.#count();
  }

  #interruptRunning(): void {
    for (const [id, step] of Object.entries(this.#state.workflow.steps)) {
      if (step.status === "running") this.#setStep(id, { ...step, status: "interrupted" });
    }
    for (const [id, agent] of Object.entries(this.#state.agents)) {
      if (agent.status === "running") this.#setAgent(id, { ...agent, status: "interrupted" });
    }
  }

  #step(id: string): StepState {
    return ownValue(this.#state.workflow.steps, id) ?? completeStep(id, {});
  }

  #agent(id: string): AgentState {
    return ownValue(this.#state.agents, id) ?? completeAgent({});
  }

  #setStep(id: string, step: StepState): void {
    const before = ownValue(this.#state.workflow.steps, id);
    this.#stepsTotal += before ? 0 : 1;
    this.#stepsCompleted += Number(step.status === "completed") - Number(before?.status === "completed");
    setOwnValue(this.#state.workflow.steps, id, step);
  }

  #setAgent(id: string, agent: AgentState): void {
    const before = ownValue(this.#state.agents, id);
    this.#agentsRunning += Number(agent.status === "running") - Number(before?.status === "running");
    setOwnValue(this.#state.agents, id, agent);
  }

  #count(): void {
    const steps = Object.values(this.#state.workflow.steps);
    this.#stepsTotal = steps.length;
    this.#stepsCompleted = steps.filter((step) => step.status === "completed").length;
    this.#agentsRunning = Object.values(this.#state.agents).filter((agent) => agent.status === "running").length;
  }

  #remember(event: OrchestratorEvent, details: { stepId?: string; text?: string } = {}): void {
    const { seq, timestamp, type } = event;
    const text = details.text === undefined ? {} : { text: details.text.slice(0, HISTORY_TEXT) };
    this.#state.history.push({ seq, timestamp, type, ...details, ...text });
  }
}

/** The state after `events`, which follow those that `state` stands for. `state` stays as it is. */
export function foldState(state: SessionState, events: Iterable<OrchestratorEvent>): SessionState {
  const fold = new StateFold(structuredClone(state));
  for (const event of events) fold.apply(event);
  return fold.state;
}

function completeStep(id: string, step: Partial<StepState>): StepState {
  return { status: "pending", title: id, agentId: null, attempt: 0, outputs: [], ...step };
}

function completeAgent(agent: Partial<AgentState>): AgentState {
  const usage: TokenUsage = { ...ZERO_USAGE, ...(isObject(agent.usage) ? agent.usage : {}) };
  return { type: "", stepId: null, status: "completed", model: "", costUsd: 0, outputs: [], ...agent, usage };
}

/** A copy with every entry mapped; entries that are no objects are dropped. */
function mapValues<Value>(
  object: Readonly<Record<string, Value>>,
  map: (key: string, value: Value) => Value,
): Record<string, Value> {
  const mapped: Record<string, Value> = {};
  for (const [key, value] of Object.entries(object)) if (isObject(value)) setOwnValue(mapped, key, map(key, value));
  return mapped;
}
