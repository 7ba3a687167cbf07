/**
 * What a person sees of a session, folded from its events: the same for the live view, for `--show` and
 * for the result at the end, so they cannot disagree.
 */
import { addUsage, ZERO_USAGE } from "../core/events/event.ts";
import type { ErrorInfo, EventOf, OrchestratorEvent, Plan, TokenUsage } from "../core/events/event.ts";
import { toolSubject } from "../core/tools/toolSubject.ts";
import { foldQuestions } from "./openQuestions.ts";
import type { OpenQuestion } from "./openQuestions.ts";
import { forkedView, resumedView, stepAgain, stopWhatRuns } from "./resumedView.ts";

export type RunStatus = "starting" | "planning" | "running" | "completed" | "failed" | "interrupted";
export type StepState = "waiting" | "running" | "completed" | "failed" | "skipped" | "stopped";
export type AgentState = "running" | "asking" | "retrying" | "completed" | "failed" | "stopped";

export interface StepView {
  readonly stepId: string;
  readonly title: string;
  readonly agentType: string;
  readonly dependsOn: readonly string[];
  readonly state: StepState;
  /** Milliseconds since the epoch, as all times here. */
  readonly startedAt?: number;
  readonly endedAt?: number;
  readonly outputs: readonly string[];
  readonly error?: ErrorInfo;
}

export interface AgentView {
  readonly agentId: string;
  readonly agentType: string;
  readonly stepId?: string;
  readonly state: AgentState;
  /** The call under way. */
  readonly tool?: { readonly name: string; readonly subject: string };
  /** The end of what it wrote, at most TEXT_KEPT characters. */
  readonly text: string;
  readonly turns: number;
  readonly outputs: readonly string[];
  readonly usage: TokenUsage;
  readonly startedAt: number;
  readonly endedAt?: number;
  readonly error?: ErrorInfo;
}

export interface RunView {
  readonly sessionId?: string;
  readonly goal: string;
  readonly folders: readonly { readonly name: string; readonly path: string }[];
  readonly demo: boolean;
  readonly status: RunStatus;
  /** Held by a person: no agent asks the model anything until it goes on. */
  readonly isPaused: boolean;
  readonly questions: readonly OpenQuestion[];
  readonly steps: readonly StepView[];
  readonly agents: readonly AgentView[];
  readonly usage: TokenUsage;
  readonly costUsd: number;
  /** Some requests had no known price. */
  readonly costIsPartial: boolean;
  readonly outputs: readonly string[];
  readonly summary: string;
  readonly error?: ErrorInfo;
  readonly interruption?: { readonly by: string; readonly reason: string };
  /** When it began; for a session that went on, as much later as nobody worked on it in between. */
  readonly startedAt?: number;
  readonly endedAt?: number;
}

/** Characters of an agent's text a view keeps: more than any last line needs. */
const TEXT_KEPT = 2000;

export const EMPTY_VIEW: RunView = {
  goal: "",
  folders: [],
  demo: false,
  status: "starting",
  isPaused: false,
  questions: [],
  steps: [],
  agents: [],
  usage: ZERO_USAGE,
  costUsd: 0,
  costIsPartial: false,
  outputs: [],
  summary: "",
};

/** The view after `event`. Pure; kinds that change nothing one sees return the same object. */
export function foldEvent(view: RunView, event: OrchestratorEvent): RunView {
  const folded = foldRun(view, event);
  const questions = foldQuestions(folded.questions, event);
  return questions === folded.questions ? folded : { ...folded, questions };
}

/** The view after the events of a session that come before the one with the number `before`. */
export async function foldSession(events: AsyncIterable<OrchestratorEvent>, before = Infinity): Promise<RunView> {
  let view = EMPTY_VIEW;
  for await (const event of events) {
    if (event.seq >= before) break;
    view = foldEvent(view, event);
  }
  return view;
}

function foldRun(view: RunView, event: OrchestratorEvent): RunView {
  const time = Date.parse(event.timestamp);
  switch (event.type) {
    case "session_created":
      return {
        ...view,
        sessionId: event.sessionId,
        goal: event.goal,
        folders: event.folders,
        demo: event.demo ?? false,
        status: "planning",
        startedAt: time,
      };
    case "plan_created":
    case "plan_revised":
      return { ...view, status: "running", steps: planned(event.plan, view.steps) };
    case "step_started":
    case "step_completed":
    case "step_failed":
    case "step_skipped":
      return foldStep(view, event, time);
    case "usage_recorded":
      return {
        ...updateAgent(view, event.agentId, (agent) => ({ ...agent, usage: addUsage(agent.usage, event.usage) })),
        usage: addUsage(view.usage, event.usage),
        costUsd: view.costUsd + (event.costUsd ?? 0),
        costIsPartial: view.costIsPartial || event.costUsd === null,
      };
    case "workflow_completed":
      return {
        ...view,
        isPaused: false,
        status: "completed",
        outputs: event.outputs,
        summary: event.summary,
        endedAt: time,
      };
    case "workflow_failed": {
      const { outputs, summary, error } = event;
      return { ...stopWhatRuns(view, time), status: "failed", outputs, summary, error, endedAt: time };
    }
    case "workflow_interrupted": {
      const interruption = { by: event.by, reason: event.reason };
      return { ...stopWhatRuns(view, time), status: "interrupted", interruption, endedAt: time };
    }
    case "session_forked":
      return forkedView(view, event);
    case "workflow_resumed":
      return resumedView(view, event, time);
    case "steps_reset":
      return {
        ...view,
        steps: view.steps.map((step) => (event.stepIds.includes(step.stepId) ? stepAgain(step) : step)),
      };
    case "pool_paused":
    case "pool_continued":
      return { ...view, isPaused: event.type === "pool_paused" };
    default:
      return foldAgent(view, event, time);
  }
}

type StepEvent = EventOf<"step_started" | "step_completed" | "step_failed" | "step_skipped">;

function foldStep(view: RunView, event: StepEvent, time: number): RunView {
  const index = view.steps.findIndex((step) => step.stepId === event.stepId);
  const step = view.steps[index];
  if (step === undefined) return view;
  return { ...view, steps: view.steps.with(index, stepAfter(step, event, time)) };
}

function stepAfter(step: StepView, event: StepEvent, time: number): StepView {
  switch (event.type) {
    case "step_started": {
      const { endedAt: _, error: __, ...rest } = step;
      return { ...rest, state: "running", startedAt: time };
    }
    case "step_completed":
      return { ...step, state: "completed", outputs: event.outputs, endedAt: time };
    case "step_failed":
      return { ...step, state: "failed", error: event.error, endedAt: time };
    case "step_skipped":
      return { ...step, state: "skipped" };
  }
}

function foldAgent(view: RunView, event: OrchestratorEvent, time: number): RunView {
  switch (event.type) {
    case "agent_initialized": {
      const agent: AgentView = {
        agentId: event.agentId,
        agentType: event.agentType,
        ...(event.stepId === undefined ? {} : { stepId: event.stepId }),
        state: "running",
        text: "",
        turns: 0,
        outputs: [],
        usage: ZERO_USAGE,
        startedAt: time,
      };
      return { ...view, agents: [...view.agents.filter((known) => known.agentId !== agent.agentId), agent] };
    }
    case "text_chunk":
      return updateAgent(view, event.agentId, (agent) => ({
        ...working(agent),
        text: (agent.text + event.content).slice(-TEXT_KEPT),
      }));
    case "turn_completed":
      // A turn's text is a paragraph of its own; without the break it would run into the next turn's.
      return updateAgent(view, event.agentId, (agent) => ({
        ...working(agent),
        turns: agent.turns + 1,
        text: agent.text === "" || agent.text.endsWith("\n") ? agent.text : `${agent.text}\n`,
      }));
    case "tool_use":
      return updateAgent(view, event.agentId, (agent) => ({
        ...agent,
        tool: { name: event.tool, subject: toolSubject(event.input) },
      }));
    case "tool_result":
      return updateAgent(view, event.agentId, working);
    case "agent_continued":
      return updateAgent(view, event.agentId, goingOn);
    case "approval_requested":
    case "question_asked":
      return updateAgent(view, event.agentId, (agent) => ({ ...agent, state: "asking" }));
    case "approval_resolved":
    case "question_answered":
      return updateAgent(view, event.agentId, (agent) => ({ ...agent, state: "running" }));
    case "retry_scheduled":
      return updateAgent(view, event.agentId, (agent) => ({ ...working(agent), state: "retrying" }));
    case "agent_completed":
      return updateAgent(view, event.agentId, (agent) => ({
        ...working(agent),
        state: "completed",
        outputs: event.outputs,
        endedAt: time,
      }));
    case "agent_error":
      return updateAgent(view, event.agentId, (agent) => ({
        ...working(agent),
        state: "failed",
        error: event.error,
        endedAt: time,
      }));
    default:
      return view;
  }
}

function goingOn(agent: AgentView): AgentView {
  const { endedAt: _, error: __, ...rest } = agent;
  return working(rest);
}

/** The agent at work on its text again: no tool under way, nothing waited for. */
function working(agent: AgentView): AgentView {
  if (agent.tool === undefined && agent.state === "running") return agent;
  const { tool: _, ...rest } = agent;
  return { ...rest, state: "running" };
}

function updateAgent(view: RunView, agentId: string | undefined, change: (agent: AgentView) => AgentView): RunView {
  const index = view.agents.findIndex((agent) => agent.agentId === agentId);
  const agent = view.agents[index];
  return agent === undefined ? view : { ...view, agents: view.agents.with(index, change(agent)) };
}

function planned(plan: Plan, known: readonly StepView[]): StepView[] {
  return plan.steps.map(({ id, title, agentType, dependsOn }) => {
    const before = known.find((step) => step.stepId === id);
    return { ...(before ?? { state: "waiting", outputs: [] }), stepId: id, title, agentType, dependsOn };
  });
}
