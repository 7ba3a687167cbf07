/**
 * A folder as it was when it was last captured, with what tells whether anything in it has changed since.
 * Names are byte strings.
 */
import { LEFT_OUT_REASONS, type EntryKind, type LeftOutReason } from "./tree.ts";

/**
 * What changes when a file does, as `stat` gives it. Times are milliseconds with fractions, exact to a quarter
 * of a microsecond: no file system's clock ticks faster.
 */
export interface Stamp {
  dev: number;
  ino: number;
  mtime: number;
  ctime: number;
}

export interface FileNode extends Stamp {
  kind: Extract<EntryKind, "file" | "symlink">;
  mode: number;
  size: number;
  /** Of the content; empty when it has to be read. */
  hash: string;
  /** False when it changed so shortly before it was read that a later change may not show in the stamp. */
  settled: boolean;
}

export interface LeftOutNode {
  readonly reason: LeftOutReason;
  readonly isDirectory: boolean;
  size: number;
}

/** Sums over a folder and everything below. */
export interface FolderTotals {
  files: number;
  bytes: number;
  /** In the order of LEFT_OUT_REASONS. */
  leftOut: number[];
}

export interface FolderNode extends Stamp {
  readonly name: string;
  readonly parent: FolderNode | undefined;
  mode: number;
  /** As FileNode's, for the list of names. */
  settled: boolean;
  /** Key of the rules its entries were judged by. */
  rules: string;
  /** Holds a `.git`. */
  isRepository: boolean;
  /** Outer `.gitignore` files that do not reach inside. */
  dropped: number;
  files: Map<string, FileNode>;
  folders: Map<string, FolderNode>;
  leftOut: Map<string, LeftOutNode>;
  /** Hash of its tree; empty when it has to be made anew. Then those of all its parents are empty too. */
  tree: string;
  totals: FolderTotals;
  /** Of what the store remembers, the part that tells of this folder; 0 for none yet. */
  part: number;
  /** That part says the same. */
  saved: boolean;
}

export function newFolderNode(name: string, parent: FolderNode | undefined): FolderNode {
  return {
    name,
    parent,
    dev: 0,
    ino: 0,
    mtime: 0,
    ctime: 0,
    mode: 0,
    settled: false,
    rules: "",
    isRepository: false,
    dropped: 0,
    files: new Map(),
    folders: new Map(),
    leftOut: new Map(),
    tree: "",
    totals: noTotals(),
    part: 0,
    saved: false,
  };
}

export function newFile(kind: FileNode["kind"]): FileNode {
  return { kind, mode: 0, size: 0, dev: 0, ino: 0, mtime: 0, ctime: 0, hash: "", settled: false };
}

export function noTotals(): FolderTotals {
  return { files: 0, bytes: 0, leftOut: LEFT_OUT_REASONS.map(() => 0) };
}

/** Says that the folder's tree, and so those of its parents, have to be made anew. */
export function markChanged(folder: FolderNode): void {
  folder.saved = false;
  for (let node: FolderNode | undefined = folder; node && node.tree !== ""; node = node.parent) {
    node.tree = "";
    node.saved = false;
  }
}

/** Path of a folder from the captured one, with a slash at its end unless it is that one. */
export function prefixOf(folder: FolderNode): string {
  return folder.parent ? `${prefixOf(folder.parent)}${folder.name}/` : "";
}

/** The folder and everything below, each before what is in it. */
export function* foldersOf(root: FolderNode): Generator<FolderNode> {
  const pending = [root];
  for (let folder = pending.pop(); folder; folder = pending.pop()) {
    yield folder;
    for (const below of folder.folders.values()) pending.push(below);
  }
}
