/**
 * Single files that are captured whatever the rules say, because a tool is about to change them or has: their
 * content is what makes the change undoable.
 */
import { looksSecret } from "../policy/secretFiles.ts";
import { textOfBytes } from "./byteNames.ts";
import type { ContentReader } from "./contentReader.ts";
import { hasStamp, PERMISSIONS, statOf } from "./diskStat.ts";
import { newFile, type FileNode, type FolderNode } from "./folderNode.ts";
import type { TreeEntry } from "./tree.ts";

export type EntryContent = Omit<TreeEntry, "name">;

/** What is at a path: itself, or its outermost parent that is no folder. */
export interface PathState {
  /** Byte string, relative. */
  readonly path: string;
  /** Null where nothing is. */
  readonly entry: EntryContent | null;
}

const FOLDER: EntryContent = { kind: "directory", mode: 0o755, size: 0, hash: "" };

/**
 * Reads what is at `path` below the folder `root` (both byte strings); links are not followed. `known` is the
 * file as it was read the last time, and is changed to what it is now.
 */
export async function readPath(
  root: string,
  path: string,
  { reader, known = newFile("file") }: { reader: ContentReader; known?: FileNode },
): Promise<PathState> {
  const names = path.split("/");
  let at = "";
  for (const [depth, name] of names.entries()) {
    at += depth === 0 ? name : `/${name}`;
    const stat = statOf(`${root}/${at}`);
    if (!stat) return { path: at, entry: null };
    if (stat.isDirectory() && depth < names.length - 1) continue;
    if (stat.isDirectory()) return { path: at, entry: { ...FOLDER, mode: stat.mode & PERMISSIONS } };
    if (!stat.isFile() && !stat.isSymbolicLink()) return { path: at, entry: leftOut("special", 0) };
    if (stat.isFile() && looksSecret(textOfBytes(at))) return { path: at, entry: leftOut("secret", stat.size) };
    known.kind = stat.isFile() ? "file" : "symlink";
    if (!(known.settled && known.hash !== "" && hasStamp(known, stat))) {
      let outcome = reader.read(`${root}/${at}`, known, Number.POSITIVE_INFINITY);
      if (outcome === "long") outcome = await reader.readLong(`${root}/${at}`, known);
      if (outcome === "gone") return { path: at, entry: null };
      if (outcome !== "read" && outcome !== "busy") return { path: at, entry: leftOut("unreadable", stat.size) };
    }
    const { kind, mode, size, hash } = known;
    return { path: at, entry: { kind, mode, size, hash } };
  }
  return { path, entry: null };
}

/** The file at a path as the last capture found it; undefined when it is not in the tree. */
export function capturedFile(root: FolderNode, path: string): FileNode | undefined {
  const names = path.split("/");
  const name = names.pop() ?? "";
  return folderAt(root, names)?.files.get(name);
}

export function folderAt(root: FolderNode, names: readonly string[]): FolderNode | undefined {
  let folder: FolderNode | undefined = root;
  for (const name of names) folder = folder?.folders.get(name);
  return folder;
}

function leftOut(reason: NonNullable<TreeEntry["reason"]>, size: number): EntryContent {
  return { kind: "leftOut", mode: 0, size, hash: "", reason };
}
