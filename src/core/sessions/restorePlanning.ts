/** Makes plans for restores of sessions: from what the log knows and what is in the folders. */
import { OrchestratorError } from "../errors.ts";
import type { WorkspaceFolder } from "../ports.ts";
import type { RestoreChange, RestoreConflict } from "../snapshots/restore.ts";
import type { EntryState, LeftOutFile, WorkOptions } from "../snapshots/snapshotWork.ts";
import { parentsOf } from "../snapshots/treePaths.ts";
import type { WorkspaceRestorePlan, WorkspaceRestoreRequest } from "../snapshots/workspaceRestores.ts";
import { areMoved, foldersOf, isPathIn } from "./sessionFolders.ts";
import type { SnapshotSource } from "./pendingRestore.ts";
import type {
  PlannedChange,
  PlannedConflict,
  PlannedConflictReason,
  RestoreTarget,
  SessionRestorePlan,
} from "./restorePlan.ts";
import { SessionPast } from "./sessionPast.ts";
import type { SessionManager } from "./sessionManager.ts";
import { snapshotOf } from "./versionSnapshot.ts";
import { entryOf, type OwnChange } from "./writtenByOne.ts";

export interface PlanOptions extends WorkOptions {
  /** Paths that are open in editors with changes nobody has saved. */
  readonly unsaved?: readonly string[];
  /** Instead of the session's own folders, as in FolderRequest; applying the plan binds the session to them. */
  readonly workspaceFolders?: readonly WorkspaceFolder[];
}

export interface RestorePlanningOptions {
  readonly home: string;
  readonly sessions: Pick<SessionManager, "getSession" | "listVersions" | "readEvents">;
  readonly snapshots: SnapshotSource;
}

/** A plan with what is needed to apply it. */
export interface PreparedRestore {
  readonly plan: SessionRestorePlan;
  readonly workspace: WorkspaceRestorePlan;
  /** The session had its folders elsewhere. */
  readonly areFoldersNew: boolean;
}

/** What is asked of the snapshots, and what is known beside. */
interface Wanted {
  readonly request: WorkspaceRestoreRequest;
  readonly scope: string;
  readonly versionId?: string;
  readonly shared: ReadonlyMap<string, readonly string[]>;
  /** What the version has and nothing is in the place of may be put there without a question. */
  readonly fillsIn: boolean;
  /** Contents of before that are not kept. */
  readonly lost: readonly LeftOutFile[];
}

export class RestorePlanning {
  readonly #options: RestorePlanningOptions;

  constructor(options: RestorePlanningOptions) {
    this.#options = options;
  }

  /** What the log says about the session so far. */
  past(target: RestoreTarget): Promise<SessionPast> {
    return SessionPast.read(this.#options.sessions.readEvents(target.sessionId, 0, { withoutText: true }), target);
  }

  /** Touches no file of the folders. */
  async prepare(target: RestoreTarget, past: SessionPast, options: PlanOptions): Promise<PreparedRestore> {
    const { home, sessions, snapshots } = this.#options;
    const { unsaved = [], workspaceFolders, ...work } = options;
    const row = await sessions.getSession(target.sessionId);
    const folders = await foldersOf(row, {
      home,
      names: past.folderNames,
      ...(workspaceFolders ? { workspaceFolders } : {}),
    });
    const wanted = await this.#wanted(target, past, folders);
    const workspace = await (await snapshots.of(folders)).planRestore(wanted.request, work);
    if ("paths" in target) await this.#refuseUnknownPaths(target, wanted, workspace, folders);
    const plan: SessionRestorePlan = {
      target,
      scope: wanted.scope,
      ...(wanted.versionId === undefined ? {} : { versionId: wanted.versionId }),
      folders,
      before: workspace.before,
      after: workspace.after,
      ...(await this.#sort(workspace, wanted, new Set(unsaved))),
      notInSnapshot: [...workspace.notInSnapshot, ...wanted.lost],
    };
    return { plan, workspace, areFoldersNew: areMoved(row, folders) };
  }

  async #wanted(target: RestoreTarget, past: SessionPast, folders: readonly WorkspaceFolder[]): Promise<Wanted> {
    if ("versionId" in target) return this.#version(target, past, folders);
    const { changes } = past.ofOne(target);
    const own = changes.filter(({ path }) => isPathIn(folders, path));
    const { files, lost } = await this.#entriesBefore(own);
    const shared = new Map(own.flatMap(({ path, shared: others }) => (others.length > 0 ? [[path, others]] : [])));
    return {
      request: {
        files,
        lastWritten: new Map(own.map(({ path, after }) => [path, after])),
        paths: [...files.keys()],
        emptied: await this.#foldersOf(target, files, folders),
      },
      scope: "stepId" in target ? `step:${target.stepId}` : `agent:${target.agentId}`,
      shared,
      fillsIn: false,
      lost,
    };
  }

  /** Folders of what is taken away that the session did not find. */
  async #foldersOf(
    { sessionId }: RestoreTarget,
    files: ReadonlyMap<string, EntryState | null>,
    folders: readonly WorkspaceFolder[],
  ): Promise<string[]> {
    const [found] = await this.#options.sessions.listVersions(sessionId);
    if (!found?.manifest) return [];
    const gone = [...files].flatMap(([path, entry]) => (entry === null ? parentsOf(path) : []));
    const snapshots = await this.#options.snapshots.of(folders);
    const made: string[] = [];
    for (const folder of new Set(gone)) {
      if (isPathIn(folders, folder) && !(await snapshots.find(found.manifest, folder))) made.push(folder);
    }
    return made;
  }

  async #version(
    { sessionId, versionId: asked, paths }: Extract<RestoreTarget, { versionId: string }>,
    past: SessionPast,
    folders: readonly WorkspaceFolder[],
  ): Promise<Wanted> {
    const versions = await this.#options.sessions.listVersions(sessionId);
    const { versionId, manifest } = snapshotOf(sessionId, versions, asked);
    const { hashes, shared } = past.lastWritten;
    return {
      request: {
        manifest,
        files: await this.#leftOutThen(manifest, past, folders),
        lastWritten: new Map([...hashes].filter(([path]) => isPathIn(folders, path))),
        ...(paths === undefined ? {} : { paths }),
      },
      scope: paths === undefined ? "version" : "files",
      versionId,
      // Changes of one's own agents are taken back whichever of them made them.
      shared: new Map([...shared].filter(([, others]) => others.some((other) => !past.agents.has(other)))),
      // Of a session that came from elsewhere nothing was deleted here.
      fillsIn: past.isImported,
      lost: [],
    };
  }

  /**
   * What the version left out, by its rules, and the session has changed since: its content of then was stored
   * before that.
   */
  async #leftOutThen(
    manifest: string,
    past: SessionPast,
    folders: readonly WorkspaceFolder[],
  ): Promise<Map<string, EntryState | null>> {
    const [snapshots, { blobs }] = [await this.#options.snapshots.of(folders), await this.#options.snapshots.objects()];
    const files = new Map<string, EntryState | null>();
    for (const [path, state] of past.beforeLaterChanges) {
      if (!isPathIn(folders, path)) continue;
      const found = await snapshots.find(manifest, path);
      if (found !== undefined && found.kind !== "leftOut") continue;
      const [isStored] = state && state.hash !== "" ? await blobs.has([state.hash]) : [true];
      if (isStored) files.set(path, state);
    }
    return files;
  }

  async #entriesBefore(
    own: readonly OwnChange[],
  ): Promise<{ files: Map<string, EntryState | null>; lost: LeftOutFile[] }> {
    const { blobs } = await this.#options.snapshots.objects();
    const sizeOf = async (hash: string): Promise<number | undefined> => {
      const [isThere] = await blobs.has([hash]);
      return isThere ? (await blobs.get(hash)).length : undefined;
    };
    const files = new Map<string, EntryState | null>();
    const lost: LeftOutFile[] = [];
    for (const { path, before } of own) {
      const entry = before && (await entryOf(before, sizeOf));
      if (entry === undefined) lost.push({ path, reason: "unreadable" });
      else files.set(path, entry);
    }
    return { files, lost };
  }

  async #sort(
    workspace: WorkspaceRestorePlan,
    { shared, fillsIn }: Wanted,
    unsaved: ReadonlySet<string>,
  ): Promise<Pick<SessionRestorePlan, "changes" | "conflicts">> {
    const changes: PlannedChange[] = [];
    const conflicts: PlannedConflict[] = [];
    for (const change of workspace.changes) {
      const reason = unsaved.has(change.path) ? "unsaved" : change.isProtected ? "protected" : undefined;
      const planned = plannedChange(change, shared.get(change.path));
      if (reason) conflicts.push({ ...planned, reason, canMerge: false });
      else changes.push(planned);
    }
    for (const conflict of workspace.conflicts) {
      const { lastWritten } = conflict;
      const reason = reasonOf(conflict, unsaved);
      if (fillsIn && reason === "notWritten" && conflict.before === undefined) {
        changes.push(plannedChange(conflict, undefined));
        continue;
      }
      conflicts.push({
        ...plannedChange(conflict, shared.get(conflict.path)),
        reason,
        ...(lastWritten === undefined ? {} : { lastWritten }),
        canMerge: reason === "changed" && (await this.#canMerge(conflict)),
      });
    }
    return { changes, conflicts: conflicts.toSorted((one, other) => (one.path < other.path ? -1 : 1)) };
  }

  async #canMerge({ before, after, lastWritten }: RestoreConflict): Promise<boolean> {
    if (before?.kind !== "file" || after?.kind !== "file" || !lastWritten) return false;
    const { blobs } = await this.#options.snapshots.objects();
    return (await blobs.has([lastWritten, before.hash, after.hash])).every(Boolean);
  }

  /** A path of which neither the version nor the folder knows anything was mistyped. */
  async #refuseUnknownPaths(
    { sessionId, paths = [] }: Extract<RestoreTarget, { versionId: string }>,
    { request: { manifest = "", lastWritten }, versionId = "" }: Wanted,
    { changes, conflicts, notInSnapshot }: WorkspaceRestorePlan,
    folders: readonly WorkspaceFolder[],
  ): Promise<void> {
    const concerned = [...changes, ...conflicts, ...notInSnapshot].map(({ path }) => path);
    const snapshots = await this.#options.snapshots.of(folders);
    for (const path of paths) {
      if (!isPathIn(folders, path))
        throw new OrchestratorError("path.invalid", { path, detail: "no path in the folder" });
      if (concerned.some((other) => other === path || other.startsWith(`${path}/`))) continue;
      if (lastWritten?.has(path) || (await snapshots.find(manifest, path))) continue;
      throw new OrchestratorError("snapshot.noSuchPath", { id: sessionId, version: versionId, path });
    }
  }
}

function plannedChange({ path, before, after }: RestoreChange, shared: readonly string[] | undefined): PlannedChange {
  return {
    path,
    change: before === undefined ? "created" : after === undefined ? "deleted" : "modified",
    ...(before ? { before } : {}),
    ...(after ? { after } : {}),
    ...(shared ? { shared } : {}),
    isChosen: shared === undefined,
  };
}

/** The gravest first: what cannot be undone, what is open in an editor, what makes others run code. */
function reasonOf(
  { path, reason, isProtected, lastWritten }: RestoreConflict,
  unsaved: ReadonlySet<string>,
): PlannedConflictReason {
  if (reason !== "changed") return reason;
  if (unsaved.has(path)) return "unsaved";
  if (isProtected) return "protected";
  return lastWritten === undefined ? "notWritten" : "changed";
}
