/** What a run needs to know of the session's past to go on: folded from the log, nothing else. */
import { AgentHistoryFold, type AgentHistory, type RecordedCall } from "../agents/agentHistory.ts";
import { AgentType } from "../agents/agentType.ts";
import type { Effect, EventOf, OrchestratorEvent, Plan } from "../events/event.ts";
import { SpendCounter } from "../model/spendCounter.ts";
import { writtenPaths } from "../agents/outputFile.ts";
import { RunPastFold, type RunPast } from "../snapshots/runPast.ts";
import type { StepResult } from "./stepResults.ts";

export class SessionHistory {
  readonly spend = new SpendCounter();
  readonly #past = new RunPastFold();
  /** Of tool calls, oldest first. */
  readonly #effects: { readonly seq: number; readonly effects: readonly Effect[] }[] = [];
  readonly #agents = new Map<string, AgentHistoryFold>();
  /** Agents in the order in which they began, by step; the planner's under its type. */
  readonly #byStep = new Map<string, string[]>();
  readonly #results = new Map<string, StepResult>();
  readonly #attempts = new Map<string, number>();
  readonly #written = new Set<string>();
  readonly #taintedPaths = new Map<string, Set<string>>();
  /** The last request of each agent, as long as nothing says what became of it. */
  readonly #unpaid = new Map<string, EventOf<"request_started">>();
  #plan: Plan | undefined;
  #goal = "";
  #model: string | undefined;
  #lastSeq = 0;

  apply(event: OrchestratorEvent): void {
    this.#lastSeq = event.seq;
    this.#past.apply(event);
    if (event.type === "agent_initialized") {
      this.#agents.set(event.agentId, new AgentHistoryFold(event));
      const key = event.stepId ?? event.agentType;
      this.#byStep.set(key, [...(this.#byStep.get(key) ?? []), event.agentId]);
    }
    if ("agentId" in event && event.agentId !== undefined) this.#agents.get(event.agentId)?.apply(event);
    switch (event.type) {
      case "session_created":
        this.#goal = event.goal;
        this.#model = event.model;
        break;
      case "workflow_resumed":
        this.#model = event.model ?? this.#model;
        break;
      case "plan_created":
      case "plan_revised":
        this.#plan = event.plan;
        break;
      case "step_started":
        this.#attempts.set(event.stepId, event.attempt);
        // A step that runs again has no result until it ends again.
        this.#results.delete(event.stepId);
        break;
      case "step_completed":
        this.#complete(event.stepId, event.title, event.result, event.outputs, event.taint ?? []);
        break;
      case "steps_reset":
        this.reset(event.stepIds);
        break;
      case "tool_result":
        if (event.effects.length > 0) this.#effects.push({ seq: event.seq, effects: event.effects });
        for (const path of writtenPaths(event.effects)) this.#written.add(path);
        break;
      case "request_started":
        this.#unpaid.set(event.agentId ?? event.requestId, event);
        break;
      case "usage_recorded":
        this.spend.add(event);
        for (const [key, { requestId }] of this.#unpaid) if (requestId === event.requestId) this.#unpaid.delete(key);
        break;
      case "agent_error":
        // The server refused it, or was not there.
        this.#unpaid.delete(event.agentId);
        break;
      default:
        break;
    }
  }

  get goal(): string {
    return this.#goal;
  }

  /** The model the session was begun or last gone on with, where a person named one. */
  get model(): string | undefined {
    return this.#model;
  }

  get plan(): Plan | undefined {
    return this.#plan;
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** What the session did to its folders. */
  get past(): RunPast {
    return this.#past.past;
  }

  /** What our own tools and settled commands wrote after a call had begun; null for what they deleted. */
  writtenSince(call: EventOf<"tool_started">): ReadonlyMap<string, string | null> {
    const since = new Map<string, string | null>();
    for (const { seq, effects } of this.#effects) {
      if (seq <= call.seq) continue;
      for (const { path, change, after } of effects) {
        for (const folder of parentsOf(path)) since.set(folder, null);
        since.set(path, change === "deleted" ? null : (after ?? null));
      }
    }
    return since;
  }

  /** A call that is made again may have left folders that it needs. */
  begun({ preImages = [] }: EventOf<"tool_started">): void {
    const effects = preImages.flatMap(({ path }) =>
      parentsOf(path).map((folder) => ({ path: folder, change: "created" }) as const),
    );
    this.#effects.push({ seq: Number.POSITIVE_INFINITY, effects });
  }

  get lastCompletedStep(): string | null {
    return [...this.#results.keys()].at(-1) ?? null;
  }

  /** Results of the steps that are done. */
  get results(): ReadonlyMap<string, StepResult> {
    return this.#results;
  }

  /** Files the session wrote, in workspace form. */
  get written(): ReadonlySet<string> {
    return this.#written;
  }

  /** Files written under the influence of content from outside, with where it came from. */
  get taintedPaths(): ReadonlyMap<string, ReadonlySet<string>> {
    return this.#taintedPaths;
  }

  /** Model requests that may have cost something nobody was told. */
  get unpaidRequests(): readonly EventOf<"request_started">[] {
    return [...this.#unpaid.values()];
  }

  /** Attempts a step has used so far. */
  attemptsOf(stepId: string): number {
    return this.#attempts.get(stepId) ?? 0;
  }

  /** The agent that can go on with a step: the last one, unless it failed. */
  agentOf(stepId: string): AgentHistory | undefined {
    return this.#resumable(stepId);
  }

  get planner(): AgentHistory | undefined {
    return this.#resumable(AgentType.PLANNER);
  }

  get agentIds(): readonly string[] {
    return [...this.#agents.keys()];
  }

  /** Calls of any agent whose outcome nobody knows. */
  unresolvedCalls(): readonly { readonly agent: AgentHistory; readonly call: AgentHistory["unresolved"][number] }[] {
    return [...this.#agents.values()].flatMap((fold) => {
      const agent = fold.history;
      return agent.unresolved.map((call) => ({ agent, call }));
    });
  }

  /** Notes the outcome that was found for a call after all. */
  settled(
    agentId: string,
    call: EventOf<"tool_started">,
    outcome: RecordedCall & { readonly effects: readonly Effect[] },
  ): void {
    this.#agents.get(agentId)?.settle(call.toolUseId, outcome);
    this.#past.took(outcome.effects);
    this.#effects.push({ seq: Number.POSITIVE_INFINITY, effects: outcome.effects });
    for (const path of writtenPaths(outcome.effects)) this.#written.add(path);
  }

  /** Steps that had begun and depend on this one, directly or not: what comes after it when it is the last to keep. */
  begunAfter(stepId: string): readonly string[] {
    const { steps = [] } = this.#plan ?? {};
    const again = new Set<string>();
    for (let grown = true; grown;) {
      grown = false;
      for (const step of steps) {
        if (again.has(step.id) || !step.dependsOn.some((id) => id === stepId || again.has(id))) continue;
        again.add(step.id);
        grown = true;
      }
    }
    return [...again].filter((id) => this.#attempts.has(id));
  }

  /** Makes steps run again from their beginning. */
  reset(stepIds: readonly string[]): void {
    for (const stepId of stepIds) {
      this.#results.delete(stepId);
      this.#byStep.delete(stepId);
    }
  }

  #complete(stepId: string, title: string, text: string, outputs: readonly string[], taint: readonly string[]): void {
    this.#results.set(stepId, { stepId, title, text, outputs, taint });
    for (const path of taint.length > 0 ? outputs : []) {
      this.#taintedPaths.set(path, new Set([...(this.#taintedPaths.get(path) ?? []), ...taint]));
    }
  }

  #resumable(key: string): AgentHistory | undefined {
    const agentId = this.#byStep.get(key)?.at(-1);
    const history = agentId === undefined ? undefined : this.#agents.get(agentId)?.history;
    return history?.failed === true ? undefined : history;
  }
}

function parentsOf(path: string): string[] {
  const names = path.split("/").slice(0, -1);
  return names.map((_, depth) => names.slice(0, depth + 1).join("/"));
}
