/**
 * The port to the work on snapshots that is done in the worker of the objects: everything that touches many
 * files or blobs. Of one folder each; WorkspaceSnapshots puts the folders of a workspace together.
 *
 * Paths are path text (byteNames.ts), relative to the folder, with `/`.
 */
import type { MergeLabels, MergeResult } from "./mergeText.ts";
import type { ApplyRequest, RestoreOutcome, RestorePlan, RestoreRequest } from "./restore.ts";
import type { EntryKind, LeftOutReason, WorkspaceEntry } from "./tree.ts";
import type { Progress } from "./workPace.ts";

export interface WorkOptions {
  /** Stops the work; the promise is rejected with the signal's reason. What was read so far is not lost. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/** A folder on the disk and what of it is captured. */
export interface FolderScope {
  /** Absolute path. */
  readonly path: string;
  /** Longer files are left out. */
  readonly maxFileBytes: number;
  /** Patterns as in a `.gitignore`, for what is left out besides. */
  readonly exclude: readonly string[];
  /** Relative paths of what belongs to somebody else: workspace folders within this one, our own home. */
  readonly elsewhere: readonly string[];
}

export interface CaptureRequest {
  readonly folder: FolderScope;
  /** Nothing but these paths has changed since the last capture. Without: everything is looked at. */
  readonly knownPaths?: readonly string[];
  /** Files captured whatever their size or ignore rule, because somebody must be able to undo what was done to them. */
  readonly include?: readonly string[];
  /** Name of the folder, when it is the only one: then the manifest is made in the same transaction. */
  readonly onlyFolder?: string;
}

export interface LeftOutFile {
  readonly path: string;
  readonly reason: LeftOutReason;
}

export interface FolderCaptured {
  /** Hash of the folder's tree. */
  readonly tree: string;
  /** Of the workspace; only when `onlyFolder` was given. */
  readonly manifest?: string;
  readonly files: number;
  readonly bytes: number;
  /** The first of them, at most LISTED_PATHS; a folder that is ignored is one. */
  readonly leftOut: readonly LeftOutFile[];
  readonly leftOutCounts: Readonly<Record<LeftOutReason, number>>;
  /** Files that changed whenever they were read, so that what is captured may be neither the one nor the other state. */
  readonly changedWhileRead: readonly string[];
}

/** How many paths a list for people holds at most. */
export const LISTED_PATHS = 1_000;

/** What was at a path before a tool changed it. */
export interface PreservedState {
  /** The path itself, or its outermost parent that was not there. */
  readonly path: string;
  /** Null where nothing was. */
  readonly entry: EntryState | null;
}

/** What is at a path. */
export interface EntryState {
  readonly kind: EntryKind;
  /** Permission bits. */
  readonly mode: number;
  readonly size: number;
  /** Of a file's content or of where a link leads; empty for a directory and for what is left out. */
  readonly hash: string;
  /** Why it is not in the snapshot. */
  readonly reason?: LeftOutReason;
}

export interface EntryChange {
  readonly path: string;
  readonly change: "created" | "modified" | "deleted";
  /** Of what is there now, or was there, if it is gone. A directory is told only when it is empty or its mode changed. */
  readonly kind: EntryKind;
  readonly before?: EntryState;
  readonly after?: EntryState;
}

/** Hashes of three contents. */
export interface MergeRequest {
  /** What both come from; absent when they have nothing in common. */
  readonly base?: string;
  readonly mine: string;
  readonly theirs: string;
  /** Shown in conflict markers. */
  readonly labels: MergeLabels;
}

export interface SnapshotWork {
  capture(request: CaptureRequest, options?: WorkOptions): Promise<FolderCaptured>;
  /**
   * Stores what is at a path, durably, whatever its size or ignore rule. A file that looks like it holds secrets
   * is not: its entry is left out with the reason `secret`.
   */
  preserve(
    request: { readonly folder: FolderScope; readonly path: string },
    options?: WorkOptions,
  ): Promise<PreservedState>;
  /** A tree with some entries put in or taken out. Durable. */
  amend(request: { readonly tree: string; readonly entries: ReadonlyMap<string, EntryState | null> }): Promise<string>;
  /** Differences from one tree to another, by path. An empty hash stands for nothing. */
  compare(request: { readonly before: string; readonly after: string }, options?: WorkOptions): Promise<EntryChange[]>;
  /** What is at a path of a tree; undefined where nothing is. */
  find(request: { readonly tree: string; readonly path: string }): Promise<EntryState | undefined>;
  /** Every file and link of a tree, with what is left out, by path. */
  list(request: { readonly tree: string }, options?: WorkOptions): Promise<ReadonlyMap<string, EntryState>>;
  /** Looks what would change; touches nothing but the store. */
  planRestore(request: RestoreRequest, options?: WorkOptions): Promise<RestorePlan>;
  /** Changes the folder. When it is stopped or dies, the same steps can be applied again with `isResumed`. */
  applyRestore(request: ApplyRequest, options?: WorkOptions): Promise<RestoreOutcome>;
  /** The folders of a workspace as one blob. Durable. */
  joinFolders(request: { readonly folders: readonly WorkspaceEntry[] }): Promise<string>;
  splitFolders(request: { readonly manifest: string }): Promise<readonly WorkspaceEntry[]>;
  /** Undefined when one of them is no text, or is too long for lines to be compared. */
  merge(request: MergeRequest, options?: WorkOptions): Promise<MergeResult | undefined>;
}
