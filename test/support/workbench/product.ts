import { fileURLToPath } from "node:url";
import type { OrchestratorEvent } from "../../../src/core/events/event.ts";
import type { Logger } from "../../../src/core/ports.ts";
import { openSessionStore } from "../../../src/core/store/sqlite/openSessionStore.ts";
import type { SessionRow, SessionStore } from "../../../src/core/store/sessionStore.ts";
import { SystemClock } from "../../../src/core/systemClock.ts";
import { type ModelServer, startModelServer } from "../modelServer.ts";
import { type Script, ScriptError } from "../modelServerScripts.ts";
import { createTemporaryFolder, type TemporaryFolder } from "../temporaryFolder.ts";
import { startVsCode, type VsCodeForTests, type VsCodeOptions } from "./vscodeForTests.ts";

/** The folder of this project, which is the extension. */
export const productFolder = fileURLToPath(new URL("../../..", import.meta.url)).replace(/\/$/, "");
/** The extension's id. */
export const productId = "ai-orchestrator.ai-orchestrator";

const STORE_WORKER = new URL("../../../src/core/store/sqlite/storeWorker.ts", import.meta.url);
/** More than any test's session has. */
const MANY = 1_000_000;
const SILENT: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

export interface ProductOptions extends Pick<VsCodeOptions, "workspaceTrust" | "settings"> {
  /** `server`: agents use the scripted model server. `none`: there is neither key nor server. Default `server`. */
  readonly model?: "server" | "none";
  /** The model server refuses every other key. */
  readonly expectKey?: string;
  /** Files of the workspace. */
  readonly files?: Readonly<Record<string, string>>;
  /** A packed extension to install, instead of the one in this folder. */
  readonly vsixFile?: string;
}

/** The product in a served VS Code with a scripted model behind it, a folder to work in, and what it stored. */
export class Product implements AsyncDisposable {
  readonly vscode: VsCodeForTests;
  readonly model: ModelServer;
  readonly workspace: TemporaryFolder;
  readonly #script: { current: Script };

  constructor(vscode: VsCodeForTests, model: ModelServer, workspace: TemporaryFolder, script: { current: Script }) {
    this.vscode = vscode;
    this.model = model;
    this.workspace = workspace;
    this.#script = script;
  }

  /** What the model answers from now on. */
  play(script: Script): void {
    this.#script.current = script;
  }

  /** All sessions of the store, newest first. */
  async sessions(): Promise<SessionRow[]> {
    return await this.#read((store) => store.listSessions({ limit: MANY }));
  }

  /** The newest session. */
  async newestSession(): Promise<SessionRow> {
    const [newest] = await this.sessions();
    if (!newest) throw new Error("There is no session in the store.");
    return newest;
  }

  async events(sessionId: string): Promise<OrchestratorEvent[]> {
    return await this.#read((store) => store.readEvents(sessionId, 0, MANY));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.vscode[Symbol.asyncDispose]();
    await this.model.close();
    await this.workspace[Symbol.asyncDispose]();
  }

  async #read<Value>(read: (store: SessionStore) => Promise<Value>): Promise<Value> {
    const store = await openSessionStore({
      home: this.vscode.home,
      workerUrl: STORE_WORKER,
      clock: new SystemClock(),
      logger: SILENT,
    });
    try {
      return await read(store);
    } finally {
      await store.close();
    }
  }
}

export async function startProduct(options: ProductOptions = {}): Promise<Product> {
  const { model = "server", expectKey, files = {}, vsixFile, ...vscodeOptions } = options;
  const script: { current: Script } = {
    current: () => {
      throw new ScriptError("no script is played");
    },
  };
  const server = await startModelServer({
    script: (request) => script.current(request),
    ...(expectKey === undefined ? {} : { expectKey }),
  });
  const workspace = await createTemporaryFolder({ prefix: "ai-orchestrator-workspace" });
  await workspace.write(files);
  const vscode = await startVsCode({
    ...vscodeOptions,
    ...(vsixFile === undefined ? { extensionFolders: [productFolder] } : { vsixFiles: [vsixFile] }),
    ...(model === "server" ? { environment: { ANTHROPIC_BASE_URL: server.url } } : {}),
  });
  return new Product(vscode, server, workspace, script);
}
