/**
 * Puts the engine together for a host: everything a terminal, an extension host or an API user needs to
 * run goals and look at sessions. Reads top to bottom; nothing here decides anything.
 */
import { AgentDefinitions, type LoadedDefinitions } from "./agents/agentDefinitions.ts";
import { AgentNames } from "./agents/agentNames.ts";
import { AgentRunner, type ActiveAgent } from "./agents/agentRunner.ts";
import { RunSessions } from "./agents/runSessions.ts";
import { SessionToolbox } from "./agents/sessionToolbox.ts";
import { StreamingAgentManager } from "./agents/streamingAgentManager.ts";
import { RunControl } from "./control/runControl.ts";
import { messageOf } from "./errors.ts";
import { EventBus } from "./events/eventBus.ts";
import type { Message } from "./messages.ts";
import type { ModelAccess } from "./model/modelAccess.ts";
import { ModelClients } from "./model/modelClients.ts";
import { ResourceSampler } from "./monitoring/resourceSampler.ts";
import { RunMetrics } from "./monitoring/runMetrics.ts";
import { tracesWanted } from "./monitoring/tracesWanted.ts";
import { StreamingOrchestrator } from "./orchestrator/streamingOrchestrator.ts";
import { VersionPlaces } from "./orchestrator/versionPlaces.ts";
import type { PluginLimits } from "./plugins/pluginLimits.ts";
import { PluginManager } from "./plugins/pluginManager.ts";
import { RunPlugins } from "./plugins/runPlugins.ts";
import { SecretRedactor } from "./policy/redaction.ts";
import type { Approver, Clock, Logger, Questioner, SecretSource, WorkspaceFolder, WorkspaceState } from "./ports.ts";
import { examineOpenHome, type DoctorReport } from "./sessions/doctor.ts";
import { SessionFiles } from "./sessions/sessionFiles.ts";
import { SessionForks } from "./sessions/sessionForks.ts";
import { SessionManager } from "./sessions/sessionManager.ts";
import { SessionRestores } from "./sessions/sessionRestores.ts";
import { SessionVersions } from "./sessions/sessionVersions.ts";
import { SnapshotRetention } from "./sessions/snapshotRetention.ts";
import type { Settings } from "./settings/settings.ts";
import { secretValues } from "./tools/commandEnvironment.ts";
import { RunningCommands } from "./tools/runningCommands.ts";
import { FileLocks } from "./tools/fileLocks.ts";
import type { BlobStore } from "./store/blobStore.ts";
import { describeThisProcess } from "./store/processIdentity.ts";
import { SnapshotStore } from "./snapshots/snapshotStore.ts";
import { openObjectStore } from "./store/sqlite/openObjectStore.ts";
import { openSessionStore } from "./store/sqlite/openSessionStore.ts";
import { SessionExport } from "./transfer/sessionExport.ts";
import { SessionImport } from "./transfer/sessionImport.ts";

export interface EngineOptions {
  /** Absolute path of AI_ORCHESTRATOR_HOME. */
  readonly home: string;
  /** Who runs it, for people: `terminal`, `VS Code`, `api`. */
  readonly host: string;
  /** Of this program, for files that other versions may read. */
  readonly version?: string;
  /** The bundled store worker, beside the host's own bundle. */
  readonly storeWorkerUrl: URL;
  /** The bundled worker of what snapshots hold, likewise. */
  readonly objectsWorkerUrl: URL;
  /** The bundled worker that samples the machine; without it no session gets charts of its load. */
  readonly samplerWorkerUrl?: URL;
  /** What runs a plugin, with all it needs beside it. Default: `pluginProcess.js` beside the store's worker. */
  readonly pluginProcessUrl?: URL;
  readonly pluginLimits?: Partial<PluginLimits>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly settings: Settings;
  readonly secrets: SecretSource;
  readonly approver: Approver;
  /** Puts agents' questions to a person; absent where there is none. */
  readonly questioner?: Questioner;
  readonly workspaceState: WorkspaceState;
  readonly environment: NodeJS.ProcessEnv;
  /** Filters known secrets from everything written; shared with the host's logger. */
  readonly redactor?: SecretRedactor;
  /** Hears every event of every session this engine runs. */
  readonly bus?: EventBus;
  /** Hears what a person should know of the store, such as that it was damaged. Default: a warning in the log. */
  readonly onNotice?: (notice: Message) => void;
  /** What a question nobody answers in time becomes. Default: a denial. */
  readonly onApprovalTimeout?: "deny" | "pause";
}

export interface Engine extends AsyncDisposable {
  readonly sessions: SessionManager;
  readonly orchestrator: StreamingOrchestrator;
  readonly control: RunControl;
  /** What is kept of the folders sessions worked in. */
  readonly snapshots: SnapshotStore;
  /** Puts folders back to a version, or takes back what a step or an agent did. */
  readonly restores: SessionRestores;
  /** Files as versions hold them, and what differs between two. */
  readonly files: SessionFiles;
  /** Versions that a person makes, keeps or gives up. */
  readonly versions: SessionVersions;
  readonly plugins: PluginManager;
  /** Keeps what is stored of folders within its quota. */
  readonly retention: SnapshotRetention;
  readonly bus: EventBus;
  readonly exporter: SessionExport;
  readonly importer: SessionImport;
  /** Examines the home and repairs what is derived; a damaged store is salvaged only where nobody has it open. */
  doctor(): Promise<DoctorReport>;
  /** Spawns single agents in the given folders. */
  agentsIn(workspaceFolders: readonly WorkspaceFolder[]): StreamingAgentManager;
  /** Agents at work in this process. */
  activeAgents(): readonly ActiveAgent[];
  /** Where model requests would go now. @throws OrchestratorError `model.noKey`, `model.invalidBaseUrl` */
  modelAccess(): Promise<ModelAccess>;
  /** Agents that a run in these folders could use, with what is wrong with their files. */
  agentDefinitions(workspaceFolders: readonly WorkspaceFolder[]): Promise<LoadedDefinitions>;
  /** Tells of changes other processes make to the store. */
  onDidChangeElsewhere(listener: () => void): Disposable;
  /** Gives the store back. Runs must have ended. */
  close(): Promise<void>;
}

/** After these a session needs no more room, and others may give up some. */
const RUN_ENDS = ["workflow_completed", "workflow_failed", "workflow_interrupted"] as const;

/** @throws OrchestratorError `node.tooOld`, `home.notWritable`, `store.newer`, `store.busy`, `store.failed` */
export async function createEngine(options: EngineOptions): Promise<Engine> {
  const {
    home,
    host,
    storeWorkerUrl,
    objectsWorkerUrl,
    samplerWorkerUrl,
    clock,
    logger,
    settings,
    secrets,
    approver,
    workspaceState,
    environment,
  } = options;
  const redactor = options.redactor ?? new SecretRedactor();
  for (const secret of secretValues(environment)) redactor.add(secret);
  const bus =
    options.bus ??
    new EventBus((error, event) => logger.warn(`a subscriber of ${event.type} failed`, { error: messageOf(error) }));
  const spans = await openSpans(bus, options);
  const store = await openSessionStore({
    home,
    workerUrl: storeWorkerUrl,
    clock,
    logger,
    ...(options.onNotice ? { onNotice: options.onNotice } : {}),
  });
  const owner = await describeThisProcess({ home, host });
  const snapshots = new SnapshotStore({
    open: () => openObjectStore({ home, workerUrl: objectsWorkerUrl, host, clock, logger }),
    settings,
  });
  const sessions = new SessionManager({ store, clock, owner, logger });
  const control = new RunControl({ store, clock, logger });
  const models = new ModelClients({
    settings,
    secrets,
    environment,
    clock,
    logger,
    onSecret: (value) => redactor.add(value),
  });
  const names = new AgentNames(clock);
  const agents = new AgentRunner({ models, settings, clock, names });
  const definitions = new AgentDefinitions(home, workspaceState);
  const locks = new FileLocks();
  const commands = new RunningCommands();
  const plugins = new PluginManager({
    home,
    settings,
    workspaceState,
    environment,
    processUrl: options.pluginProcessUrl ?? new URL("./pluginProcess.js", storeWorkerUrl),
    clock,
    logger,
    ...(options.pluginLimits ? { limits: options.pluginLimits } : {}),
  });
  const sampler = samplerWorkerUrl && new ResourceSampler({ workerUrl: samplerWorkerUrl, logger });
  const runs = new RunSessions({
    home,
    sessions,
    models,
    definitions,
    workspaceState,
    control,
    bus,
    snapshots,
    clock,
    logger,
    ...(sampler ? { measure: (run) => new RunMetrics({ ...run, source: sampler, clock }) } : {}),
    plugins: new RunPlugins({ manager: plugins, agents, home, clock, settings }),
    createToolbox: (scope) =>
      new SessionToolbox({
        ...scope,
        home,
        settings,
        approver,
        ...(options.questioner ? { questioner: options.questioner } : {}),
        clock,
        logger,
        redactor,
        locks,
        commands,
        environment,
        onApprovalTimeout: options.onApprovalTimeout ?? "deny",
      }),
  });
  const blobs = async (): Promise<BlobStore> => (await snapshots.objects()).blobs;
  const restores = new SessionRestores({
    home,
    sessions,
    snapshots,
    clock,
    onEvent: (event) => bus.announce(event),
  });
  const retention = new SnapshotRetention({ store, sessions, snapshots, settings, clock, logger });
  const runEnds = RUN_ENDS.map((end) => bus.subscribe(end, () => retention.soon()));
  const close = async (): Promise<void> => {
    commands[Symbol.dispose]();
    await plugins.close();
    for (const subscription of runEnds) subscription[Symbol.dispose]();
    await retention.settled();
    await snapshots.close();
    sampler?.[Symbol.dispose]();
    spans?.[Symbol.dispose]();
    await store.close();
  };
  return {
    sessions,
    control,
    plugins,
    snapshots,
    restores,
    files: new SessionFiles({ home, sessions, snapshots }),
    versions: new SessionVersions({ home, sessions, snapshots, control }),
    retention,
    bus,
    exporter: new SessionExport({ sessions, redactor, clock, program: options.version ?? "unknown", blobs }),
    importer: new SessionImport({ store, clock, logger, owner, blobs }),
    doctor: () => examineOpenHome(home, store, () => snapshots.objects()),
    orchestrator: new StreamingOrchestrator({
      ...{ runs, sessions, names, models, agents, settings, restores },
      forks: new SessionForks({ store, clock, logger, owner, sessions }),
      places: new VersionPlaces({ home, sessions, snapshots, restores }),
    }),
    agentsIn: (workspaceFolders) => new StreamingAgentManager({ runs, agents, workspaceFolders }),
    activeAgents: () => agents.active,
    modelAccess: () => models.access(),
    agentDefinitions: (workspaceFolders) => definitions.load(workspaceFolders),
    onDidChangeElsewhere: (listener) => store.onDidChangeElsewhere(listener),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Only for who asked for them; nobody else loads what they are made with. */
async function openSpans(
  bus: EventBus,
  { environment, settings, version }: Pick<EngineOptions, "environment" | "settings" | "version">,
): Promise<Disposable | undefined> {
  if (!tracesWanted(environment, settings)) return undefined;
  const { SessionSpans } = await import("./monitoring/sessionSpans.ts");
  return new SessionSpans(bus, version ?? "unknown");
}
