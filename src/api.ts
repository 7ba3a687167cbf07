/**
 * The public API: the classes and constructors of the cheat sheet (docs/cheat-sheet.md), put together with
 * the defaults of a program that embeds the engine. The only file that re-exports.
 */
import { homedir } from "node:os";
import type { AgentResult, ActiveAgent } from "./core/agents/agentRunner.ts";
import type { SpawnRequest } from "./core/agents/streamingAgentManager.ts";
import { createEngine, type Engine } from "./core/engine.ts";
import type { OrchestratorEvent } from "./core/events/event.ts";
import { EventBus } from "./core/events/eventBus.ts";
import { EnvironmentSecrets } from "./core/model/environmentSecrets.ts";
import type { ResumeRequest } from "./core/orchestrator/resumption.ts";
import type { GoalRequest, GoalResult } from "./core/orchestrator/streamingOrchestrator.ts";
import { BlanketApprover } from "./core/policy/approvers.ts";
import { recoveryFrom, type Recovery } from "./core/recovery/recoverySuggestions.ts";
import type { Approver, Logger, WorkspaceFolder } from "./core/ports.ts";
import { ConfigFile, type GivenSettings } from "./core/settings/configFile.ts";
import { resolveHome } from "./core/settings/home.ts";
import { LayeredSettings } from "./core/settings/layeredSettings.ts";
import { SystemClock } from "./core/systemClock.ts";
import { checkWorkspaceFolders } from "./core/workspaceFolders.ts";

export { AgentType } from "./core/agents/agentType.ts";
export { EventType } from "./core/events/eventType.ts";
export { EventBus } from "./core/events/eventBus.ts";
export { OrchestratorError } from "./core/errors.ts";
export type { ActiveAgent, AgentResult, GoalResult, OrchestratorEvent, Recovery };
export type { StreamingAgentOptions } from "./core/agents/streamingAgentManager.ts";
export type { BusEvent, EventHandler, PublishedEvent } from "./core/events/eventBus.ts";

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
  /** Debug lines on stderr. */
  readonly verbose?: boolean;
}

/** Spawns agents in one folder. Dispose it (`await using`, or `close()`) when done. */
export class StreamingAgentManager implements AsyncDisposable {
  readonly #engine: LazyEngine;
  readonly #workspacePath: string;

  constructor(workspacePath: string, options: ApiOptions = {}) {
    this.#engine = new LazyEngine(options);
    this.#workspacePath = workspacePath;
  }

  /** Runs one agent and yields its events, from `agent_initialized` to `agent_completed` or `agent_error`. */
  async *spawnStreamingAgent(request: SpawnRequest): AsyncGenerator<OrchestratorEvent, void, void> {
    yield* (await this.#agents()).spawnStreamingAgent(request);
  }

  /** Runs one agent to its end. */
  async spawnAgent(request: SpawnRequest): Promise<AgentResult> {
    return (await this.#agents()).spawnAgent(request);
  }

  /** Runs several agents at the same time. */
  async *spawnParallelAgents(
    requests: readonly SpawnRequest[],
    signal?: AbortSignal,
  ): AsyncGenerator<OrchestratorEvent, void, void> {
    yield* (await this.#agents()).spawnParallelAgents(requests, signal);
  }

  async listActiveAgents(): Promise<readonly ActiveAgent[]> {
    return (await this.#engine.get()).activeAgents();
  }

  /** What to do about anything that was thrown, or about the `error` of an `agent_error` event. */
  async getRecoverySuggestions(error: unknown): Promise<Recovery> {
    return recoveryFrom(error);
  }

  async close(): Promise<void> {
    await this.#engine.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #agents(): ReturnType<LazyEngine["agentsIn"]> {
    return this.#engine.agentsIn([this.#workspacePath]);
  }
}

export interface StreamingOrchestratorOptions extends ApiOptions {
  /** Folders the agents work in. Default: the current one. */
  readonly workspace?: string | readonly string[];
}

/** A goal, as an object or as its text alone. */
export type ApiGoal =
  | string
  | (Omit<GoalRequest, "workspaceFolders"> & {
      readonly workspace?: string | readonly string[];
      readonly signal?: AbortSignal;
    });

/** A session to go on with. */
export type ApiResumption = Omit<ResumeRequest, "workspaceFolders" | "fromStep"> & {
  /** The last step to keep; what depends on it runs again. Without one all that is finished is kept. */
  readonly fromStep?: string | null;
  /** Where the session's folders are now, if they were moved. */
  readonly workspace?: string | readonly string[];
  readonly concurrency?: number;
  readonly signal?: AbortSignal;
};

/** Reaches goals. Dispose it (`await using`, or `close()`) when done. */
export class StreamingOrchestrator implements AsyncDisposable {
  readonly #engine: LazyEngine;
  readonly #workspace: readonly string[];

  constructor(options: StreamingOrchestratorOptions = {}) {
    this.#engine = new LazyEngine(options);
    this.#workspace = toList(options.workspace ?? process.cwd());
  }

  /** Runs a goal and yields every event of it. */
  async *executeGoalStreaming(goal: ApiGoal): AsyncGenerator<OrchestratorEvent, void, void> {
    const engine = await this.#engine.get();
    yield* engine.orchestrator.executeGoalStreaming(await this.#request(goal));
  }

  /** Runs a goal to its end. */
  async executeGoal(goal: ApiGoal): Promise<GoalResult> {
    const engine = await this.#engine.get();
    return engine.orchestrator.executeGoal(await this.#request(goal));
  }

  /** Goes on with a session that was interrupted or failed, in its own folders, and yields every event from there. */
  async *resumeWorkflow(resumption: ApiResumption): AsyncGenerator<OrchestratorEvent, void, void> {
    const { workspace, fromStep, ...request } = resumption;
    const engine = await this.#engine.get();
    yield* engine.orchestrator.resumeWorkflow({
      ...request,
      ...(typeof fromStep === "string" ? { fromStep } : {}),
      ...(workspace === undefined ? {} : { workspaceFolders: await this.#engine.folders(toList(workspace)) }),
    });
  }

  async close(): Promise<void> {
    await this.#engine.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #request(goal: ApiGoal): Promise<GoalRequest & { signal?: AbortSignal }> {
    const { workspace, ...request } = typeof goal === "string" ? { goal } : goal;
    return {
      ...request,
      workspaceFolders: await this.#engine.folders(workspace === undefined ? this.#workspace : toList(workspace)),
    };
  }
}

/** Opens the engine when it is first needed, once. */
class LazyEngine {
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
    const { settings: given, approver, trustedFolders, eventBus, verbose } = this.#options;
    const settings = new LayeredSettings(await ConfigFile.open(this.#home), given ?? {});
    const trusted = new Set([...settings.get("trustedFolders"), ...(trustedFolders ?? [])]);
    return createEngine({
      home: this.#home,
      host: "api",
      storeWorkerUrl: new URL("./storeWorker.js", import.meta.url),
      clock: new SystemClock(),
      logger: new StandardErrorLogger(verbose ?? settings.get("verbose")),
      settings,
      secrets: new EnvironmentSecrets(process.env, settings),
      approver: approver ?? new BlanketApprover("noTerminal"),
      workspaceState: { isTrusted: (folder) => trusted.has(folder.path) },
      environment: process.env,
      bus: eventBus ?? new EventBus(),
    });
  }
}

function toList(value: string | readonly string[]): readonly string[] {
  return typeof value === "string" ? [value] : value;
}

/** Warnings and errors, and with `verbose` everything, as lines on stderr. */
class StandardErrorLogger implements Logger {
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
