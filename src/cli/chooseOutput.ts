/** Which way of showing a run fits what was asked for and where it is shown. */
import type { ErrorInfo } from "../core/events/event.ts";
import type { Clock } from "../core/ports.ts";
import type { RunFlags } from "./arguments.ts";
import type { Console } from "./console.ts";
import { JsonOutput } from "./jsonOutput.ts";
import { PlainOutput } from "./plainOutput.ts";
import { ResultOutput } from "./resultOutput.ts";
import type { RunOutput } from "./runOutput.ts";

export interface OutputOptions {
  readonly command: Pick<RunFlags, "json" | "streaming">;
  readonly process: Pick<NodeJS.Process, "stdout" | "stderr" | "env" | "on" | "off">;
  readonly console: Console;
  readonly clock: Clock;
  readonly words: (error: ErrorInfo) => string;
}

export async function chooseOutput({ command, process, console, clock, words }: OutputOptions): Promise<RunOutput> {
  const { stdout, stderr, env: environment } = process;
  if (command.json) return new JsonOutput(console);
  if (!command.streaming) return new ResultOutput(console, { progress: stderr.isTTY });
  // A terminal that cannot move its cursor gets lines.
  if (!stdout.isTTY || environment["TERM"] === "dumb") return new PlainOutput(console, words);
  const { LiveOutput } = await import("./liveOutput.ts");
  const atExit = (callback: () => void): Disposable => {
    process.on("exit", callback);
    return { [Symbol.dispose]: () => process.off("exit", callback) };
  };
  return new LiveOutput({ terminal: stdout, console, clock, words, environment, atExit });
}
