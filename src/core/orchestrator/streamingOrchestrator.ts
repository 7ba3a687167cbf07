/** From a goal to its end: opens the session, plans, runs the plan, and streams every event of it. */
import type { AgentRunner } from "../agents/agentRunner.ts";
import type { OpenRun } from "../agents/runSessions.ts";
import { OrchestratorError } from "../errors.ts";
import type { OrchestratorEvent } from "../events/event.ts";
import type { WorkspaceFolder } from "../ports.ts";
import type { ProviderName } from "../settings/providers.ts";
import type { Settings } from "../settings/settings.ts";
import { forkSession, type ForkRequest } from "./forking.ts";
import { GOAL_CHARACTERS } from "./goalLimits.ts";
import { GoalRun, type GoalRunOptions } from "./goalRun.ts";
import { Planner } from "./planner.ts";
import { resumeSession, type ResumeRequest, type ResumptionOptions } from "./resumption.ts";

export interface GoalRequest {
  readonly goal: string;
  /** Generated when not given. One that exists is an error. */
  readonly sessionId?: string;
  readonly workspaceFolders: readonly WorkspaceFolder[];
  /** Model of every agent of this run. */
  readonly model?: string;
  readonly maxTurns?: number;
  /** Agents at once. */
  readonly concurrency?: number;
  /** Instead of the setting, for this run. */
  readonly provider?: ProviderName;
}

export interface GoalResult {
  readonly sessionId: string;
  readonly status: "completed" | "failed" | "interrupted";
  readonly summary: string;
  /** Files written, in workspace form. */
  readonly outputs: readonly string[];
  /** Path of the first workspace folder. */
  readonly workspace: string;
  readonly error?: { readonly code: string; readonly message: string };
}

/** A goal being worked on. */
export interface RunningGoal {
  readonly sessionId: string;
  /** Every event of the run from the first; any number of readers. */
  events(signal?: AbortSignal): AsyncIterable<OrchestratorEvent>;
  /** Asks the run to stop; it ends with `workflow_interrupted` and can be continued later. */
  stop(by: string): void;
  /** Resolves when the run has ended and its session is closed. Rejects only when the log failed. */
  readonly ended: Promise<void>;
}

export interface StreamingOrchestratorOptions extends ResumptionOptions {
  readonly agents: AgentRunner;
  readonly settings: Settings;
}

export class StreamingOrchestrator {
  readonly #options: StreamingOrchestratorOptions;
  readonly #planner: Planner;

  constructor(options: StreamingOrchestratorOptions) {
    this.#options = options;
    this.#planner = new Planner(options.agents, options.settings);
  }

  /**
   * Starts a goal and returns as soon as its session exists.
   *
   * @throws OrchestratorError before anything is created: `goal.empty`, `goal.tooLong`, `session.exists`,
   *   `session.invalidId`, `workspace.*`, `model.noKey`, …
   */
  async start(request: GoalRequest): Promise<RunningGoal> {
    const goal = request.goal.trim();
    if (!goal) throw new OrchestratorError("goal.empty", {});
    if (goal.length > GOAL_CHARACTERS)
      throw new OrchestratorError("goal.tooLong", { length: goal.length, limit: GOAL_CHARACTERS });
    const { runs } = this.#options;
    return this.#running(await runs.open({ ...request, goal }), { goal, ...pickConcurrency(request) });
  }

  /**
   * Goes on with a session that was interrupted or failed; returns as soon as it is open.
   *
   * @throws OrchestratorError before anything changes: `session.unknown`, `session.running`,
   *   `session.complete`, `step.unknown`, `workspace.*`, `model.noKey`, …
   */
  async resume(request: ResumeRequest & { readonly concurrency?: number }): Promise<RunningGoal> {
    const { run, history } = await resumeSession(request, this.#options);
    return this.#running(run, { goal: history.goal, history, ...pickConcurrency(request) }, history.lastSeq);
  }

  /**
   * Begins a session of its own where another one was at a version; returns as soon as it is open. Its events begin
   * with `session_forked`; what is before in its log is a copy of the parent's.
   *
   * @throws OrchestratorError before anything changes: `session.unknown`, `version.unknown`, `goal.tooLong`,
   *   `fork.running`, `fork.complete`, `newFolder.notEmpty`, `workspace.*`, `model.noKey`, …
   */
  async fork(request: ForkRequest & { readonly concurrency?: number }): Promise<RunningGoal> {
    const { run, history, forkedSeq } = await forkSession(request, this.#options);
    return this.#running(run, { goal: history.goal, history, ...pickConcurrency(request) }, forkedSeq - 1);
  }

  /** Forks a session and yields the fork's events. Leaving the loop early stops the run; so does the signal. */
  async *forkWorkflow(
    request: ForkRequest & { readonly concurrency?: number; readonly signal?: AbortSignal },
  ): AsyncGenerator<OrchestratorEvent, void, void> {
    request.signal?.throwIfAborted();
    yield* streamRun(await this.fork(request), request.signal);
  }

  /** Goes on with a session and yields its events from there. Leaving the loop early stops the run; so does the signal. */
  async *resumeWorkflow(
    request: ResumeRequest & { readonly concurrency?: number; readonly signal?: AbortSignal },
  ): AsyncGenerator<OrchestratorEvent, void, void> {
    request.signal?.throwIfAborted();
    yield* streamRun(await this.resume(request), request.signal);
  }

  /** Runs a goal and yields its events. Leaving the loop early stops the run; so does the signal. */
  async *executeGoalStreaming(
    request: GoalRequest & { readonly signal?: AbortSignal },
  ): AsyncGenerator<OrchestratorEvent, void, void> {
    const { signal } = request;
    signal?.throwIfAborted();
    yield* streamRun(await this.start(request), signal);
  }

  /** Runs a goal to its end: the streaming call, drained. A goal that failed is a result, not a rejection. */
  async executeGoal(request: GoalRequest & { readonly signal?: AbortSignal }): Promise<GoalResult> {
    let result: GoalResult | undefined;
    for await (const event of this.executeGoalStreaming(request)) {
      if (event.type === "workflow_completed" || event.type === "workflow_failed") {
        const { sessionId, summary, outputs, workspace } = event;
        result = {
          sessionId,
          status: event.type === "workflow_completed" ? "completed" : "failed",
          summary,
          outputs,
          workspace,
          ...(event.type === "workflow_failed"
            ? { error: { code: event.error.code, message: event.error.message } }
            : {}),
        };
      } else if (event.type === "workflow_interrupted") {
        result = {
          sessionId: event.sessionId,
          status: "interrupted",
          summary: "",
          outputs: [],
          workspace: request.workspaceFolders[0]?.path ?? "",
        };
      }
    }
    if (!result) throw new OrchestratorError("internal", { detail: "the run ended without saying how" });
    return result;
  }

  /** `after`: where in its log what is new begins. */
  #running(run: OpenRun, work: Pick<GoalRunOptions, "goal" | "history" | "concurrency">, after = 0): RunningGoal {
    const ended = this.#run(run, work);
    // Whoever only reads the events learns of a failed log there.
    ended.catch(() => {});
    const { sessionId, log } = run.session;
    return {
      sessionId,
      events: (signal) => log.read(signal ? { after, signal } : { after }),
      stop: (by) => run.stop(by),
      ended,
    };
  }

  async #run(run: OpenRun, work: Pick<GoalRunOptions, "goal" | "history" | "concurrency">): Promise<void> {
    const { agents, settings } = this.#options;
    const { session, spend } = run;
    try {
      await new GoalRun({ session, spend, planner: this.#planner, agents, settings, ...work }).run();
    } finally {
      await run.close();
    }
  }
}

function pickConcurrency({ concurrency }: { readonly concurrency?: number }): { concurrency?: number } {
  return concurrency === undefined ? {} : { concurrency };
}

/** The events of a run, which is stopped when the reader leaves early or the signal aborts. */
async function* streamRun(
  running: RunningGoal,
  signal: AbortSignal | undefined,
): AsyncGenerator<OrchestratorEvent, void, void> {
  const stop = (): void => running.stop("caller");
  signal?.addEventListener("abort", stop, { once: true });
  if (signal?.aborted) stop();
  let finished = false;
  try {
    yield* running.events();
    finished = true;
  } finally {
    signal?.removeEventListener("abort", stop);
    if (!finished) stop();
    await running.ended;
  }
}
