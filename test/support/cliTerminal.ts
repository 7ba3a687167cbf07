/**
 * The built command line on a real pseudo-terminal, made by `script` of util-linux, which Debian always has:
 * Node cannot open one without a native module.
 */
import { execFile, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { promisify } from "node:util";
import { builtCli, cleanEnvironment } from "./builtCli.ts";
import { createTemporaryFolder, type TemporaryFolder } from "./temporaryFolder.ts";
import { TerminalScreen } from "./terminalScreen.ts";

export interface TerminalOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** `AI_ORCHESTRATOR_HOME`. Default: a temporary one, removed when the process has ended. */
  readonly home?: string;
}

export interface TerminalCli extends AsyncDisposable {
  /** What is seen now. */
  readonly screen: TerminalScreen;
  /** Every byte so far, sequences included. */
  readonly output: string;
  /** Exit code of the command line; 128 and the signal's number when a signal ended it. */
  readonly exited: Promise<number | null>;
  /** Resolves when the text on the terminal (scrolled off lines included) fits; rejects when the process ends before. */
  waitForScreen(predicate: (text: string) => boolean): Promise<void>;
  /** What something else brings, such as a gate being reached; rejects when the program ends before. */
  until<Value>(event: Promise<Value>): Promise<Value>;
  /** Types on the keyboard. Ctrl-C is `\x03`. */
  type(keys: string): void;
  /** Changes the size of the terminal, of which the program is told by SIGWINCH. */
  resize(columns: number, rows: number): Promise<void>;
}

const run = promisify(execFile);

/** util-linux; the BSDs and macOS have programs of the same names with other options (untested). */
const LINUX = process.platform === "linux";

export async function startCliOnTerminal(args: readonly string[], options: TerminalOptions = {}): Promise<TerminalCli> {
  const { node, script } = builtCli();
  return await startOnTerminal([node, script, ...args], options);
}

/** Any program on a terminal; the command line is the one that matters. */
export async function startOnTerminal(argv: readonly string[], options: TerminalOptions = {}): Promise<TerminalCli> {
  const { columns = 80, rows = 24 } = options;
  const folder = await createTemporaryFolder({ prefix: "ai-orchestrator-terminal" });
  const home = options.home ?? folder.join("home");
  const started = folder.join("started");
  // The size must be there before the program starts; a later resize needs the name of the device, the end the process.
  const command = `stty columns ${columns} rows ${rows}; echo $$ $(tty) > ${quoted(started)}; exec ${argv.map(quoted).join(" ")}`;
  const child = spawn(
    "script",
    LINUX ? ["-qefc", command, "/dev/null"] : ["-q", "/dev/null", "/bin/sh", "-c", command],
    {
      cwd: options.cwd ?? folder.path,
      env: { ...cleanEnvironment(argv[0] ?? "", home, {}), TERM: "xterm-256color", SHELL: "/bin/sh", ...options.env },
      stdio: ["pipe", "pipe", "pipe"],
      detached: true,
    },
  );
  return new ScriptedTerminal(child, { folder, started, screen: new TerminalScreen(columns, rows) });
}

interface Parts {
  readonly folder: TemporaryFolder;
  /** File with the id of the process and the name of its terminal's device. */
  readonly started: string;
  readonly screen: TerminalScreen;
}

interface Waiter {
  readonly predicate: (text: string) => boolean;
  resolve(): void;
  reject(error: unknown): void;
}

class ScriptedTerminal implements TerminalCli {
  readonly screen: TerminalScreen;
  readonly exited: Promise<number | null>;
  output = "";
  readonly #child: ReturnType<typeof spawn>;
  readonly #started: string;
  #waiters: Waiter[] = [];
  /** What the terminal could not show; nobody may go on as if it had. */
  #failure: Error | undefined;

  constructor(child: ReturnType<typeof spawn>, { folder, started, screen }: Parts) {
    this.#child = child;
    this.#started = started;
    this.screen = screen;
    child.stdout?.setEncoding("utf8").on("data", (chunk: string) => this.#show(chunk));
    child.stderr?.setEncoding("utf8").on("data", (chunk: string) => this.#show(chunk));
    child.stdin?.on("error", () => undefined);
    const end = (): void => this.#end();
    process.once("exit", end);
    this.exited = new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (exitCode) => {
        process.off("exit", end);
        for (const waiter of this.#waiters)
          waiter.reject(new Error(`The program ended before. On the terminal:\n${this.screen.text}`));
        this.#waiters = [];
        void folder[Symbol.asyncDispose]().then(() => {
          if (this.#failure === undefined) resolve(exitCode);
          else reject(this.#failure);
        }, reject);
      });
    });
    this.exited.catch(() => undefined);
  }

  waitForScreen(predicate: (text: string) => boolean): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (predicate(this.screen.text)) return Promise.resolve();
    if (this.#child.exitCode !== null)
      return Promise.reject(new Error(`The program has ended. On the terminal:\n${this.screen.text}`));
    return new Promise((resolve, reject) => {
      this.#waiters.push({ predicate, resolve, reject });
    });
  }

  until<Value>(event: Promise<Value>): Promise<Value> {
    const ended = this.exited.then(() => {
      throw new Error(`The program ended before. On the terminal:\n${this.screen.text}`);
    });
    return Promise.race([event, ended]);
  }

  type(keys: string): void {
    this.#child.stdin?.write(keys);
  }

  async resize(columns: number, rows: number): Promise<void> {
    const [, device = ""] = this.#processAndDevice();
    this.screen.resize(columns, rows);
    await run("stty", [LINUX ? "-F" : "-f", device, "columns", String(columns), "rows", String(rows)]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end();
    // A failure is told by whoever waits for the end, not by putting things away.
    await this.exited.catch(() => undefined);
  }

  #show(chunk: string): void {
    this.output += chunk;
    try {
      this.screen.write(chunk);
    } catch (error) {
      this.#failure = error instanceof Error ? error : new Error(String(error), { cause: error });
      for (const waiter of this.#waiters) waiter.reject(error);
      this.#waiters = [];
      return;
    }
    const text = this.screen.text;
    const served = this.#waiters.filter((waiter) => waiter.predicate(text));
    this.#waiters = this.#waiters.filter((waiter) => !served.includes(waiter));
    for (const waiter of served) waiter.resolve();
  }

  /** `script` ends by itself when the program on its terminal is gone. */
  #end(): void {
    if (this.#child.pid === undefined || this.#child.exitCode !== null) return;
    const [processId] = this.#processAndDevice();
    try {
      // The program leads the session on its terminal, and the group of whatever it started there.
      if (processId === undefined) this.#child.kill("SIGTERM");
      else process.kill(-Number(processId), "SIGKILL");
    } catch {
      // It has ended by itself in this moment.
    }
  }

  #processAndDevice(): string[] {
    return existsSync(this.#started) ? readFileSync(this.#started, "utf8").split(/\s+/).filter(Boolean) : [];
  }
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
