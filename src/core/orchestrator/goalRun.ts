/** One goal from its plan to its end, in a session that is already open. */
import type { AgentRunner } from "../agents/agentRunner.ts";
import type { AgentSession } from "../agents/agentSession.ts";
import { interruption } from "../agents/runStopped.ts";
import { isOrchestratorError, OrchestratorError, toErrorInfo } from "../errors.ts";
import type { EventDraft, EventOf, Plan, Step } from "../events/event.ts";
import type { SpendCounter } from "../model/spendCounter.ts";
import type { Settings } from "../settings/settings.ts";
import type { Planner } from "./planner.ts";
import { createReadResultTool } from "./readResultTool.ts";
import type { SessionHistory } from "./sessionHistory.ts";
import { runSchedule } from "./scheduler.ts";
import { renderResults, RESULT_TEXT_LIMIT, type StepResult } from "./stepResults.ts";

export interface GoalRunOptions {
  readonly session: AgentSession;
  readonly goal: string;
  readonly planner: Planner;
  readonly agents: AgentRunner;
  readonly settings: Settings;
  /** How many agents at once; the settings' value when not given. */
  readonly concurrency?: number;
  /** What the session has spent so far. */
  readonly spend: SpendCounter;
  /** What was done before, when a session goes on. */
  readonly history?: SessionHistory;
}

const SOURCE = "orchestrator";
/** A workflow's summary is read by people; the whole texts are in the steps. */
const SUMMARY_LIMIT = RESULT_TEXT_LIMIT;

export class GoalRun {
  readonly #options: GoalRunOptions;
  #lastCompletedStep: string | null;
  readonly #outputs = new Set<string>();

  constructor(options: GoalRunOptions) {
    this.#options = options;
    const { history } = options;
    this.#lastCompletedStep = history?.lastCompletedStep ?? null;
    for (const result of history?.results.values() ?? [])
      for (const output of result.outputs) this.#outputs.add(output);
  }

  /** Runs to the end and records it. Rejects only when the log itself can take no more. */
  async run(): Promise<void> {
    const { session, goal, planner, history } = this.#options;
    try {
      let plan = history?.plan;
      if (!plan) {
        plan = await planner.plan(session, goal, { history: history?.planner, earlier: history?.earlier });
        await this.#emit({ type: "plan_created", source: SOURCE, plan });
      }
      await this.#runPlan(plan);
    } catch (error) {
      if (session.signal.aborted) await this.#recordStop(session.signal.reason);
      else await this.#recordFailure(error, "");
    }
  }

  async #runPlan(plan: Plan): Promise<void> {
    const { session, settings, concurrency, history } = this.#options;
    const outcome = await runSchedule<Step, StepResult>({
      steps: plan.steps,
      limit: () => concurrency ?? settings.get("maxConcurrentAgents"),
      run: (step, results) => this.#runStep(step, results),
      onSkipped: (step, blockedBy) =>
        this.#emit({
          type: "step_skipped",
          source: SOURCE,
          ...stepFields(step, (history?.attemptsOf(step.id) ?? 0) + 1),
          reason: "step.dependencyFailed",
          blockedBy: [...blockedBy],
        }),
      signal: session.signal,
      ...(history ? { finished: history.results } : {}),
    });
    session.signal.throwIfAborted();
    const summary = summarize(plan, outcome.results);
    if (outcome.failed.size > 0) {
      const steps = [...outcome.failed.keys()].join(", ");
      const [only] = outcome.failed.values();
      // One cause is named; several are told as such, each is in its step's event.
      const failure =
        outcome.failed.size === 1 && isOrchestratorError(only)
          ? only
          : new OrchestratorError("workflow.stepsFailed", {
              failed: outcome.failed.size,
              total: plan.steps.length,
              steps,
            });
      await this.#recordFailure(failure, summary);
      return;
    }
    await session.snapshots.close();
    await this.#emit({ type: "workflow_completed", source: SOURCE, ...this.#ending(summary) });
  }

  async #runStep(step: Step, results: ReadonlyMap<string, StepResult>): Promise<StepResult> {
    const { session, agents, goal, history } = this.#options;
    await session.steering.pass(session.signal);
    const before = history?.agentOf(step.id);
    const attempt = (history?.attemptsOf(step.id) ?? 0) + 1;
    await this.#emit({ type: "step_started", source: SOURCE, ...stepFields(step, attempt), agentType: step.agentType });
    try {
      const long = [...results.values()].some((result) => result.text.length > RESULT_TEXT_LIMIT);
      const result = await agents.run(session, {
        agentType: step.agentType,
        title: step.title,
        description: step.description,
        goal,
        purpose: "agent",
        stepId: step.id,
        ...(step.outputFile ? { outputFile: step.outputFile } : {}),
        ...(step.allowedTools ? { allowedTools: step.allowedTools } : {}),
        results: renderResults(results.values()),
        taint: [...results.values()].flatMap((before) =>
          before.taint.map((source) => `step ${before.stepId}: ${source}`),
        ),
        extraTools: long ? [createReadResultTool(results)] : [],
        ...(before ? { history: before } : {}),
      });
      for (const output of result.outputs) this.#outputs.add(output);
      this.#lastCompletedStep = step.id;
      const version = await session.snapshots.version({ reason: "step_completed", stepId: step.id });
      // In one turn of the event loop, so that result and version are one transaction.
      await Promise.all([
        this.#emit({
          type: "step_completed",
          source: SOURCE,
          ...stepFields(step, attempt),
          agentId: result.agentId,
          result: result.text,
          outputs: [...result.outputs],
          ...(result.taint.length > 0 ? { taint: [...result.taint] } : {}),
        }),
        this.#emit(version()),
      ]);
      return { stepId: step.id, title: step.title, text: result.text, outputs: result.outputs, taint: result.taint };
    } catch (error) {
      session.signal.throwIfAborted();
      await this.#emit({
        type: "step_failed",
        source: SOURCE,
        ...stepFields(step, attempt),
        error: toErrorInfo(error),
      });
      throw error;
    }
  }

  async #recordFailure(error: unknown, summary: string): Promise<void> {
    await this.#options.session.snapshots.close();
    await this.#emit({ type: "workflow_failed", source: SOURCE, ...this.#ending(summary), error: toErrorInfo(error) });
  }

  async #recordStop(reason: unknown): Promise<void> {
    await this.#options.session.snapshots.close();
    await this.#emit({
      type: "workflow_interrupted",
      source: SOURCE,
      lastCompletedStep: this.#lastCompletedStep,
      ...interruption(reason, SOURCE),
    });
  }

  #ending(
    summary: string,
  ): Pick<EventOf<"workflow_completed">, "workspace" | "outputs" | "summary" | "usage" | "costUsd"> {
    const { session, spend } = this.#options;
    return { workspace: session.folders[0]?.path ?? "", outputs: [...this.#outputs], summary, ...spend.total() };
  }

  #emit(draft: EventDraft): Promise<void> {
    return this.#options.session.log.emit(draft);
  }
}

function stepFields(
  step: Step,
  attempt: number,
): { stepId: string; title: string; description: string; attempt: number } {
  return { stepId: step.id, title: step.title, description: step.description, attempt };
}

/** What the person gets to read: the results of the steps that no other step builds on. */
function summarize(plan: Plan, results: ReadonlyMap<string, StepResult>): string {
  const needed = new Set(plan.steps.flatMap((step) => step.dependsOn));
  const last = plan.steps.filter((step) => !needed.has(step.id)).flatMap((step) => results.get(step.id) ?? []);
  const text = last
    .map((result) => (last.length > 1 ? `## ${result.title}\n\n${result.text}` : result.text))
    .join("\n\n");
  return text.length > SUMMARY_LIMIT ? `${text.slice(0, SUMMARY_LIMIT)}\n\n[cut]` : text;
}
