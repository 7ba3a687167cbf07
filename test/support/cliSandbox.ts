/** A home and a workspace for one test, shared by every command the test runs. */
import { chown, mkdir } from "node:fs/promises";
import type { OrchestratorEvent } from "../../src/core/events/event.ts";
import type { Logger } from "../../src/core/ports.ts";
import { openSessionStore } from "../../src/core/store/sqlite/openSessionStore.ts";
import { SystemClock } from "../../src/core/systemClock.ts";
import { type CliLine, type CliOptions, type CliResult, type RunningCli, runCli, startCli } from "./cliProcess.ts";
import { startCliOnTerminal, type TerminalCli, type TerminalOptions } from "./cliTerminal.ts";
import type { ModelServer } from "./modelServer.ts";
import { createTemporaryFolder, folderAt, type TemporaryFolder } from "./temporaryFolder.ts";

const STORE_WORKER = new URL("../../src/core/store/sqlite/storeWorker.ts", import.meta.url);
/** More than any test's session has. */
const MANY_EVENTS = 1_000_000;
const SILENT: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** A key no machine has; tests look for it where it must not be. */
export const TEST_KEY = "sk-ant-test-4f1d9c2b7a6e";

export interface CliSandboxOptions {
  /** Files of the workspace. */
  readonly files?: Readonly<Record<string, string>>;
  /** The model server the commands use, with `TEST_KEY`. Without one there is no key: the demo model. */
  readonly server?: ModelServer;
  /** User the commands run as, who then owns home and workspace. */
  readonly uid?: number;
}

export interface CliSandbox extends AsyncDisposable {
  /** `AI_ORCHESTRATOR_HOME`; not there before the first command. */
  readonly home: string;
  /** Where the commands are typed, and so the folder agents work in. */
  readonly workspace: TemporaryFolder;
  run(args: readonly string[], options?: CliOptions): Promise<CliResult>;
  start(args: readonly string[], options?: CliOptions): Promise<RunningCli>;
  startOnTerminal(args: readonly string[], options?: TerminalOptions): Promise<TerminalCli>;
  /** The folder that holds home and workspace. */
  readonly root: TemporaryFolder;
  /** Every file below `root`: what the commands left behind, wherever they put it. */
  everything(): Promise<string[]>;
  /** What `--list --json` prints. */
  sessions(): Promise<readonly CliLine[]>;
  /** What `--show --json` prints of a session. */
  show(session: string): Promise<CliLine>;
  /** The events of a session as they are in the store. */
  storedEvents(session: string): Promise<readonly OrchestratorEvent[]>;
}

export async function createCliSandbox(options: CliSandboxOptions = {}): Promise<CliSandbox> {
  const folder = await createTemporaryFolder({
    prefix: "ai-orchestrator-sandbox",
    ...(options.uid === undefined ? {} : { owner: options.uid }),
  });
  await mkdir(folder.join("workspace"));
  if (options.uid !== undefined) await chown(folder.join("workspace"), options.uid, options.uid);
  const workspace = folderAt(folder.join("workspace"));
  await workspace.write(options.files ?? {});
  return new Sandbox(folder, workspace, options);
}

/** Settings that point the command line at a scripted model server. */
export function modelEnvironment(server: ModelServer, key = TEST_KEY): Record<string, string> {
  return { ANTHROPIC_BASE_URL: server.url, ANTHROPIC_API_KEY: key };
}

class Sandbox implements CliSandbox {
  readonly home: string;
  readonly workspace: TemporaryFolder;
  readonly root: TemporaryFolder;
  readonly #options: CliSandboxOptions;

  constructor(folder: TemporaryFolder, workspace: TemporaryFolder, options: CliSandboxOptions) {
    this.root = folder;
    this.home = folder.join("home");
    this.workspace = workspace;
    this.#options = options;
  }

  run(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
    return runCli(args, this.#with(options));
  }

  start(args: readonly string[], options: CliOptions = {}): Promise<RunningCli> {
    return startCli(args, this.#with(options));
  }

  startOnTerminal(args: readonly string[], options: TerminalOptions = {}): Promise<TerminalCli> {
    return startCliOnTerminal(args, this.#with(options));
  }

  everything(): Promise<string[]> {
    return this.root.files();
  }

  async sessions(): Promise<readonly CliLine[]> {
    return (await this.#succeed(["--list", "--json"])).lines;
  }

  async show(session: string): Promise<CliLine> {
    const [shown] = (await this.#succeed(["--show", session, "--json"])).lines;
    if (shown === undefined) throw new Error(`--show ${session} printed nothing`);
    return shown;
  }

  async storedEvents(session: string): Promise<readonly OrchestratorEvent[]> {
    const store = await openSessionStore({
      home: this.home,
      workerUrl: STORE_WORKER,
      clock: new SystemClock(),
      logger: SILENT,
    });
    try {
      return await store.readEvents(session, 0, MANY_EVENTS);
    } finally {
      await store.close();
    }
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.root[Symbol.asyncDispose]();
  }

  async #succeed(args: readonly string[]): Promise<CliResult> {
    const result = await this.run(args);
    if (result.exitCode !== 0)
      throw new Error(`${args.join(" ")} ended with ${String(result.exitCode)}: ${result.stderr}`);
    return result;
  }

  #with<Options extends CliOptions>(
    options: Options,
  ): Options & { home: string; cwd: string; env: Record<string, string> } {
    const { server, uid } = this.#options;
    return {
      ...(uid === undefined ? {} : { uid }),
      cwd: this.workspace.path,
      ...options,
      home: this.home,
      env: { ...(server === undefined ? {} : modelEnvironment(server)), ...options.env },
    };
  }
}
