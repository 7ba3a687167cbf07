/**
 * What is remembered of one folder between captures, here and in the store, so that the next capture reads
 * only what has changed.
 */
import { markChanged, newFolderNode, noTotals, prefixOf, type FolderNode, foldersOf } from "./folderNode.ts";
import type { FolderKey, Objects } from "./objectAccess.ts";
import { LEFT_OUT_REASONS, type LeftOutReason } from "./tree.ts";

/** Of the rows; a row that begins otherwise is of another program version and not used. */
const FORMAT = "1";

export class FolderIndex {
  readonly key: FolderKey;
  readonly root: FolderNode;
  /** `collections` of the store when everything in here was there. */
  collections: number;
  /** Everything was looked at at least once. */
  isComplete: boolean;

  private constructor(key: FolderKey, root: FolderNode, collections: number, isComplete: boolean) {
    this.key = key;
    this.root = root;
    this.collections = collections;
    this.isComplete = isComplete;
  }

  static load(key: FolderKey, objects: Objects): FolderIndex {
    const saved = objects.stats.load(key);
    const root = saved && decodeFolder(saved.rows, "", "", undefined);
    if (!saved || !root) return new FolderIndex(key, newFolderNode("", undefined), objects.reader.collections(), false);
    return new FolderIndex(key, root, saved.collections, true);
  }

  /** After a collection: forgets what is not in the store any more, so that it is read again. */
  forgetMissing(objects: Objects): void {
    const collections = objects.reader.collections();
    if (collections === this.collections) return;
    for (const folder of foldersOf(this.root)) {
      for (const file of folder.files.values()) {
        if (file.hash !== "" && !objects.reader.has(file.hash)) file.hash = "";
      }
      if (folder.tree !== "" && !objects.reader.has(folder.tree)) markChanged(folder);
    }
    this.collections = collections;
  }

  /** Remembers it in the store. Inside the transaction that makes its content durable. */
  save(objects: Objects): void {
    const changed = new Map<string, Buffer>();
    let folders = 0;
    for (const folder of foldersOf(this.root)) {
      folders++;
      if (!folder.saved) changed.set(prefixOf(folder), encodeFolder(folder));
    }
    const all = () => new Map([...foldersOf(this.root)].map((folder) => [prefixOf(folder), encodeFolder(folder)]));
    objects.stats.save(this.key, { changed, all, folders, collections: this.collections });
  }

  markSaved(): void {
    for (const folder of foldersOf(this.root)) folder.saved = true;
  }
}

/** A row: the folder itself in the first line, then its files, folders and what is left out. */
function encodeFolder(folder: FolderNode): Buffer {
  const { totals } = folder;
  const first = [
    FORMAT,
    folder.mode,
    ...stampFields(folder),
    Number(folder.settled),
    folder.rules,
    Number(folder.isRepository),
    folder.dropped,
    folder.tree,
    totals.files,
    totals.bytes,
    totals.leftOut.join(","),
  ];
  const lines = [first.join(" ")];
  for (const [name, file] of folder.files) {
    const fields = [
      file.kind === "file" ? "f" : "l",
      file.mode,
      file.size,
      ...stampFields(file),
      Number(file.settled),
      file.hash,
    ];
    lines.push(`${fields.join(" ")} ${name}`);
  }
  for (const name of folder.folders.keys()) lines.push(`d ${name}`);
  for (const [name, { reason, size, isDirectory }] of folder.leftOut) {
    lines.push(`x ${LEFT_OUT_REASONS.indexOf(reason)} ${size} ${Number(isDirectory)} ${name}`);
  }
  // NUL is the one character no name holds.
  return Buffer.from(lines.join("\0"), "latin1");
}

function stampFields({
  dev,
  ino,
  mtime,
  ctime,
}: FolderNode | { dev: number; ino: number; mtime: number; ctime: number }) {
  return [dev, ino, mtime, ctime];
}

/** The folder with everything below; undefined when a row is missing or of another format. */
function decodeFolder(
  rows: ReadonlyMap<string, Buffer>,
  prefix: string,
  name: string,
  parent: FolderNode | undefined,
): FolderNode | undefined {
  const [first = "", ...lines] = rows.get(prefix)?.toString("latin1").split("\0") ?? [];
  const fields = first.split(" ");
  if (fields[0] !== FORMAT) return undefined;
  const [mode = 0, dev = 0, ino = 0, mtime = 0, ctime = 0, settled] = fields.slice(1, 7).map(Number);
  const [rules = "", isRepository, dropped, tree = "", files, bytes, leftOut = ""] = fields.slice(7);
  const folder: FolderNode = {
    ...newFolderNode(name, parent),
    ...{ mode, dev, ino, mtime, ctime, settled: settled === 1, rules, tree, saved: true },
    ...{ isRepository: isRepository === "1", dropped: Number(dropped) },
    totals: { ...noTotals(), files: Number(files), bytes: Number(bytes), leftOut: leftOut.split(",").map(Number) },
  };
  for (const line of lines) if (!decodeEntry(rows, prefix, folder, line)) return undefined;
  return folder;
}

function decodeEntry(rows: ReadonlyMap<string, Buffer>, prefix: string, folder: FolderNode, line: string): boolean {
  const kind = line[0];
  if (kind === "d") {
    const name = line.slice(2);
    const below = decodeFolder(rows, `${prefix}${name}/`, name, folder);
    if (below) folder.folders.set(name, below);
    return below !== undefined;
  }
  if (kind === "x") {
    const { fields, name } = splitFields(line, 4);
    const reason: LeftOutReason | undefined = LEFT_OUT_REASONS[Number(fields[1])];
    if (reason) folder.leftOut.set(name, { reason, size: Number(fields[2]), isDirectory: fields[3] === "1" });
    return reason !== undefined;
  }
  const { fields, name } = splitFields(line, 9);
  const [mode = 0, size = 0, dev = 0, ino = 0, mtime = 0, ctime = 0, settled] = fields.slice(1, 8).map(Number);
  folder.files.set(name, {
    kind: kind === "f" ? "file" : "symlink",
    ...{ mode, size, dev, ino, mtime, ctime, settled: settled === 1, hash: fields[8] ?? "" },
  });
  return true;
}

/** The first `count` words of a line, and what follows them. */
function splitFields(line: string, count: number): { fields: string[]; name: string } {
  const fields: string[] = [];
  let start = 0;
  for (let field = 0; field < count; field++) {
    const end = line.indexOf(" ", start);
    fields.push(line.slice(start, end));
    start = end + 1;
  }
  return { fields, name: line.slice(start) };
}
