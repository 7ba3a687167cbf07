/** The goals this window runs: started here, streamed into their outputs, stopped with the window. */
import * as vscode from "vscode";
import { messageOf } from "../core/errors.ts";
import type { OrchestratorEvent } from "../core/events/event.ts";
import type { ForkRequest } from "../core/orchestrator/forking.ts";
import type { ResumeRequest } from "../core/orchestrator/resumption.ts";
import type { GoalRequest, RunningGoal } from "../core/orchestrator/streamingOrchestrator.ts";
import type { Logger } from "../core/ports.ts";
import type { EngineHost } from "./engineHost.ts";
import type { SessionOutputs } from "./output/sessionOutputs.ts";

export interface WindowRun {
  readonly goal: string;
  readonly running: RunningGoal;
  /** Nothing of it costs money: the built-in demo model does it. */
  readonly demo: boolean;
  readonly agents: ReadonlySet<string>;
  readonly costUsd: number;
  /** 0 while there is no plan yet. */
  readonly stepsTotal: number;
  readonly stepsDone: number;
}

export type RunEnding = Extract<
  OrchestratorEvent,
  { type: "workflow_completed" | "workflow_failed" | "workflow_interrupted" }
>;

export interface StartedRun {
  readonly running: RunningGoal;
  /** How it ended; undefined when its log failed. */
  readonly ended: Promise<RunEnding | undefined>;
}

type MutableRun = { -readonly [Key in keyof WindowRun]: WindowRun[Key] } & { readonly agents: Set<string> };

export class WindowRuns implements vscode.Disposable {
  readonly #host: EngineHost;
  readonly #outputs: SessionOutputs;
  readonly #logger: Logger;
  readonly #runs = new Map<string, MutableRun>();
  readonly #changed = new vscode.EventEmitter<void>();

  /** Fires when a run begins, ends, or its agents or cost change. */
  readonly onDidChange = this.#changed.event;

  constructor(host: EngineHost, outputs: SessionOutputs, logger: Logger) {
    this.#host = host;
    this.#outputs = outputs;
    this.#logger = logger;
  }

  get all(): readonly WindowRun[] {
    return [...this.#runs.values()];
  }

  isRunning(sessionId: string): boolean {
    return this.#runs.has(sessionId);
  }

  /** Starts a goal and returns as soon as its session exists; `ended` resolves with how it ended. */
  async start(request: GoalRequest): Promise<StartedRun> {
    const engine = await this.#host.get();
    return this.#adopt({ goal: request.goal }, await engine.orchestrator.start(request));
  }

  /** Goes on with a session that nobody runs. */
  async resume(request: ResumeRequest): Promise<StartedRun> {
    const engine = await this.#host.get();
    const { goal, demo, costUsd, stepsTotal, stepsCompleted } = await engine.sessions.getSession(request.sessionId);
    const running = await engine.orchestrator.resume(request);
    return this.#adopt({ goal, demo, costUsd, stepsTotal, stepsDone: stepsCompleted }, running);
  }

  /** Begins a session where another one was at a version. */
  async fork(request: ForkRequest): Promise<StartedRun> {
    const engine = await this.#host.get();
    const running = await engine.orchestrator.fork(request);
    const { goal, demo, stepsTotal, stepsCompleted } = await engine.sessions.getSession(running.sessionId);
    return this.#adopt({ goal, demo, stepsTotal, stepsDone: stepsCompleted }, running);
  }

  /** Asks every run of this window to stop and waits until their sessions are saved. */
  async stopAll(by: string): Promise<void> {
    const runs = [...this.#runs.values()];
    for (const { running } of runs) running.stop(by);
    await Promise.allSettled(runs.map(({ running }) => running.ended));
  }

  dispose(): void {
    this.#changed.dispose();
  }

  #adopt(known: Pick<WindowRun, "goal"> & Partial<WindowRun>, running: RunningGoal): StartedRun {
    const fresh = { demo: false, costUsd: 0, stepsTotal: 0, stepsDone: 0 };
    const run: MutableRun = { ...fresh, ...known, running, agents: new Set() };
    this.#runs.set(running.sessionId, run);
    this.#changed.fire();
    return { running, ended: this.#stream(run) };
  }

  async #stream(run: MutableRun): Promise<RunEnding | undefined> {
    const { sessionId } = run.running;
    const output = this.#outputs.open(sessionId, run.goal.split("\n", 1)[0]?.slice(0, 40) ?? sessionId);
    let ending: RunEnding | undefined;
    try {
      for await (const event of run.running.events()) {
        output.write(event);
        this.#note(run, event);
        if (
          event.type === "workflow_completed" ||
          event.type === "workflow_failed" ||
          event.type === "workflow_interrupted"
        )
          ending = event;
      }
      await run.running.ended;
    } catch (error) {
      this.#logger.error("a run ended without saying how", { sessionId, error: messageOf(error) });
    } finally {
      this.#runs.delete(sessionId);
      this.#changed.fire();
    }
    return ending;
  }

  #note(run: MutableRun, event: OrchestratorEvent): void {
    switch (event.type) {
      case "session_created":
        run.demo = event.demo ?? false;
        break;
      case "plan_created":
      case "plan_revised":
        run.stepsTotal = event.plan.steps.length;
        break;
      case "step_completed":
        // A step that is run again was counted before.
        run.stepsDone = Math.min(run.stepsDone + 1, run.stepsTotal);
        break;
      case "agent_initialized":
        run.agents.add(event.agentId);
        break;
      case "agent_completed":
      case "agent_error":
        run.agents.delete(event.agentId);
        break;
      case "usage_recorded":
        run.costUsd += event.costUsd ?? 0;
        break;
      default:
        return;
    }
    this.#changed.fire();
  }
}
