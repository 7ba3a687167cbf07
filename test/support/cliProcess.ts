/** The built command line as a real process, in a home of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { builtCli, builtCliForEverybody, cleanEnvironment } from "./builtCli.ts";
import { LineBuffer } from "./lineBuffer.ts";
import { createTemporaryFolder } from "./temporaryFolder.ts";

export interface CliOptions {
  /** Added to an environment that has none of the machine's keys, proxies or settings. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Text on standard input, which is then closed. `open` leaves it open. Default: nothing, closed. */
  readonly stdin?: string;
  /** Runs as this user and group; needs root. */
  readonly uid?: number;
  /** `AI_ORCHESTRATOR_HOME`. Default: a temporary one, removed when the process has ended. */
  readonly home?: string;
}

export interface CliResult {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Standard output as JSON, line by line. Throws when a line is none. */
  readonly lines: readonly CliLine[];
}

/** What `--json` prints: an event, or a session or anything else with fields. */
export type CliLine = Readonly<Record<string, unknown>>;

export interface RunningCli extends AsyncDisposable {
  readonly pid: number;
  readonly stdout: LineBuffer;
  readonly stderr: LineBuffer;
  readonly exited: Promise<CliResult>;
  /** The first line of standard output that fits, past or future; rejects when the process ends without it. */
  waitForLine(predicate: (line: string) => boolean): Promise<string>;
  /** The same for the objects `--json` prints. */
  waitForJson(predicate: (line: CliLine) => boolean): Promise<CliLine>;
  /** What something else brings, such as a gate being reached; rejects when the process ends before. */
  until<Value>(event: Promise<Value>): Promise<Value>;
  write(text: string): void;
  kill(signal: NodeJS.Signals): void;
  /** Goes away as a reader, as `head` does. */
  closeStdout(): void;
}

/** Runs the command line to its end. */
export async function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  await using running = await startCli(args, options);
  return await running.exited;
}

/** Starts the command line; disposing kills it and whatever it left in its group. */
export async function startCli(args: readonly string[], options: CliOptions = {}): Promise<RunningCli> {
  const { node, script } = options.uid === undefined ? builtCli() : await builtCliForEverybody();
  return await startProgram([node, script, ...args], options);
}

/** Starts any program in the same way. */
export async function startProgram(
  [program = "", ...args]: readonly string[],
  options: CliOptions = {},
): Promise<RunningCli> {
  const user = options.uid === undefined ? {} : { uid: options.uid, gid: options.uid };
  const owner = options.uid === undefined ? {} : { owner: options.uid };
  const temporary =
    options.home === undefined ? await createTemporaryFolder({ prefix: "ai-orchestrator-home", ...owner }) : undefined;
  const home = options.home ?? temporary?.join("home") ?? "";
  const child = spawn(program, args, {
    cwd: options.cwd ?? temporary?.path,
    env: cleanEnvironment(program, home, options.env ?? {}),
    stdio: ["pipe", "pipe", "pipe"],
    // A group of its own, so that everything it left behind can be ended with it.
    detached: true,
    ...user,
  });
  if (options.stdin !== "open") child.stdin.end(options.stdin ?? "");
  return new CliProcess(child, async () => await temporary?.[Symbol.asyncDispose]());
}

class CliProcess implements RunningCli {
  readonly stdout = new LineBuffer();
  readonly stderr = new LineBuffer();
  readonly exited: Promise<CliResult>;
  readonly #child: ChildProcess;

  constructor(child: ChildProcess, cleanUp: () => Promise<void>) {
    this.#child = child;
    child.stdout?.setEncoding("utf8").on("data", (chunk: string) => this.stdout.push(chunk));
    child.stderr?.setEncoding("utf8").on("data", (chunk: string) => this.stderr.push(chunk));
    // A process that ends before it has read its input is told by its exit code, not by a broken pipe.
    child.stdin?.on("error", () => undefined);
    const endGroup = (): void => this.#endGroup();
    process.once("exit", endGroup);
    this.exited = new Promise<CliResult>((resolve, reject) => {
      let failure: Error | undefined;
      child.once("error", (error) => (failure = error));
      child.once("close", (exitCode, signal) => {
        process.off("exit", endGroup);
        for (const buffer of [this.stdout, this.stderr]) buffer.end(() => this.#account(exitCode, signal));
        void cleanUp().then(() => {
          if (failure) reject(failure);
          else resolve(resultOf(exitCode, signal, this.stdout.text, this.stderr.text));
        }, reject);
      });
    });
    this.exited.catch(() => undefined);
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error("The process could not be started");
    return this.#child.pid;
  }

  waitForLine(predicate: (line: string) => boolean): Promise<string> {
    return this.stdout.waitFor(predicate);
  }

  async waitForJson(predicate: (line: CliLine) => boolean): Promise<CliLine> {
    return parseLine(await this.stdout.waitFor((line) => predicate(parseLine(line))));
  }

  until<Value>(event: Promise<Value>): Promise<Value> {
    const ended = this.exited.then(({ exitCode, signal }) => {
      throw new Error(`The process ended before. ${this.#account(exitCode, signal)}`);
    });
    return Promise.race([event, ended]);
  }

  write(text: string): void {
    this.#child.stdin?.write(text);
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  closeStdout(): void {
    this.#child.stdout?.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#endGroup();
    await this.exited;
  }

  #endGroup(): void {
    if (this.#child.pid === undefined) return;
    try {
      process.kill(-this.#child.pid, "SIGKILL");
    } catch {
      // The whole group has ended already.
    }
  }

  #account(exitCode: number | null, signal: NodeJS.Signals | null): string {
    return `Exit code ${String(exitCode)}, signal ${String(signal)}.\nstdout:\n${this.stdout.text}\nstderr:\n${this.stderr.text}`;
  }
}

function resultOf(exitCode: number | null, signal: NodeJS.Signals | null, stdout: string, stderr: string): CliResult {
  return {
    exitCode,
    signal,
    stdout,
    stderr,
    get lines() {
      return stdout.split("\n").slice(0, -1).map(parseLine);
    },
  };
}

function parseLine(line: string): CliLine {
  try {
    return JSON.parse(line) as CliLine;
  } catch {
    throw new Error(`This line of standard output is no JSON: ${line}`);
  }
}
