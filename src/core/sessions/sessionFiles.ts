/** Files of sessions as their versions hold them: what is in one, what differs between two, and the contents. */
import type { WorkspaceFolder } from "../ports.ts";
import type { EntryState, WorkOptions } from "../snapshots/snapshotWork.ts";
import type { VersionRow } from "../store/sessionStore.ts";
import { EffectFold } from "./effectFold.ts";
import { LastWritten } from "./lastWritten.ts";
import type { SnapshotSource } from "./pendingRestore.ts";
import { foldersOf, isPathIn } from "./sessionFolders.ts";
import type { SessionManager } from "./sessionManager.ts";
import type { FilePatch } from "./unifiedDiff.ts";
import { hasFolders, snapshotOf, versionOf } from "./versionSnapshot.ts";

/** A version of a session: `v1`, `v2`, … or `latest`, the newest. */
export interface VersionReference {
  readonly sessionId: string;
  readonly versionId: string;
}

/** What is known of one side of a change; of an effect perhaps nothing but the hash, or not even that. */
export type FileState = Partial<EntryState>;

export interface FileChange {
  /** Workspace path. */
  readonly path: string;
  readonly change: "created" | "modified" | "deleted";
  /** Absent where nothing was, or is. */
  readonly before?: FileState;
  readonly after?: FileState;
}

export interface VersionChanges {
  /** Absent when there is no version before that one could compare with: then there are no changes. */
  readonly from?: VersionReference;
  readonly to: VersionReference;
  /** `effects`: a version has no files, so the changes are those that agents are known to have made. */
  readonly basis: "snapshots" | "effects";
  /** By path. A folder is one when it is empty or its mode changed. */
  readonly changes: readonly FileChange[];
}

export interface WorkspaceChanges {
  readonly from: VersionReference;
  readonly folders: readonly WorkspaceFolder[];
  /** Manifest of the folders as they are. */
  readonly manifest: string;
  readonly changes: readonly FileChange[];
}

export interface SessionFilesOptions {
  /** Absolute path of AI_ORCHESTRATOR_HOME. */
  readonly home: string;
  readonly sessions: Pick<SessionManager, "getSession" | "listVersions" | "readEvents">;
  readonly snapshots: SnapshotSource;
}

export class SessionFiles {
  readonly #options: SessionFilesOptions;

  constructor(options: SessionFilesOptions) {
    this.#options = options;
  }

  /**
   * Every file and link of a version, with what is left out, by path.
   *
   * @throws OrchestratorError `session.unknown`, `version.unknown`, `snapshot.removed`, `snapshot.notCaptured`,
   *   `blob.missing`, `blob.corrupted`
   */
  async list(version: VersionReference, options?: WorkOptions): Promise<ReadonlyMap<string, EntryState>> {
    const { manifest } = await this.#snapshot(version);
    return (await this.#options.snapshots.of([])).list(manifest, options);
  }

  /** The content of a path of a version, or where a link leads; undefined where there is neither. Throws as `list`. */
  async content(version: VersionReference, path: string): Promise<Uint8Array | undefined> {
    const { manifest } = await this.#snapshot(version);
    return (await this.#options.snapshots.of([])).read(manifest, path);
  }

  /** Content by the hash that a change or a list gives. @throws OrchestratorError `blob.missing`, `blob.corrupted` */
  async contentOf(hash: string): Promise<Uint8Array> {
    const { blobs } = await this.#options.snapshots.objects();
    return blobs.get(hash);
  }

  /** The newest version before this one that holds files; undefined for the first. */
  async before(version: VersionReference): Promise<VersionReference | undefined> {
    const versions = await this.#options.sessions.listVersions(version.sessionId);
    const { seq } = versionOf(version.sessionId, versions, version.versionId);
    const found = versions.findLast((other) => other.seq < seq && hasFolders(other));
    return found && { sessionId: version.sessionId, versionId: found.versionId };
  }

  /**
   * What differs between two versions of any sessions; without `from`, since the version before `to`.
   *
   * Two versions of one session are compared by what agents are known to have done where one of them holds no files.
   *
   * @throws OrchestratorError `session.unknown`, `version.unknown`, `snapshot.removed`, `snapshot.notCaptured`,
   *   `blob.missing`, `blob.corrupted`
   */
  async changes(
    request: { readonly from?: VersionReference; readonly to: VersionReference },
    options?: WorkOptions,
  ): Promise<VersionChanges> {
    const { to } = request;
    const from = request.from ?? (await this.before(to));
    const newer = await this.#version(to);
    if (!from) return { to, basis: "snapshots", changes: [] };
    const older = await this.#version(from);
    if (hasFolders(older) && hasFolders(newer)) {
      const snapshots = await this.#options.snapshots.of([]);
      const changes = await snapshots.compare(older.manifest, newer.manifest, options);
      return { from, to, basis: "snapshots", changes };
    }
    if (from.sessionId !== to.sessionId) await Promise.all([this.#snapshot(from), this.#snapshot(to)]);
    return { from, to, basis: "effects", changes: await this.#effects(to.sessionId, older.seq, newer.seq) };
  }

  /**
   * What differs between a version and the folders as they are now.
   *
   * @throws OrchestratorError as `changes`, and `session.noFolder`, `session.otherFolders`, `session.folderGone`,
   *   `workspace.*`
   */
  async changesInWorkspace(
    from: VersionReference,
    { workspaceFolders, ...options }: WorkOptions & { readonly workspaceFolders?: readonly WorkspaceFolder[] } = {},
  ): Promise<WorkspaceChanges> {
    const { home, sessions, snapshots } = this.#options;
    const { manifest: before } = await this.#snapshot(from);
    const row = await sessions.getSession(from.sessionId);
    const known = await (await snapshots.of([])).folderNames(before);
    const folders = await foldersOf(row, { home, names: known, ...(workspaceFolders ? { workspaceFolders } : {}) });
    const written = new LastWritten();
    for await (const event of sessions.readEvents(from.sessionId, 0, { withoutText: true })) written.apply(event);
    const include = [...written.hashes.keys()].filter((path) => isPathIn(folders, path));
    const here = await snapshots.of(folders);
    const { manifest, changes } = await here.compareWithFolder(before, { ...options, include });
    return { from, folders, manifest, changes };
  }

  /** The change as a unified diff, or why it cannot be shown so. Meant for terminals: editors show contents. */
  async patch(change: FileChange): Promise<FilePatch> {
    const { unifiedDiff } = await import("./unifiedDiff.ts");
    return unifiedDiff(change, (hash) => this.contentOf(hash));
  }

  async #version({ sessionId, versionId }: VersionReference): Promise<VersionRow> {
    return versionOf(sessionId, await this.#options.sessions.listVersions(sessionId), versionId);
  }

  async #snapshot({ sessionId, versionId }: VersionReference) {
    return snapshotOf(sessionId, await this.#options.sessions.listVersions(sessionId), versionId);
  }

  async #effects(sessionId: string, from: number, to: number): Promise<FileChange[]> {
    const [after, until] = from <= to ? [from, to] : [to, from];
    const fold = new EffectFold();
    for await (const event of this.#options.sessions.readEvents(sessionId, after, { withoutText: true })) {
      if (event.seq > until) break;
      fold.apply(event);
    }
    const files = from <= to ? fold.files() : fold.undone();
    return files.map(({ path, change, before, after: is }) => ({
      path,
      change,
      ...(change === "created" ? {} : { before: before === undefined ? {} : { hash: before } }),
      ...(change === "deleted" ? {} : { after: is === undefined ? {} : { hash: is } }),
    }));
  }
}
