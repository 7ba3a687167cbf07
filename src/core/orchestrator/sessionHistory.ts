/** What a run needs to know of the session's past to go on: folded from the log, nothing else. */
import { AgentHistoryFold, type AgentHistory, type RecordedCall } from "../agents/agentHistory.ts";
import { AgentType } from "../agents/agentType.ts";
import type { Effect, EventDraft, EventOf, OrchestratorEvent, Plan } from "../events/event.ts";
import { SpendCounter } from "../model/spendCounter.ts";
import { writtenPaths } from "../agents/outputFile.ts";
import { PendingRestoreFold } from "../sessions/pendingRestore.ts";
import { RunPastFold, type RunPast } from "../snapshots/runPast.ts";
import { parentsOf } from "../snapshots/treePaths.ts";
import type { EarlierWork } from "./earlierWork.ts";
import type { StepResult } from "./stepResults.ts";

/** A step that was done, as its event tells. */
export type Completion = Omit<EventOf<"step_completed">, "id" | "seq" | "epoch" | "timestamp" | "sessionId">;

/** What a person changes about a session before it goes on. */
export type Revision = Extract<EventDraft, { type: "steps_reset" | "plan_revised" | "step_completed" }>;

export class SessionHistory {
  readonly #past = new RunPastFold();
  /** Of tool calls, oldest first. */
  readonly #effects: { readonly seq: number; readonly effects: readonly Effect[] }[] = [];
  readonly #agents = new Map<string, AgentHistoryFold>();
  /** Agents in the order in which they began, by step; the planner's under its type. */
  readonly #byStep = new Map<string, string[]>();
  readonly #completions = new Map<string, Completion>();
  readonly #attempts = new Map<string, number>();
  readonly #written = new Set<string>();
  readonly #taintedPaths = new Map<string, Set<string>>();
  readonly #restore = new PendingRestoreFold();
  /** The last request of each agent, as long as nothing says what became of it. */
  readonly #unpaid = new Map<string, EventOf<"request_started">>();
  /** Agents of the session this one was forked from: what they had under way is not ours. */
  #parents: ReadonlySet<string> = new Set();
  /** Where content from outside entered the session itself. */
  readonly #taint = new Set<string>();
  #spend = new SpendCounter();
  #plan: Plan | undefined;
  #goal = "";
  #model: string | undefined;
  #prompt: string | undefined;
  #earlier: EarlierWork | undefined;
  #lastSeq = 0;

  apply(event: OrchestratorEvent): void {
    this.#lastSeq = event.seq;
    this.#past.apply(event);
    this.#restore.apply(event);
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
      case "session_forked":
        this.#fork(event);
        break;
      case "session_imported":
        for (const source of event.taint) this.#taint.add(source);
        for (const path of this.#written) this.#markTainted(path, event.taint);
        break;
      case "workflow_resumed":
        this.#model = event.model ?? this.#model;
        break;
      case "plan_created":
        this.#plan = event.plan;
        break;
      case "plan_revised":
      case "step_completed":
      case "steps_reset":
        this.revise(event);
        break;
      case "step_started":
        this.#attempts.set(event.stepId, event.attempt);
        // A step that runs again has no result until it ends again.
        this.#completions.delete(event.stepId);
        break;
      case "tool_result":
        if (event.effects.length > 0) this.#effects.push({ seq: event.seq, effects: event.effects });
        for (const path of writtenPaths(event.effects)) this.#written.add(path);
        break;
      case "request_started":
        this.#unpaid.set(event.agentId ?? event.requestId, event);
        break;
      case "usage_recorded":
        this.#spend.add(event);
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

  /** What a person adds for the planner and every agent. */
  get prompt(): string | undefined {
    return this.#prompt;
  }

  /** What the session this one was forked from had done for another goal. */
  get earlier(): EarlierWork | undefined {
    return this.#earlier;
  }

  /** A restore of the folders that was begun and not ended. */
  get hasPendingRestore(): boolean {
    return this.#restore.pending !== undefined;
  }

  /** Where content from outside entered what every agent of the session builds on. */
  get taint(): readonly string[] {
    return [...this.#taint];
  }

  get spend(): SpendCounter {
    return this.#spend;
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
    return [...this.#completions.keys()].at(-1) ?? null;
  }

  /** The steps that are done. */
  get completions(): ReadonlyMap<string, Completion> {
    return this.#completions;
  }

  /** Their results. */
  get results(): ReadonlyMap<string, StepResult> {
    return new Map([...this.#completions].map(([stepId, completion]) => [stepId, resultOf(completion)]));
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

  /** Steps that had begun. */
  get begunSteps(): readonly string[] {
    return [...this.#attempts.keys()];
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
    return [...this.#agents].flatMap(([agentId, fold]) => {
      const agent = fold.history;
      if (this.#parents.has(agentId)) return [];
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

  /** Takes in what was changed about plan and steps. */
  revise(change: Revision): void {
    switch (change.type) {
      case "plan_revised":
        this.#plan = change.plan;
        break;
      case "steps_reset":
        // They run again from their beginning.
        for (const stepId of change.stepIds) {
          this.#completions.delete(stepId);
          this.#byStep.delete(stepId);
        }
        break;
      case "step_completed":
        this.#completions.set(change.stepId, change);
        for (const path of change.outputs) this.#markTainted(path, change.taint ?? []);
        break;
    }
  }

  /** What ran when the fork was made, runs in the parent; here it begins anew. */
  #fork(event: EventOf<"session_forked">): void {
    this.#spend = new SpendCounter();
    this.#unpaid.clear();
    this.#parents = new Set(this.#agents.keys());
    this.#model = event.model ?? this.#model;
    this.#prompt = event.prompt ?? (event.goal === undefined ? this.#prompt : undefined);
    if (event.goal !== undefined) this.#turnTo(event.goal);
    for (const key of this.#byStep.keys()) if (!this.#completions.has(key)) this.#byStep.delete(key);
  }

  /** The plan for another goal is made in the knowledge of what there is, so whatever tainted that taints it. */
  #turnTo(goal: string): void {
    const { results } = this;
    this.#earlier = { goal: this.#goal, results, files: [...this.#written] };
    for (const { taint } of results.values()) for (const source of taint) this.#taint.add(source);
    this.#goal = goal;
    this.#plan = undefined;
    this.#completions.clear();
    this.#attempts.clear();
    this.#byStep.clear();
  }

  #markTainted(path: string, sources: readonly string[]): void {
    if (sources.length === 0) return;
    this.#taintedPaths.set(path, new Set([...(this.#taintedPaths.get(path) ?? []), ...sources]));
  }

  #resumable(key: string): AgentHistory | undefined {
    const agentId = this.#byStep.get(key)?.at(-1);
    const history = agentId === undefined ? undefined : this.#agents.get(agentId)?.history;
    return history?.failed === true ? undefined : history;
  }
}

function resultOf({ stepId, title, result, outputs, taint = [] }: Completion): StepResult {
  return { stepId, title, text: result, outputs, taint };
}
