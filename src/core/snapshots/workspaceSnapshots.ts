/**
 * Snapshots of the folders of a workspace: capture, compare, restore.
 *
 * A snapshot is a *manifest*: one hash that stands for the folders with everything in them, as long as an event
 * or a version names it. Paths are workspace paths: relative to the folder, or beginning with the folder's name
 * where there are several; names that are no text are written as byteNames.ts says.
 */
import type { WorkspaceFolder } from "../ports.ts";
import type { Settings } from "../settings/settings.ts";
import type { BlobStore } from "../store/blobStore.ts";
import { BaselineCapture } from "./baselineCapture.ts";
import { Manifests } from "./manifests.ts";
import type { MergeResult } from "./mergeText.ts";
import type { RestoreOutcome } from "./restore.ts";
import {
  LISTED_PATHS,
  type EntryChange,
  type EntryState,
  type FolderCaptured,
  type LeftOutFile,
  type MergeRequest,
  type PreservedState,
  type SnapshotWork,
  type WorkOptions,
} from "./snapshotWork.ts";
import type { LeftOutReason, WorkspaceEntry } from "./tree.ts";
import {
  WorkspaceRestores,
  type RestoreApplication,
  type RestoreIntent,
  type WorkspaceRestorePlan,
  type WorkspaceRestoreRequest,
} from "./workspaceRestores.ts";
import { WorkspaceScope } from "./workspaceScope.ts";

export interface WorkspaceSnapshotsOptions {
  readonly folders: readonly WorkspaceFolder[];
  readonly blobs: BlobStore;
  readonly work: SnapshotWork;
  readonly settings: Settings;
}

export interface CaptureOptions extends WorkOptions {
  /** Nothing but these paths has changed since the last capture. Without: everything is looked at. */
  readonly knownPaths?: readonly string[];
  /**
   * Files captured whatever their size or ignore rule, because the session changed them. Files that look like
   * secrets stay out all the same.
   */
  readonly include?: readonly string[];
}

export interface WorkspaceCapture {
  readonly manifest: string;
  readonly files: number;
  /** Uncompressed. */
  readonly bytes: number;
  /** The first of them, at most LISTED_PATHS; a folder that is ignored is one. */
  readonly leftOut: readonly LeftOutFile[];
  readonly leftOutCounts: Readonly<Record<LeftOutReason, number>>;
  /** Files that somebody wrote whenever they were read, so that what is captured may be a bit of both states. */
  readonly changedWhileRead: readonly string[];
}

/** Two manifests compared, one of them captured for that. */
export interface FolderComparison {
  readonly manifest: string;
  readonly changes: readonly EntryChange[];
}

export class WorkspaceSnapshots {
  readonly #blobs: BlobStore;
  readonly #work: SnapshotWork;
  readonly #scope: WorkspaceScope;
  readonly #manifests: Manifests;
  readonly #restores: WorkspaceRestores;

  constructor({ folders, blobs, work, settings }: WorkspaceSnapshotsOptions) {
    this.#blobs = blobs;
    this.#work = work;
    this.#scope = new WorkspaceScope(folders, settings);
    this.#manifests = new Manifests(work);
    this.#restores = new WorkspaceRestores({ scope: this.#scope, manifests: this.#manifests, blobs, work });
  }

  /**
   * Captures the folders. Everything the manifest names is durable when it resolves.
   *
   * @throws OrchestratorError `workspace.missing`, `workspace.notReadable`, `store.busy`, `store.failed`
   */
  async capture({ knownPaths, include, ...options }: CaptureOptions = {}): Promise<WorkspaceCapture> {
    const known = knownPaths && this.#scope.byFolder(knownPaths);
    const included = this.#scope.byFolder(include ?? []);
    const captures: { folder: WorkspaceFolder; captured: FolderCaptured }[] = [];
    for (const folder of this.#scope.folders) {
      const captured = await this.#work.capture(
        {
          folder: await this.#scope.of(folder),
          ...(known ? { knownPaths: known.get(folder) ?? [] } : {}),
          include: included.get(folder) ?? [],
          ...this.#scope.onlyFolder,
        },
        options,
      );
      captures.push({ folder, captured });
    }
    const trees = captures.map(({ folder, captured }) => ({ name: folder.name, tree: captured.tree }));
    const made = captures[0]?.captured.manifest;
    if (made !== undefined) this.#manifests.note(made, trees);
    const manifest = made ?? (await this.#manifests.join(trees));
    return { manifest, ...this.#sum(captures) };
  }

  /**
   * Begins to capture the folders as they are now, while a run starts: what is about to be changed is said
   * before, and its state of now becomes part of the manifest.
   */
  baseline(options: Omit<CaptureOptions, "knownPaths"> = {}): BaselineCapture {
    return new BaselineCapture({
      capture: this.capture(options),
      preserve: (path) => this.preserve(path),
      amend: (manifest, entries) => this.amend(manifest, entries),
    });
  }

  /**
   * Stores what is at a path before it is changed, durably, whatever its size or ignore rule. A file that looks
   * like it holds secrets is not stored: the entry says `secret`.
   *
   * @throws OrchestratorError `path.unknownFolder`, `path.invalid`
   */
  async preserve(path: string): Promise<PreservedState> {
    const { folder, path: relative } = this.#scope.locate(path);
    const state = await this.#work.preserve({ folder: await this.#scope.of(folder), path: relative });
    return { ...state, path: this.#scope.workspacePath(folder, state.path) };
  }

  /**
   * What differs between two manifests, of this session or any, by path. Folders are matched by name; two of one
   * folder each are compared whatever its name was.
   *
   * @throws OrchestratorError `blob.missing`, `blob.corrupted`
   */
  async compare(before: string, after: string, options: WorkOptions = {}): Promise<EntryChange[]> {
    const [were, are] = await Promise.all([this.#manifests.split(before), this.#manifests.split(after)]);
    const single = were.length <= 1 && are.length <= 1;
    const names = single ? [undefined] : [...new Set([...were, ...are].map(({ name }) => name))];
    const changes: EntryChange[] = [];
    for (const name of names) {
      const treeIn = (folders: readonly WorkspaceEntry[]): string =>
        (name === undefined ? folders[0] : folders.find((folder) => folder.name === name))?.tree ?? "";
      const found = await this.#work.compare({ before: treeIn(were), after: treeIn(are) }, options);
      for (const change of found)
        changes.push(name === undefined ? change : { ...change, path: `${name}/${change.path}` });
    }
    return changes;
  }

  /**
   * What differs between a manifest and the folders as they are now, which are captured for that. A file that the
   * rules leave out by now is not taken for deleted.
   */
  async compareWithFolder(
    manifest: string,
    { include = [], ...options }: Omit<CaptureOptions, "knownPaths"> = {},
  ): Promise<FolderComparison> {
    const plan = await this.#restores.plan({ manifest, include }, options);
    const changes = await this.compare(manifest, plan.before, options);
    return { manifest: plan.before, changes };
  }

  /** What is at a path of a manifest; undefined where nothing is. */
  async find(manifest: string, path: string): Promise<EntryState | undefined> {
    const folders = await this.#manifests.split(manifest);
    const [only, ...others] = folders;
    if (only && others.length === 0) return this.#work.find({ tree: only.tree, path });
    const folder = folders.find(({ name }) => path.startsWith(`${name}/`));
    return folder && this.#work.find({ tree: folder.tree, path: path.slice(folder.name.length + 1) });
  }

  /**
   * The content of a file of a manifest, or where a link leads; undefined where there is neither.
   *
   * @throws OrchestratorError `blob.missing`, `blob.corrupted`
   */
  async read(manifest: string, path: string): Promise<Uint8Array | undefined> {
    const entry = await this.find(manifest, path);
    return entry === undefined || entry.hash === "" ? undefined : this.#blobs.get(entry.hash);
  }

  /** Every file and link of a manifest, with what is left out and empty folders, by path. */
  async list(manifest: string, options: WorkOptions = {}): Promise<ReadonlyMap<string, EntryState>> {
    const entries = new Map<string, EntryState>();
    const folders = await this.#manifests.split(manifest);
    for (const { name, tree } of folders) {
      const found = await this.#work.list({ tree }, options);
      for (const [path, entry] of found) entries.set(folders.length > 1 ? `${name}/${path}` : path, entry);
    }
    return entries;
  }

  /** Names of the folders of a manifest, as its paths begin where there are several. */
  async folderNames(manifest: string): Promise<string[]> {
    return (await this.#manifests.split(manifest)).map(({ name }) => name);
  }

  /** Looks what a restore would change; touches no file. See workspaceRestores.ts. */
  planRestore(request: WorkspaceRestoreRequest, options: WorkOptions = {}): Promise<WorkspaceRestorePlan> {
    return this.#restores.plan(request, options);
  }

  /** Applies a plan as a person decided. */
  applyRestore(plan: WorkspaceRestorePlan, application: RestoreApplication): Promise<RestoreOutcome> {
    return this.#restores.apply(plan, application);
  }

  /** Goes on with a restore that was interrupted after its intent was recorded. */
  resumeRestore(intent: RestoreIntent, options: WorkOptions = {}): Promise<RestoreOutcome> {
    return this.#restores.resume(intent, options);
  }

  /** Merges text by the hashes of its three states; undefined when one of them is no text. */
  merge(request: MergeRequest, options: WorkOptions = {}): Promise<MergeResult | undefined> {
    return this.#work.merge(request, options);
  }

  /** A manifest with some entries put in or taken out. Durable. */
  async amend(manifest: string, entries: ReadonlyMap<string, EntryState | null>): Promise<string> {
    const folders = await this.#manifests.split(manifest);
    const amended: WorkspaceEntry[] = [];
    for (const { name, tree } of folders) {
      const folder = this.#scope.counterpart(name, folders.length);
      const own = new Map<string, EntryState | null>();
      for (const [path, entry] of entries) {
        const located = this.#scope.locate(path);
        if (located.folder.name === folder.name) own.set(located.path, entry);
      }
      amended.push({ name, tree: own.size === 0 ? tree : await this.#work.amend({ tree, entries: own }) });
    }
    return this.#manifests.join(amended);
  }

  #sum(
    captures: readonly { readonly folder: WorkspaceFolder; readonly captured: FolderCaptured }[],
  ): Omit<WorkspaceCapture, "manifest"> {
    const leftOutCounts: Record<LeftOutReason, number> = { size: 0, ignored: 0, secret: 0, unreadable: 0, special: 0 };
    const leftOut: LeftOutFile[] = [];
    const changedWhileRead: string[] = [];
    let [files, bytes] = [0, 0];
    for (const { folder, captured } of captures) {
      files += captured.files;
      bytes += captured.bytes;
      for (const file of captured.leftOut)
        leftOut.push({ ...file, path: this.#scope.workspacePath(folder, file.path) });
      for (const path of captured.changedWhileRead) changedWhileRead.push(this.#scope.workspacePath(folder, path));
      for (const [reason, count] of Object.entries(captured.leftOutCounts))
        leftOutCounts[reason as LeftOutReason] += count;
    }
    return { files, bytes, leftOut: leftOut.slice(0, LISTED_PATHS), leftOutCounts, changedWhileRead };
  }
}
