/** Opens a session for a run: folders checked, model access known, log, tools and control in one scope. */
import { isOrchestratorError, messageOf, OrchestratorError, toErrorInfo } from "../errors.ts";
import type { RunControl } from "../control/runControl.ts";
import { RunSteering } from "../control/runSteering.ts";
import type { EventDraft, EventOf } from "../events/event.ts";
import type { EventBus } from "../events/eventBus.ts";
import { SessionLog } from "../events/sessionLog.ts";
import type { ModelAccess } from "../model/modelAccess.ts";
import type { ModelClients } from "../model/modelClients.ts";
import type { RunMetrics, RunMetricsOptions } from "../monitoring/runMetrics.ts";
import { SpendCounter } from "../model/spendCounter.ts";
import type { GivenAnswer } from "../policy/approvals.ts";
import type { GivenReply } from "../policy/questions.ts";
import type { Clock, Logger, WorkspaceFolder, WorkspaceState } from "../ports.ts";
import type { PluginsOfRun, RunPlugins } from "../plugins/runPlugins.ts";
import type { SessionManager } from "../sessions/sessionManager.ts";
import type { SessionWriter } from "../sessions/sessionWriter.ts";
import type { ProviderName } from "../settings/providers.ts";
import { NEW_SESSION } from "../snapshots/runPast.ts";
import { RunSnapshots } from "../snapshots/runSnapshots.ts";
import type { SnapshotStore } from "../snapshots/snapshotStore.ts";
import { checkWorkspaceFolders } from "../workspaceFolders.ts";
import type { AgentDefinition } from "./agentDefinition.ts";
import type { AgentDefinitions } from "./agentDefinitions.ts";
import type { AgentSession } from "./agentSession.ts";
import type { AgentToolbox } from "./agentToolbox.ts";
import { AgentType } from "./agentType.ts";
import { foldersToGoOnIn, creationOf, providerOf } from "./reopening.ts";
import { carryOut, type CommandedRun } from "./runCommands.ts";
import { neighboursOf } from "./neighbours.ts";
import { RunStopped } from "./runStopped.ts";
import { folderInstructions } from "./folderInstructions.ts";

export interface OpenRequest {
  readonly goal: string;
  readonly sessionId?: string;
  readonly workspaceFolders: readonly WorkspaceFolder[];
  readonly model?: string;
  readonly maxTurns?: number;
  /** Agents at once. */
  readonly concurrency?: number;
  /** Instead of the setting, for this run. */
  readonly provider?: ProviderName;
}

/** A session to go on with. */
export interface ReopenRequest {
  readonly sessionId: string;
  /** Instead of the folders the session had, as many and in their order; they keep the names its paths begin with. */
  readonly workspaceFolders?: readonly WorkspaceFolder[];
  readonly model?: string;
  readonly maxTurns?: number;
  /** Agents at once. */
  readonly concurrency?: number;
  readonly provider?: ProviderName;
  /** The earlier version it goes on from, for its log. */
  readonly versionId?: string;
}

/** What changes with the session going on, given the end of its log; in one commit with that it goes on. */
export type Alongside = (lastSeq: number) => Promise<readonly EventDraft[]>;

/** What a run stands on. */
interface Ground {
  readonly folders: readonly WorkspaceFolder[];
  readonly access: ModelAccess;
  readonly definitions: ReadonlyMap<string, AgentDefinition>;
  readonly instructions: string;
  readonly plugins: PluginsOfRun;
}

/** A session that this process runs. */
export interface OpenRun {
  readonly session: AgentSession;
  /** What this run has spent; a resumed one adds what was spent before. */
  readonly spend: SpendCounter;
  /** Asks everything in the session to stop. Only the first call counts. */
  stop(by: string): void;
  /** Makes the log durable, ends its readers and gives the session free. */
  close(): Promise<void>;
}

/** Builds the tools of one session. */
export type ToolboxFactory = (scope: {
  readonly sessionId: string;
  readonly folders: readonly WorkspaceFolder[];
  readonly hasServerTools: boolean;
  readonly log: SessionLog;
  readonly snapshots: RunSnapshots;
  readonly pluginTools: PluginsOfRun["tools"];
}) => SessionTools;

/** The tools of a session, and the questions their calls wait on. */
export interface SessionTools extends AgentToolbox {
  /** Answers a question from another process. False when it is not open. */
  answer(approvalId: string, answer: GivenAnswer): boolean;
  /** The same for a question of an agent. */
  reply(questionId: string, reply: GivenReply): boolean;
}

export interface RunSessionsOptions {
  readonly home: string;
  readonly sessions: SessionManager;
  readonly models: ModelClients;
  readonly definitions: AgentDefinitions;
  readonly workspaceState: WorkspaceState;
  readonly plugins: RunPlugins;
  readonly createToolbox: ToolboxFactory;
  /** Measures a run for the charts of its session; absent where nobody wants them. */
  readonly measure?: (run: Pick<RunMetricsOptions, "emit" | "costUsd">) => RunMetrics;
  readonly control: RunControl;
  readonly bus: EventBus;
  readonly snapshots: SnapshotStore;
  readonly clock: Clock;
  readonly logger: Logger;
}

const SOURCE = "orchestrator";

export class RunSessions {
  readonly #options: RunSessionsOptions;

  constructor(options: RunSessionsOptions) {
    this.#options = options;
  }

  /**
   * A new session.
   *
   * @throws OrchestratorError for what is wrong with the request, before anything is created
   */
  async open(request: OpenRequest): Promise<OpenRun> {
    const ground = await this.#prepare(request);
    const { folders, access } = ground;
    const stopping = new AbortController();
    const writer = await this.#options.sessions.create({
      goal: request.goal,
      folders,
      demo: access.demo,
      ...(request.sessionId ? { sessionId: request.sessionId } : {}),
      onFenced: () => stopping.abort(new OrchestratorError("session.fenced", { id: writer.sessionId })),
    });
    const run = this.#assemble(writer, ground, stopping, request, 0);
    await emitFirst(run, async () => firstEvents(request.goal, ground, request.model));
    run.session.snapshots.begin(NEW_SESSION);
    return run;
  }

  /**
   * A session that nobody runs, at the end of its log, in its folders and with its kind of model.
   *
   * @throws OrchestratorError `session.unknown`, `session.running`, `session.noFolder`, `session.otherFolders`,
   *   `model.noKey`, and what is wrong with its folders
   */
  async reopen(
    request: ReopenRequest,
    alongside: Alongside = async () => [],
  ): Promise<OpenRun & { readonly lastSeq: number }> {
    const { sessions } = this.#options;
    const row = await sessions.getSession(request.sessionId);
    const created = await creationOf(sessions, request.sessionId);
    const folders = foldersToGoOnIn(request, row, created);
    const provider = providerOf(request, row);
    const ground = await this.#prepare({ workspaceFolders: folders, ...(provider ? { provider } : {}) });
    await this.#refuseToGoOnAsDemo(provider, ground.access, created);
    const stopping = new AbortController();
    const writer = await sessions.openForWriting(request.sessionId, {
      onFenced: () => stopping.abort(new OrchestratorError("session.fenced", { id: request.sessionId })),
    });
    const run = this.#assemble(writer, ground, stopping, request, row.costUsd);
    // Its process ended between the session's row and its first event: it begins now.
    if (writer.lastSeq === 0) {
      await emitFirst(run, async () => firstEvents(row.goal, ground, request.model));
      return { ...run, lastSeq: run.session.log.lastSeq };
    }
    const moved = ground.folders.some(({ path }, index) => path !== row.folders[index]?.path);
    // First of its epoch: readers drop what they saw beyond it.
    const resumed: EventDraft = {
      type: "workflow_resumed",
      source: SOURCE,
      lastSeq: writer.lastSeq,
      ...(moved ? { folders: ground.folders.map(({ name, path }) => ({ name, path })) } : {}),
      ...(request.model ? { model: request.model } : {}),
      ...(request.versionId ? { versionId: request.versionId } : {}),
    };
    await emitFirst(run, async () => [resumed, ...ground.plugins.events(), ...(await alongside(writer.lastSeq))]);
    return { ...run, lastSeq: writer.lastSeq };
  }

  /**
   * Looks whether there is a model for a session to go on with.
   *
   * @throws OrchestratorError `session.unknown`, `model.noKey`, `model.invalidBaseUrl`
   */
  async checkModel(request: Pick<ReopenRequest, "sessionId" | "provider">): Promise<void> {
    const { sessions, models } = this.#options;
    const provider = providerOf(request, await sessions.getSession(request.sessionId));
    const created = await creationOf(sessions, request.sessionId);
    await this.#refuseToGoOnAsDemo(provider, await models.access(provider), created);
  }

  /**
   * The folders a session would go on in, with the names its paths begin with.
   *
   * @throws OrchestratorError `session.unknown`, `session.noFolder`, `session.otherFolders`, `workspace.*`
   */
  async foldersFor(
    request: Pick<ReopenRequest, "sessionId" | "workspaceFolders">,
  ): Promise<readonly WorkspaceFolder[]> {
    const { sessions } = this.#options;
    const row = await sessions.getSession(request.sessionId);
    return this.#checked(foldersToGoOnIn(request, row, await creationOf(sessions, request.sessionId)));
  }

  /** The types of agents that a plan for these folders may name. */
  async agentTypes(folders: readonly WorkspaceFolder[]): Promise<ReadonlySet<string>> {
    const { definitions } = await this.#options.definitions.load(folders);
    return new Set([...definitions.keys()].filter((name) => name !== AgentType.PLANNER));
  }

  /** What a real model began goes on with the demo model only when somebody says so. */
  async #refuseToGoOnAsDemo(
    provider: ProviderName | undefined,
    access: ModelAccess,
    created: EventOf<"session_created"> | undefined,
  ): Promise<void> {
    const hadModel = created?.provider !== undefined && created.demo !== true;
    if (hadModel && access.demo && provider === undefined) await this.#options.models.access("anthropic");
  }

  async #prepare(request: Pick<OpenRequest, "workspaceFolders" | "provider">): Promise<Ground> {
    const { models, definitions, workspaceState, plugins, logger } = this.#options;
    const folders = await this.#checked(request.workspaceFolders);
    const access = await models.access(request.provider);
    const loaded = await definitions.load(folders);
    // The host tells the person in words; here is only where it was noticed.
    for (const problem of loaded.problems) logger.debug(problem.message);
    const instructions = await folderInstructions(folders, workspaceState);
    const opened = await plugins.open(folders, new Set(loaded.definitions.keys()));
    return {
      folders,
      access,
      definitions: new Map([...loaded.definitions, ...opened.definitions]),
      instructions,
      plugins: opened,
    };
  }

  async #checked(given: readonly WorkspaceFolder[]): Promise<readonly WorkspaceFolder[]> {
    const checked = await checkWorkspaceFolders(
      given.map(({ path }) => path),
      this.#options.home,
    );
    return checked.map((folder, index) => ({ ...folder, name: given[index]?.name ?? folder.name }));
  }

  #assemble(
    writer: SessionWriter,
    { folders, access, definitions, instructions, plugins }: Ground,
    stopping: AbortController,
    request: Pick<OpenRequest, "model" | "maxTurns" | "concurrency">,
    costUsd: number,
  ): OpenRun {
    const { clock, bus, control, createToolbox, logger } = this.#options;
    const { sessionId } = writer;
    const spend = new SpendCounter();
    const log = new SessionLog({
      sessionId,
      epoch: writer.lease.epoch,
      lastSeq: writer.lastSeq,
      clock,
      commit: (events) => writer.commit(events),
      readCommitted: (after, limit) => writer.readCommitted(after, limit),
      onDeliver: (event) => {
        if (event.type === "usage_recorded") spend.add(event);
        metrics?.apply(event);
        plugins.deliver(event);
        bus.announce(event);
      },
    });
    const metrics = this.#options.measure?.({ emit: (sample) => log.emitSample(sample), costUsd });
    const stop = (by: string, commandId?: string): void => stopping.abort(new RunStopped(by, commandId));
    const snapshots = new RunSnapshots({
      open: () => this.#options.snapshots.of(folders),
      emit: (draft) => log.emit(draft),
      othersSince: (since) => neighboursOf({ sessionId, folders, since }, this.#options.sessions),
      clock,
      logger,
    });
    const { hasServerTools } = access;
    const { tools: pluginTools } = plugins;
    const toolbox = createToolbox({ sessionId, folders, hasServerTools, log, snapshots, pluginTools });
    const snapshot: NonNullable<CommandedRun["snapshot"]> = async (request) => {
      try {
        const version = await snapshots.requested(request);
        await log.emit(version());
        return { accepted: true };
      } catch (error) {
        const { code, params } = toErrorInfo(error);
        return { accepted: false, refusal: { code, params } };
      }
    };
    const steering = new RunSteering();
    const registration = control.register(sessionId, (command) =>
      carryOut(command, { log, toolbox, steering, stop, sessionId, snapshot }),
    );
    const session: AgentSession = {
      sessionId,
      log,
      folders,
      access,
      definitions,
      instructions,
      toolbox,
      pluginTools: (agentType) => plugins.toolsFor(agentType),
      snapshots,
      steering,
      signal: stopping.signal,
      written: new Set(),
      ...(request.model ? { model: request.model } : {}),
      ...(request.maxTurns ? { maxTurns: request.maxTurns } : {}),
    };
    plugins.attach(session, request.concurrency);
    return {
      session,
      spend,
      stop: (by) => stop(by),
      close: async () => {
        registration[Symbol.dispose]();
        await plugins.close();
        await snapshots.close();
        metrics?.[Symbol.dispose]();
        await closeLog(log, writer);
      },
    };
  }
}

function firstEvents(goal: string, { folders, access, plugins }: Ground, model: string | undefined): EventDraft[] {
  return [
    {
      type: "session_created",
      source: SOURCE,
      goal,
      folders: folders.map(({ name, path }) => ({ name, path })),
      provider: access.provider,
      demo: access.demo,
      ...(model ? { model } : {}),
    },
    { type: "snapshot_created", source: SOURCE, versionId: "v1", reason: "session_created" },
    ...plugins.events(),
  ];
}

/** A run whose first events cannot be committed is none: nothing of it stays open. */
async function emitFirst(run: OpenRun, prepare: () => Promise<readonly EventDraft[]>): Promise<void> {
  try {
    const drafts = await prepare();
    // In one turn, so that they are one commit.
    await Promise.all(drafts.map((draft) => run.session.log.emit(draft)));
  } catch (error) {
    await run.close().catch(() => undefined);
    throw error;
  }
}

async function closeLog(log: SessionLog, writer: SessionWriter): Promise<void> {
  try {
    await log.close();
  } catch (error) {
    if (isOrchestratorError(error)) throw error;
    throw new OrchestratorError("store.failed", { detail: messageOf(error) }, { cause: error });
  } finally {
    await writer.close();
  }
}
