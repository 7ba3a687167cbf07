/**
 * The public API: the classes and constructors of the cheat sheet (docs/cheat-sheet.md), put together with
 * the defaults of a program that embeds the engine. The only file that re-exports.
 */
import { resolve } from "node:path";
import { LazyEngine, toList, type ApiOptions } from "./apiEngine.ts";
import type { AgentResult, ActiveAgent } from "./core/agents/agentRunner.ts";
import type { SpawnRequest } from "./core/agents/streamingAgentManager.ts";
import type { Engine } from "./core/engine.ts";
import type { OrchestratorEvent } from "./core/events/event.ts";
import type { ForkRequest } from "./core/orchestrator/forking.ts";
import type { ResumeRequest } from "./core/orchestrator/resumption.ts";
import type { GoalRequest, GoalResult } from "./core/orchestrator/streamingOrchestrator.ts";
import type { WorkspaceChoice } from "./core/orchestrator/versionPlaces.ts";
import { compressContext, type CompressOptions } from "./core/sessions/compressContext.ts";
import type { DoctorReport } from "./core/sessions/doctor.ts";
import type { SessionDiff } from "./core/sessions/sessionDiff.ts";
import type { InitialSession, SessionUpdate } from "./core/sessions/sessionEditor.ts";
import type { SessionPage } from "./core/sessions/sessionManager.ts";
import type { CleanUpRequest, CleanUpResult } from "./core/sessions/sessionRemoval.ts";
import type { SessionState } from "./core/sessions/sessionState.ts";
import type { SessionRow, VersionRow } from "./core/store/sessionStore.ts";
import type { ExportRequest, ExportResult } from "./core/transfer/sessionExport.ts";
import type { ImportResult } from "./core/transfer/sessionImport.ts";
import { recoveryFrom, type Recovery } from "./core/recovery/recoverySuggestions.ts";

export { DashboardServer, ProgressMonitor, ProgressMonitor as EnhancedProgressMonitor } from "./apiMonitoring.ts";
export { PluginManager, type LoadedPlugin } from "./apiPlugins.ts";
export type { PluginToLoad } from "./apiEngine.ts";
export type { PluginInfo } from "./core/plugins/pluginInfo.ts";
export type { DashboardOptions } from "./apiMonitoring.ts";
export type { Metrics, PerformanceMetrics } from "./core/monitoring/progressMonitor.ts";
export { AgentType } from "./core/agents/agentType.ts";
export { EventType } from "./core/events/eventType.ts";
export { EventBus } from "./core/events/eventBus.ts";
export { OrchestratorError } from "./core/errors.ts";
export type { ActiveAgent, AgentResult, GoalResult, OrchestratorEvent, Recovery };
export type { WorkspaceChoice };
export type { ApiOptions, SessionDiff, SessionRow, SessionState, VersionRow };
export { sessionDiffText } from "./core/sessions/sessionDiffText.ts";
export type { StreamingAgentOptions } from "./core/agents/streamingAgentManager.ts";
export type { BusEvent, EventHandler, PublishedEvent } from "./core/events/eventBus.ts";

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
export type ApiResumption = Omit<ResumeRequest, "workspaceFolders" | "workspace" | "fromStep"> & {
  /** The last step to keep; what depends on it runs again. Without one all that is finished is kept. */
  readonly fromStep?: string | null;
  /** Where the session's folders are now, if they were moved. */
  readonly workspace?: string | readonly string[];
  /** What the files are to be when it goes on from a version. Default: they stay as they are. */
  readonly files?: WorkspaceChoice;
  readonly concurrency?: number;
  readonly signal?: AbortSignal;
};

/** A session that begins where another one was at a version. */
export type ApiFork = Omit<ForkRequest, "workspaceFolders" | "workspace"> & {
  /** Where the parent's folders are now, if they were moved. */
  readonly workspace?: string | readonly string[];
  /** What the files are to be. Default: they stay as they are. While the parent runs it must be a new folder. */
  readonly files?: WorkspaceChoice;
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

  /**
   * Goes on with a session that was interrupted or failed, or from one of its versions, and yields every event from
   * there.
   */
  async *resumeWorkflow(resumption: ApiResumption): AsyncGenerator<OrchestratorEvent, void, void> {
    const { workspace, files, fromStep, ...request } = resumption;
    const engine = await this.#engine.get();
    yield* engine.orchestrator.resumeWorkflow({
      ...request,
      ...(typeof fromStep === "string" ? { fromStep } : {}),
      ...(await this.#place(workspace, files)),
    });
  }

  /** Begins a session of its own where another one was at a version, and yields its events. */
  async *fork(fork: ApiFork): AsyncGenerator<OrchestratorEvent, void, void> {
    const { workspace, files, ...request } = fork;
    const engine = await this.#engine.get();
    yield* engine.orchestrator.forkWorkflow({ ...request, ...(await this.#place(workspace, files)) });
  }

  async close(): Promise<void> {
    await this.#engine.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #place(
    folders: string | readonly string[] | undefined,
    files: WorkspaceChoice | undefined,
  ): Promise<Pick<ForkRequest, "workspaceFolders" | "workspace">> {
    return {
      ...(folders === undefined ? {} : { workspaceFolders: await this.#engine.folders(toList(folders)) }),
      ...(files === undefined ? {} : { workspace: files }),
    };
  }

  async #request(goal: ApiGoal): Promise<GoalRequest & { signal?: AbortSignal }> {
    const { workspace, ...request } = typeof goal === "string" ? { goal } : goal;
    return {
      ...request,
      workspaceFolders: await this.#engine.folders(workspace === undefined ? this.#workspace : toList(workspace)),
    };
  }
}

/**
 * Keeps sessions: their state, their versions, what differs between them. Dispose it (`await using`, or
 * `close()`) when done.
 */
export class SessionManager implements AsyncDisposable {
  readonly #engine: LazyEngine;

  /** @param path where sessions are kept; default `AI_ORCHESTRATOR_HOME`, else `~/.ai-orchestrator` */
  constructor(path?: string, options: Omit<ApiOptions, "home"> = {}) {
    this.#engine = new LazyEngine(path === undefined ? options : { ...options, home: resolve(path) });
  }

  /** Creates a session that holds a state, and gives its first version, `v1`. An id that exists is an error: resume it. */
  async createSession(session: InitialSession = {}): Promise<string> {
    return (await this.#sessions()).createSession(session);
  }

  /** Merges `updates` into the state of a session nobody runs, and gives the version made, or the newest one. */
  async updateSession(update: SessionUpdate): Promise<string> {
    return (await this.#sessions()).updateSession(update);
  }

  /** The state at a version, `v1`, `v2`, …, or at the end: `latest`, the default. */
  async resumeSession(request: { readonly sessionId: string; readonly versionId?: string }): Promise<SessionState> {
    return (await this.#sessions()).resumeSession(request);
  }

  /** The state as it is now. */
  async getActiveSession(sessionId: string): Promise<SessionState> {
    return (await this.#sessions()).getActiveSession(sessionId);
  }

  /** A page of sessions, newest first; `before` is the last one of the page before. */
  async listSessions(page: SessionPage = { limit: 100 }): Promise<SessionRow[]> {
    return (await this.#sessions()).listSessions(page);
  }

  async listVersions(sessionId: string): Promise<VersionRow[]> {
    return (await this.#sessions()).listVersions(sessionId);
  }

  /** What differs between two versions. */
  async createSessionDiff(request: {
    readonly sessionId: string;
    readonly fromVersion: string;
    readonly toVersion: string;
  }): Promise<SessionDiff> {
    return (await this.#sessions()).createSessionDiff(request);
  }

  /** Cuts a context to a size: the values of `preserveKeys` stay as they are, the rest leaves references. */
  compressContext(
    context: object,
    preserveKeys: readonly string[],
    options?: CompressOptions,
  ): Record<string, unknown> {
    return compressContext(context, preserveKeys, options);
  }

  async rename(sessionId: string, title: string): Promise<void> {
    await (await this.#sessions()).rename(sessionId, title);
  }

  async setTags(sessionId: string, tags: readonly string[]): Promise<void> {
    await (await this.#sessions()).setTags(sessionId, tags);
  }

  /** Removes a session that nobody runs, for good. */
  async deleteSession(sessionId: string): Promise<void> {
    await (await this.#sessions()).deleteSession(sessionId);
  }

  /** Removes the sessions whose last event is older, never a running one. */
  async cleanUp(request: CleanUpRequest): Promise<CleanUpResult> {
    return (await this.#sessions()).cleanUp(request);
  }

  /** Writes a session to one file, without known secrets. The file must not exist. */
  async exportSession(request: ExportRequest): Promise<ExportResult> {
    return (await this.#engine.get()).exporter.export(request);
  }

  /** Takes a session from a file; an id that is taken here becomes another one. */
  async importSession(request: { readonly file: string }): Promise<ImportResult> {
    return (await this.#engine.get()).importer.import(request);
  }

  /** Examines the home and repairs what is derived. */
  async doctor(): Promise<DoctorReport> {
    return (await this.#engine.get()).doctor();
  }

  async close(): Promise<void> {
    await this.#engine.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #sessions(): Promise<Engine["sessions"]> {
    return (await this.#engine.get()).sessions;
  }
}

/** The name of the cheat sheet. */
export const AdvancedSessionManager = SessionManager;
export type AdvancedSessionManager = SessionManager;
