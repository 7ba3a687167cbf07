/** Follows one run to its end, shows it, and says how it ended. */
import { isOrchestratorError } from "../core/errors.ts";
import type { Catalogue } from "../core/messages.ts";
import type { RunningGoal } from "../core/orchestrator/streamingOrchestrator.ts";
import type { SessionManager } from "../core/sessions/sessionManager.ts";
import { wordsOfError, wordsOfErrorInfo } from "./catalogue.ts";
import type { Console } from "./console.ts";
import { ExitCode } from "./exitCodes.ts";
import type { Interruption } from "./interruption.ts";
import type { RunOutput } from "./runOutput.ts";
import { EMPTY_VIEW, foldEvent, foldSession } from "./viewModel.ts";
import type { RunView } from "./viewModel.ts";

export interface GoalRunOptions {
  /** Starts a goal, or goes on with a session. */
  readonly begin: () => Promise<RunningGoal>;
  readonly sessions: Pick<SessionManager, "readEvents">;
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
  const { begin, sessions, openOutput, console, interruption } = options;
  if (interruption.exitCode !== undefined) return interruption.exitCode;
  const running = await begin();
  const enough = AbortSignal.any([interruption.signal, console.readerGone]);
  using _ = whenAborted(enough, () => running.stop(interruption.by || "closed output"));
  let view = EMPTY_VIEW;
  let failure: unknown;
  try {
    const output = await openOutput();
    try {
      for await (const event of running.events()) {
        if (view === EMPTY_VIEW && event.seq > 1) {
          // The session has a past; its text is not needed to show what is done.
          const past = sessions.readEvents(running.sessionId, 0, { withoutText: true });
          view = await foldSession(past, event.seq);
        }
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
  const look = `\`${command} --show ${sessionId}\``;
  const next = `Go on with \`${command} --resume ${sessionId}\`, look at it with ${look}.`;
  if (isOrchestratorError(failure) && failure.code === "session.fenced") {
    // Its words say where to look; whoever took it over goes on with it.
    console.note(wordsOfError(catalogue, failure));
    return ExitCode.INTERRUPTED;
  }
  if (failure !== undefined) {
    console.note(`${wordsOfError(catalogue, failure)}\nThe session is ${sessionId}. ${next}`);
    return ExitCode.FAILED;
  }
  switch (view.status) {
    case "completed":
      return ExitCode.COMPLETED;
    case "interrupted":
      console.note(
        `Stopped by ${view.interruption?.by ?? "an unknown cause"}. The session is saved as ${sessionId}. ${next}`,
      );
      return interruption.exitCode ?? ExitCode.INTERRUPTED;
    default:
      console.note([...failureLines(view, catalogue), `The session is ${sessionId}. ${next}`].join("\n"));
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
