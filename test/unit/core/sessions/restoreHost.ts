/** A home, a folder, and sessions whose agents change it: real stores, real files, events as a run writes them. */
import { createHash } from "node:crypto";
import { chmod, lstat, mkdir, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { RunControl } from "../../../../src/core/control/runControl.ts";
import type { Effect, EventDraft, OrchestratorEvent } from "../../../../src/core/events/event.ts";
import type { WorkspaceFolder } from "../../../../src/core/ports.ts";
import { SessionFiles } from "../../../../src/core/sessions/sessionFiles.ts";
import { SessionRestores } from "../../../../src/core/sessions/sessionRestores.ts";
import { SnapshotRetention } from "../../../../src/core/sessions/snapshotRetention.ts";
import { SessionVersions } from "../../../../src/core/sessions/sessionVersions.ts";
import type { SessionWriter } from "../../../../src/core/sessions/sessionWriter.ts";
import { nextVersionId } from "../../../../src/core/sessions/versionIds.ts";
import { SnapshotStore } from "../../../../src/core/snapshots/snapshotStore.ts";
import type { SettingsValues } from "../../../../src/core/settings/settings.ts";
import { createTemporaryFolder, type TemporaryFolder } from "../../../support/temporaryFolder.ts";
import { fixedSettings } from "../snapshots/snapshotFixtures.ts";
import { openTestObjects } from "../store/objectFixtures.ts";
import { silentLogger } from "../store/storeFixtures.ts";
import { startSessionHost, type SessionHost } from "./sessionHost.ts";

/** Who writes. */
export interface Author {
  readonly agentId: string;
  readonly stepId?: string;
  /** Others that may have written it too. */
  readonly shared?: readonly string[];
}

export interface RestoreHost extends AsyncDisposable {
  readonly host: SessionHost;
  readonly folder: TemporaryFolder;
  readonly folders: readonly WorkspaceFolder[];
  readonly snapshots: SnapshotStore;
  readonly restores: SessionRestores;
  readonly files: SessionFiles;
  readonly versions: SessionVersions;
  readonly retention: SnapshotRetention;
  readonly control: RunControl;
  /** What was told while it happened. */
  readonly told: readonly OrchestratorEvent[];
  /** A session in `folder`, with its first version; closed by `end`. */
  begin(sessionId: string, folders?: readonly WorkspaceFolder[]): Promise<RunningSession>;
  /** Goes on with a session in `folder`; closed by `end`. */
  reopen(writer: SessionWriter): RunningSession;
}

/** A session that somebody runs. */
export interface RunningSession {
  readonly sessionId: string;
  readonly writer: SessionWriter;
  emit(...drafts: readonly EventDraft[]): Promise<void>;
  /** Changes files (null deletes) as a tool call of an agent, with its effects. */
  write(author: Author, files: Readonly<Record<string, string | null>>): Promise<void>;
  /** A version of the folders as they are; gives its id. */
  version(reason?: string, include?: readonly string[]): Promise<string>;
  end(): Promise<void>;
}

export async function startRestoreHost(settings: Partial<SettingsValues> = {}): Promise<RestoreHost> {
  const host = await startSessionHost();
  const folder = await createTemporaryFolder();
  const folders = [{ name: "app", path: folder.path }];
  const told: OrchestratorEvent[] = [];
  const snapshots = new SnapshotStore({
    open: () => openTestObjects(host.home.path, host.clock, { racyMilliseconds: 0 }),
    settings: fixedSettings(settings),
  });
  const { sessions, clock } = host;
  const restores = new SessionRestores({
    home: host.home.path,
    sessions,
    snapshots,
    clock,
    onEvent: (event) => told.push(event),
  });
  const control = new RunControl({ store: host.store, clock, logger: silentLogger });
  return {
    host,
    folder,
    folders,
    snapshots,
    restores,
    files: new SessionFiles({ home: host.home.path, sessions, snapshots }),
    versions: new SessionVersions({ home: host.home.path, sessions, snapshots, control }),
    retention: new SnapshotRetention({
      store: host.store,
      sessions,
      snapshots,
      settings: fixedSettings(settings),
      clock,
      logger: silentLogger,
    }),
    control,
    told,
    begin: (sessionId, where = folders) => beginSession(host, snapshots, sessionId, where),
    reopen: (writer) => runningSession(host, snapshots, writer, folders),
    [Symbol.asyncDispose]: async () => {
      await snapshots.close();
      await host[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

async function beginSession(
  host: SessionHost,
  snapshots: SnapshotStore,
  sessionId: string,
  folders: readonly WorkspaceFolder[],
): Promise<RunningSession> {
  const goal = "Change something";
  const writer = await host.sessions.create({ sessionId, goal, folders });
  const running = runningSession(host, snapshots, writer, folders);
  await running.emit({
    type: "session_created",
    source: "test",
    goal,
    folders: folders.map((folder) => ({ ...folder })),
  });
  await running.version("session_created");
  return running;
}

function runningSession(
  host: SessionHost,
  snapshots: SnapshotStore,
  writer: SessionWriter,
  folders: readonly WorkspaceFolder[],
): RunningSession {
  const { sessionId } = writer;
  const emit: RunningSession["emit"] = async (...drafts) => void (await host.commit(writer, ...drafts));
  const version: RunningSession["version"] = async (reason = "step_completed", include = []) => {
    const { manifest } = await (await snapshots.of(folders)).capture({ include });
    const versionId = nextVersionId(await host.sessions.listVersions(sessionId));
    await emit({ type: "snapshot_created", source: "test", versionId, reason, manifest });
    return versionId;
  };
  let calls = 0;
  const write: RunningSession["write"] = async ({ agentId, stepId, shared }, files) => {
    const effects: Effect[] = [];
    for (const [path, content] of Object.entries(files)) {
      const effect = await change(snapshots, folders, path, content);
      effects.push({ ...effect, ...(shared ? { shared: [...shared] } : {}) });
    }
    const who = { source: agentId, agentId, ...(stepId === undefined ? {} : { stepId }) };
    const call = { toolUseId: `call_${agentId}_${sessionId}_${++calls}`, tool: "write" };
    await emit({ type: "tool_result", ...who, ...call, isError: false, content: "done", effects });
  };
  const end = (): Promise<void> => writer.close();
  return { sessionId, writer, emit, write, version, end };
}

async function change(
  snapshots: SnapshotStore,
  folders: readonly WorkspaceFolder[],
  path: string,
  content: string | null,
): Promise<Effect> {
  const [only] = folders;
  const [first = "", ...rest] = path.split("/");
  const root = folders.length === 1 ? only?.path : folders.find(({ name }) => name === first)?.path;
  const file = `${root ?? ""}/${folders.length === 1 ? path : rest.join("/")}`;
  const { entry } = await (await snapshots.of(folders)).preserve(path);
  const known = await lstat(file).catch(() => undefined);
  if (content === null) await rm(file);
  else {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
    if (!known) await chmod(file, 0o644);
  }
  const after = content === null ? undefined : createHash("sha256").update(content).digest("hex");
  const mode = known ? known.mode & 0o777 : 0o644;
  return {
    path,
    change: !known ? "created" : content === null ? "deleted" : "modified",
    ...(known && entry ? { before: entry.hash, beforeEntry: { kind: "file", mode, size: entry.size } } : {}),
    ...(after === undefined
      ? {}
      : { after, afterEntry: { kind: "file", mode, size: Buffer.byteLength(content ?? "") } }),
  };
}
