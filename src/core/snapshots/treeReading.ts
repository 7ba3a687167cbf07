/** Trees as they are read from the store, where nothing is believed that does not have the right form. */
import { OrchestratorError } from "../errors.ts";
import type { ObjectReader } from "./objectAccess.ts";
import { decodeTree, decodeWorkspace, MalformedTree, type TreeEntry, type WorkspaceEntry } from "./tree.ts";

/** Throws `blob.missing` or `blob.corrupted`. */
export function readTree(reader: ObjectReader, hash: string): TreeEntry[] {
  return wellFormed(hash, () => decodeTree(reader.read(hash)));
}

/** What is at a path (byte string) of a tree; undefined where nothing is. Throws `blob.missing` or `blob.corrupted`. */
export function findEntry(reader: ObjectReader, tree: string, path: string): TreeEntry | undefined {
  let entry: TreeEntry | undefined;
  let at = tree;
  for (const name of path.split("/")) {
    if (at === "") return undefined;
    entry = readTree(reader, at).find((candidate) => candidate.name === name);
    at = entry?.kind === "directory" ? entry.hash : "";
  }
  return entry;
}

/** Throws `blob.missing` or `blob.corrupted`. */
export function readWorkspace(reader: ObjectReader, hash: string): WorkspaceEntry[] {
  return wellFormed(hash, () => decodeWorkspace(reader.read(hash)));
}

function wellFormed<Result>(hash: string, decode: () => Result): Result {
  try {
    return decode();
  } catch (error) {
    if (error instanceof MalformedTree) throw new OrchestratorError("blob.corrupted", { hash }, { cause: error });
    throw error;
  }
}
