/**
 * Starts a command held: it exists, with a process group that can be written down, but it does not run
 * before it is let go. Without the note it never ran; with it, it is never started twice.
 */
import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import type { Clock } from "../ports.ts";
import { ProcessGroup, processStartTime } from "./processGroup.ts";

/**
 * A shell that waits for a line on descriptor 3 and then becomes the command. When our process dies the pipe
 * closes, and the shell ends without having become anything. Both outputs go into one pipe, so that they
 * stay in the order the command wrote them.
 */
const HOLD = `IFS= read -r go <&3 && [ "$go" = go ] || exit 125
exec 3<&- 2>&1
exec "$@"`;

export interface CommandExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface HeldProcess {
  readonly group: ProcessGroup;
  /** See {@link processStartTime}. */
  readonly startedAt: string | undefined;
  /** Output and errors of the command, in the order they were written. */
  readonly output: Readable;
  /** Resolves when the command itself has ended; what it started may still run. */
  readonly exited: Promise<CommandExit>;
  /** Resolves when also nothing holds the output open any more. */
  readonly closed: Promise<void>;
  /** Lets the command run. */
  release(): void;
  /** Ends it without ever having let it run. */
  discard(): Promise<void>;
}

/** @throws the system's error when no shell can be started or the folder is gone */
export async function startHeld(
  argv: readonly string[],
  options: { readonly folder: string; readonly environment: Record<string, string>; readonly clock: Clock },
): Promise<HeldProcess> {
  const child = spawn("/bin/sh", ["-c", HOLD, "sh", ...argv], {
    cwd: options.folder,
    env: options.environment,
    // A group of its own, so that everything it starts can be ended with it.
    detached: true,
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  }) as ChildProcessByStdio<null, Readable, Readable>;
  const exited = exitOf(child);
  const closed = once(child, "close").then(() => undefined);
  // Awaited by whoever runs the command; a failed start is reported by `spawned` below.
  closed.catch(() => undefined);
  exited.catch(() => undefined);
  const gate = child.stdio[3] as Writable;
  // The shell may be gone when the gate is opened or closed; what that means is told by its exit.
  gate.on("error", () => undefined);
  // Only the holding shell itself writes here, when it cannot even begin.
  child.stderr.resume();
  await once(child, "spawn");
  const pid = child.pid as number;
  const group = new ProcessGroup(pid, options.clock);
  return {
    group,
    startedAt: await processStartTime(pid),
    output: child.stdout,
    exited,
    closed,
    release: () => void gate.end("go\n"),
    discard: async () => {
      gate.destroy();
      await exited;
      child.stdout.destroy();
    },
  };
}

async function exitOf(child: ChildProcessByStdio<null, Readable, Readable>): Promise<CommandExit> {
  const [code, signal] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
  return { code, signal };
}
