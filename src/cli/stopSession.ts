/** `--stop S`: asks whoever runs the session to stop it. */
import type { RunControl } from "../core/control/runControl.ts";
import { wordsOf } from "../core/messages.ts";
import type { Catalogue, MessageCode } from "../core/messages.ts";
import type { Console } from "./console.ts";
import { ExitCode } from "./exitCodes.ts";

/** @throws OrchestratorError `session.unknown`, `session.notRunning`, `command.unanswered` */
export async function stopSession(
  control: Pick<RunControl, "stop">,
  console: Console,
  catalogue: Catalogue,
  sessionId: string,
): Promise<ExitCode> {
  const { accepted, refusal } = await control.stop(sessionId, "--stop");
  if (accepted) {
    await console.print(`Stopped ${sessionId}.`);
    return ExitCode.COMPLETED;
  }
  const known = refusal !== undefined && Object.hasOwn(catalogue, refusal.code);
  console.note(
    known ? wordsOf(catalogue, refusal.code as MessageCode, refusal.params) : `${sessionId} was not stopped.`,
  );
  return ExitCode.FAILED;
}
