/** What the program tells a script by its exit code. */
import type { MessageCode } from "../core/messages.ts";

export const ExitCode = {
  COMPLETED: 0,
  FAILED: 1,
  WRONG_USAGE: 2,
  INTERRUPTED: 3,
  BUDGET_REACHED: 4,
  HANGUP: 129,
  CTRL_C: 130,
  TERMINATED: 143,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** For `--help` and docs/cli.md. */
export const EXIT_CODE_WORDS: readonly { readonly code: ExitCode; readonly meaning: string }[] = [
  { code: ExitCode.COMPLETED, meaning: "completed" },
  { code: ExitCode.FAILED, meaning: "failed" },
  { code: ExitCode.WRONG_USAGE, meaning: "wrong usage: nothing was started" },
  { code: ExitCode.INTERRUPTED, meaning: "interrupted: the session is saved and can be resumed" },
  { code: ExitCode.BUDGET_REACHED, meaning: "budget reached" },
  { code: ExitCode.CTRL_C, meaning: "Ctrl-C: the session is saved first" },
];

/** Signals that end a run after its session is saved. */
export const SIGNAL_EXIT_CODES = {
  SIGINT: ExitCode.CTRL_C,
  SIGTERM: ExitCode.TERMINATED,
  SIGHUP: ExitCode.HANGUP,
} as const satisfies Partial<Record<NodeJS.Signals, ExitCode>>;
export type EndingSignal = keyof typeof SIGNAL_EXIT_CODES;

/**
 * Codes that mean the call itself was wrong when they are thrown before a run has begun. The same code
 * at the end of a run that had begun is a failure.
 */
const WRONG_USAGE: ReadonlySet<MessageCode> = new Set<MessageCode>([
  "goal.empty",
  "goal.tooLong",
  "prompt.tooLong",
  "newFolder.notEmpty",
  "workspace.missing",
  "workspace.notAFolder",
  "workspace.notReadable",
  "workspace.notWritable",
  "workspace.duplicate",
  "workspace.insideHome",
  "home.insideWorkspace",
  "settings.invalid",
  "session.invalidId",
  "session.exists",
  "session.unknown",
  "plugin.unknown",
  "version.unknown",
  "snapshot.removed",
  "snapshot.notCaptured",
  "fork.complete",
  "cleanup.invalidDays",
  "export.exists",
  "import.unreadable",
  "import.notASession",
  "session.complete",
  "session.noFolder",
  "session.otherFolders",
  "session.folderGone",
  "snapshot.removed",
  "snapshot.notCaptured",
  "snapshot.noSuchPath",
  "agent.unknown",
  "version.invalidLabel",
  "step.unknown",
  "model.noAccess",
  "model.noKey",
  "model.unknownProvider",
  "model.invalidBaseUrl",
  "agent.unknownType",
]);

/** The exit code for an error that ended the program before a run had begun. */
export function exitCodeFor(code: MessageCode): ExitCode {
  return WRONG_USAGE.has(code) ? ExitCode.WRONG_USAGE : ExitCode.FAILED;
}
