/** The engine behind the public API, with the defaults of a program that embeds it. */
import { homedir } from "node:os";
import packageFile from "../package.json" with { type: "json" };
import { createEngine, type Engine } from "./core/engine.ts";
import { EventBus } from "./core/events/eventBus.ts";
import type { Plugin } from "./core/plugins/plugin.ts";
import { EnvironmentSecrets } from "./core/model/environmentSecrets.ts";
import { BlanketApprover } from "./core/policy/approvers.ts";
import type { Approver, Logger, WorkspaceFolder } from "./core/ports.ts";
import { ConfigFile, type GivenSettings } from "./core/settings/configFile.ts";
import { resolveHome } from "./core/settings/home.ts";
import { LayeredSettings } from "./core/settings/layeredSettings.ts";
import { SystemClock } from "./core/systemClock.ts";
import { checkWorkspaceFolders } from "./core/workspaceFolders.ts";

export const SAMPLER_WORKER = new URL("./samplerWorker.js", import.meta.url);

/** A plugin a program names. */
export interface PluginToLoad {
  /** Its file or folder. */
  readonly pluginPath: string;
  readonly config?: Readonly<Record<string, unknown>>;
  /** Permissions you give it, such as `files:read`; `runtime:node` gives it your own rights. Default none. */
  readonly grant?: readonly string[];
}

/** What every entry of the API takes; all of it has a sensible default. */
export interface ApiOptions {
  /** Where sessions are kept. Default `AI_ORCHESTRATOR_HOME`, else `~/.ai-orchestrator`. */
  readonly home?: string;
  /** Settings over those of the home's config.json; a limit only gets stricter. */
  readonly settings?: GivenSettings;
  /** Answers questions. Default: nobody is there, so every question is a denial told to the agent. */
  readonly approver?: Approver;
  /** Folders whose own agents and instruction files may be loaded. Default none. */
  readonly trustedFolders?: readonly string[];
  /** Receives every event of every session. */
  readonly eventBus?: EventBus;
  /** Keeps CPU, memory, tokens per second and cost of every run, for the charts of its session. Default true. */
  readonly enableMonitoring?: boolean;
  /** Plugins for the agents, besides those granted in trusted folders. */
  readonly plugins?: readonly PluginToLoad[];
  /** Debug lines on stderr. */
  readonly verbose?: boolean;
}

/** @throws OrchestratorError `plugin.invalid`, `plugin.notGranted`, `plugin.dependency`, `plugin.failed` */
export function loadInto(engine: Engine, { pluginPath, config = {}, grant = [] }: PluginToLoad): Promise<Plugin> {
  return engine.plugins.loadPlugin({ path: pluginPath, config, grant });
}

/** Opens the engine when it is first needed, once. */
export class LazyEngine {
  readonly #options: ApiOptions;
  readonly #home: string;
  #engine: Promise<Engine> | undefined;

  constructor(options: ApiOptions) {
    this.#options = options;
    this.#home = options.home ?? resolveHome({ environment: process.env, userHome: homedir(), base: process.cwd() });
  }

  get(): Promise<Engine> {
    this.#engine ??= this.#open();
    return this.#engine;
  }

  folders(paths: readonly string[]): Promise<WorkspaceFolder[]> {
    return checkWorkspaceFolders(paths, this.#home);
  }

  async agentsIn(paths: readonly string[]): Promise<ReturnType<Engine["agentsIn"]>> {
    const folders = await this.folders(paths);
    return (await this.get()).agentsIn(folders);
  }

  async close(): Promise<void> {
    const engine = this.#engine;
    this.#engine = undefined;
    await (await engine)?.close();
  }

  async #open(): Promise<Engine> {
    const { settings: given, approver, trustedFolders, eventBus, verbose, enableMonitoring = true } = this.#options;
    const settings = new LayeredSettings(await ConfigFile.open(this.#home), given ?? {});
    const trusted = new Set([...settings.get("trustedFolders"), ...(trustedFolders ?? [])]);
    const engine = await createEngine({
      home: this.#home,
      host: "api",
      version: packageFile.version,
      storeWorkerUrl: new URL("./storeWorker.js", import.meta.url),
      objectsWorkerUrl: new URL("./objectsWorker.js", import.meta.url),
      ...(enableMonitoring ? { samplerWorkerUrl: SAMPLER_WORKER } : {}),
      clock: new SystemClock(),
      logger: new StandardErrorLogger(verbose ?? settings.get("verbose")),
      settings,
      secrets: new EnvironmentSecrets(process.env, settings),
      approver: approver ?? new BlanketApprover("noTerminal"),
      workspaceState: { isTrusted: (folder) => trusted.has(folder.path) },
      environment: process.env,
      bus: eventBus ?? new EventBus(),
    });
    try {
      for (const plugin of this.#options.plugins ?? []) await loadInto(engine, plugin);
    } catch (error) {
      await engine.close();
      throw error;
    }
    return engine;
  }
}

export function toList(value: string | readonly string[]): readonly string[] {
  return typeof value === "string" ? [value] : value;
}

/** Warnings and errors, and with `verbose` everything, as lines on stderr. */
export class StandardErrorLogger implements Logger {
  readonly #verbose: boolean;

  constructor(verbose: boolean) {
    this.#verbose = verbose;
  }

  debug(message: string, data?: Record<string, unknown>): void {
    if (this.#verbose) this.#write("debug", message, data);
  }

  info(message: string, data?: Record<string, unknown>): void {
    if (this.#verbose) this.#write("info", message, data);
  }

  warn(message: string, data?: Record<string, unknown>): void {
    this.#write("warn", message, data);
  }

  error(message: string, data?: Record<string, unknown>): void {
    this.#write("error", message, data);
  }

  #write(level: string, message: string, data?: Record<string, unknown>): void {
    process.stderr.write(`${level}: ${message}${data ? ` ${JSON.stringify(data)}` : ""}\n`);
  }
}
