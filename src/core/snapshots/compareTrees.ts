/** What differs between two trees. Equal subtrees have equal hashes, so only what differs is read. */
import { textOfBytes } from "./byteNames.ts";
import type { ObjectReader } from "./objectAccess.ts";
import type { EntryChange, EntryState } from "./snapshotWork.ts";
import type { TreeEntry } from "./tree.ts";
import { readTree } from "./treeReading.ts";
import type { WorkPace } from "./workPace.ts";

/** A difference, with the path as byte string. Directories are told as EntryChange says. */
export interface TreeDifference {
  readonly path: string;
  readonly before?: TreeEntry;
  readonly after?: TreeEntry;
}

interface FolderPair extends TreePair {
  readonly prefix: string;
}

export interface TreePair {
  /** Hash of a tree; empty for nothing. */
  readonly before: string;
  readonly after: string;
}

/** By path in byte order. `everyFolder` tells of all directories that come or go. Throws `blob.missing` or `blob.corrupted`. */
export async function compareTrees(
  reader: ObjectReader,
  trees: TreePair,
  pace: WorkPace,
  { everyFolder = false } = {},
): Promise<TreeDifference[]> {
  const differences: TreeDifference[] = [];
  const pending: FolderPair[] = [{ prefix: "", ...trees }];
  for (let pair = pending.pop(); pair; pair = pending.pop()) {
    if (pair.before === pair.after) continue;
    for (const { name, was, is } of differingEntries(reader, pair)) {
      const path = pair.prefix + name;
      const [wasFolder, isFolder] = [folderOf(was), folderOf(is)];
      if (wasFolder || isFolder) {
        pending.push({ prefix: `${path}/`, before: wasFolder?.hash ?? "", after: isFolder?.hash ?? "" });
      }
      const before = was && (!wasFolder || isWorthTelling(reader, wasFolder, isFolder, everyFolder)) ? was : undefined;
      const after = is && (!isFolder || isWorthTelling(reader, isFolder, wasFolder, everyFolder)) ? is : undefined;
      if (before || after) differences.push({ path, ...(before ? { before } : {}), ...(after ? { after } : {}) });
    }
    if (pace.isDue) await pace.pause();
  }
  return differences.toSorted((one, other) => (one.path < other.path ? -1 : 1));
}

/** As it is told outside. */
export function changeOf({ path, before, after }: TreeDifference): EntryChange {
  return {
    path: textOfBytes(path),
    change: before === undefined ? "created" : after === undefined ? "deleted" : "modified",
    kind: (after ?? before)?.kind ?? "file",
    ...(before ? { before: stateOf(before) } : {}),
    ...(after ? { after: stateOf(after) } : {}),
  };
}

export function stateOf({ kind, mode, size, hash, reason }: TreeEntry): EntryState {
  return { kind, mode, size, hash: kind === "directory" ? "" : hash, ...(reason ? { reason } : {}) };
}

interface EntryPair {
  readonly name: string;
  readonly was: TreeEntry | undefined;
  readonly is: TreeEntry | undefined;
}

function differingEntries(reader: ObjectReader, pair: TreePair): EntryPair[] {
  const before = entriesOf(reader, pair.before);
  const after = entriesOf(reader, pair.after);
  return [...new Set([...before.keys(), ...after.keys()])]
    .map((name) => ({ name, was: before.get(name), is: after.get(name) }))
    .filter(({ was, is }) => !was || !is || !isEqual(was, is));
}

function folderOf(entry: TreeEntry | undefined): TreeEntry | undefined {
  return entry?.kind === "directory" ? entry : undefined;
}

/** When its mode is what changed, or when it came or went and nothing in it would tell of it. */
function isWorthTelling(
  reader: ObjectReader,
  folder: TreeEntry,
  other: TreeEntry | undefined,
  everyFolder: boolean,
): boolean {
  if (other) return folder.mode !== other.mode;
  return everyFolder || readTree(reader, folder.hash).length === 0;
}

function isEqual(one: TreeEntry, other: TreeEntry): boolean {
  return (
    one.hash === other.hash &&
    one.kind === other.kind &&
    one.mode === other.mode &&
    one.size === other.size &&
    one.reason === other.reason
  );
}

function entriesOf(reader: ObjectReader, tree: string): Map<string, TreeEntry> {
  return new Map(tree === "" ? [] : readTree(reader, tree).map((entry) => [entry.name, entry]));
}
