/** Runs one goal to its end, shows it, and says how it ended. */
import type { Engine } from "../core/engine.ts";
import { isOrchestratorError } from "../core/errors.ts";
import type { Catalogue } from "../core/messages.ts";
import type { WorkspaceFolder } from "../core/ports.ts";
import { wordsOfError, wordsOfErrorInfo } from "./catalogue.ts";
import type { Console } from "./console.ts";
import { ExitCode } from "./exitCodes.ts";
import type { Interruption } from "./interruption.ts";
import type { RunOutput } from "./runOutput.ts";
import { EMPTY_VIEW, foldEvent } from "./viewModel.ts";
import type { RunView } from "./viewModel.ts";

export interface GoalRunOptions {
  readonly orchestrator: Pick<Engine["orchestrator"], "start">;
  readonly goal: string;
  readonly folders: readonly WorkspaceFolder[];
  readonly sessionId?: string;
  readonly model?: string;
  /** Called when the run has begun. */
  readonly openOutput: () => Promise<RunOutput>;
  readonly console: Console;
  readonly interruption: Interruption;
  readonly catalogue: Catalogue;
  /** What a person types to call the program. */
  readonly command: string;
}

/** Throws what keeps a run from beginning; how one that had begun ended is told by the exit code. */
export async function runGoal(options: GoalRunOptions): Promise<ExitCode> {
  const { orchestrator, goal, folders, sessionId, model, openOutput, console, interruption } = options;
  if (interruption.exitCode !== undefined) return interruption.exitCode;
  const running = await orchestrator.start({
    goal,
    workspaceFolders: folders,
    ...(sessionId === undefined ? {} : { sessionId }),
    ...(model === undefined ? {} : { model }),
  });
  const enough = AbortSignal.any([interruption.signal, console.readerGone]);
  using _ = whenAborted(enough, () => running.stop(interruption.by || "closed output"));
  let view = EMPTY_VIEW;
  let failure: unknown;
  try {
    const output = await openOutput();
    try {
      for await (const event of running.events()) {
        view = foldEvent(view, event);
        await output.event(event, view);
      }
    } finally {
      await output.finish(view);
    }
  } catch (error) {
    failure = error;
    running.stop("error");
  }
  await running.ended.catch((error: unknown) => (failure ??= error));
  return conclude(view, failure, running.sessionId, options);
}

function whenAborted(signal: AbortSignal, callback: () => void): Disposable {
  if (signal.aborted) callback();
  else signal.addEventListener("abort", callback, { once: true });
  return { [Symbol.dispose]: () => signal.removeEventListener("abort", callback) };
}

function conclude(view: RunView, failure: unknown, sessionId: string, options: GoalRunOptions): ExitCode {
  const { console, interruption, catalogue, command } = options;
  const look = `Look at it with \`${command} --show ${sessionId}\`.`;
  if (failure !== undefined) {
    console.note(`${wordsOfError(catalogue, failure)}\nThe session is ${sessionId}. ${look}`);
    const fenced = isOrchestratorError(failure) && failure.code === "session.fenced";
    return fenced ? ExitCode.INTERRUPTED : ExitCode.FAILED;
  }
  switch (view.status) {
    case "completed":
      return ExitCode.COMPLETED;
    case "interrupted":
      console.note(
        `Stopped by ${view.interruption?.by ?? "an unknown cause"}. The session is saved as ${sessionId}. ${look}`,
      );
      return interruption.exitCode ?? ExitCode.INTERRUPTED;
    default:
      console.note([...failureLines(view, catalogue), `The session is ${sessionId}. ${look}`].join("\n"));
      return ExitCode.FAILED;
  }
}

/** The failure, and where it sums up several steps, each one's own. */
function failureLines(view: RunView, catalogue: Catalogue): string[] {
  if (view.error === undefined) return ["The run ended without saying how."];
  const steps = view.steps.flatMap(({ title, error }) =>
    error === undefined ? [] : [`  ${title}: ${wordsOfErrorInfo(catalogue, error)}`],
  );
  return [wordsOfErrorInfo(catalogue, view.error), ...(view.error.code === "workflow.stepsFailed" ? steps : [])];
}
