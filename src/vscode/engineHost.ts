/** Opens the engine for this window when something first needs it, and closes it with the window. */
import * as vscode from "vscode";
import type { Engine } from "../core/engine.ts";
import type { Approver, Clock, Logger, Questioner, SecretSource, WorkspaceState } from "../core/ports.ts";
import type { VscodeSettings } from "./vscodeSettings.ts";

export interface EngineHostOptions {
  readonly home: string;
  readonly storeWorkerUrl: URL;
  readonly objectsWorkerUrl: URL;
  readonly samplerWorkerUrl: URL;
  readonly logger: Logger;
  readonly settings: VscodeSettings;
  readonly secrets: SecretSource;
  readonly approver: Approver;
  readonly questioner: Questioner;
  readonly workspaceState: WorkspaceState;
  readonly clock: Clock;
}

export class EngineHost implements vscode.Disposable {
  readonly #options: EngineHostOptions;
  readonly #opened = new vscode.EventEmitter<Engine>();
  #engine: Promise<Engine> | undefined;

  /** Fires once, when the engine is there. */
  readonly onDidOpen = this.#opened.event;

  constructor(options: EngineHostOptions) {
    this.#options = options;
  }

  /** The engine, opened now if it was not. Rejects with what keeps it from opening; the next call tries again. */
  get(): Promise<Engine> {
    this.#engine ??= this.#open().catch((error: unknown) => {
      this.#engine = undefined;
      throw error;
    });
    return this.#engine;
  }

  /** The engine if something has opened it. */
  get opened(): Promise<Engine> | undefined {
    return this.#engine;
  }

  /** Ends what runs and closes the store. */
  async close(): Promise<void> {
    const engine = this.#engine;
    this.#engine = undefined;
    await (await engine?.catch(() => undefined))?.close();
  }

  /** Leaves the engine to `close`: VS Code disposes at once, while runs are still being saved. */
  dispose(): void {
    this.#opened.dispose();
  }

  async #open(): Promise<Engine> {
    const {
      home,
      storeWorkerUrl,
      objectsWorkerUrl,
      samplerWorkerUrl,
      logger,
      settings,
      secrets,
      approver,
      questioner,
      workspaceState,
      clock,
    } = this.#options;
    await settings.load();
    // Loaded here and not at activation: it is most of the extension's code.
    const { createEngine } = await import("../core/engine.ts");
    const engine = await createEngine({
      home,
      host: "VS Code",
      storeWorkerUrl,
      objectsWorkerUrl,
      samplerWorkerUrl,
      clock,
      logger,
      settings,
      secrets,
      approver,
      questioner,
      workspaceState,
      environment: process.env,
      onApprovalTimeout: "pause",
    });
    this.#opened.fire(engine);
    return engine;
  }
}
