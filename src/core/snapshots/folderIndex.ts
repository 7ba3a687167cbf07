/**
 * What is remembered of one folder between captures, here and in the store, so that the next capture reads
 * only what has changed.
 */
import { markChanged, newFolderNode, noTotals, prefixOf, type FolderNode, foldersOf } from "./folderNode.ts";
import type { FolderKey, Objects } from "./objectAccess.ts";
import { LEFT_OUT_REASONS, type LeftOutReason } from "./tree.ts";

/** Of the parts; one that begins otherwise is of another program version and not used. */
const FORMAT = "2";

/** So many folders are remembered together: what they have in common is then stored once. */
const FOLDERS_OF_A_PART = 32;

/** What this process knows of the parts in the store. */
interface StoredParts {
  readonly saves: number;
  /** How many folders each tells of, by number. */
  readonly sizes: ReadonlyMap<number, number>;
}

const NOTHING_STORED: StoredParts = { saves: 0, sizes: new Map() };

export class FolderIndex {
  readonly key: FolderKey;
  readonly root: FolderNode;
  /** `collections` of the store when everything in here was there. */
  collections: number;
  /** Everything was looked at at least once. */
  isComplete: boolean;
  #stored = NOTHING_STORED;
  /** What is stored when what was given to be saved is. */
  #saving = NOTHING_STORED;

  private constructor(key: FolderKey, root: FolderNode, collections: number, isComplete: boolean) {
    this.key = key;
    this.root = root;
    this.collections = collections;
    this.isComplete = isComplete;
  }

  static load(key: FolderKey, objects: Objects): FolderIndex {
    const saved = objects.stats.load(key);
    const records = saved && recordsOf(saved.parts);
    const root = records && decodeFolder(records, "", "", undefined);
    if (!saved || !root) return new FolderIndex(key, newFolderNode("", undefined), objects.reader.collections(), false);
    const index = new FolderIndex(key, root, saved.collections, true);
    index.#stored = { saves: saved.saves, sizes: sizesOf(foldersByPart(root)) };
    return index;
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
    this.#assignParts();
    const folders = foldersByPart(this.root);
    const { saves, sizes } = this.#stored;
    const changed = new Map<number, Buffer | undefined>();
    for (const [part, inside] of folders) {
      const isSame = inside.length === sizes.get(part) && inside.every(({ saved }) => saved);
      if (!isSame) changed.set(part, encodePart(inside));
    }
    for (const part of sizes.keys()) if (!folders.has(part)) changed.set(part, undefined);
    const all = () => new Map([...folders].map(([part, inside]) => [part, encodePart(inside)]));
    const { collections } = this;
    this.#saving = {
      saves: objects.stats.save(this.key, { saves, changed, all, collections }),
      sizes: sizesOf(folders),
    };
  }

  markSaved(): void {
    for (const folder of foldersOf(this.root)) folder.saved = true;
    this.#stored = this.#saving;
  }

  /** Folders that follow each other share a part, because what changes together lies together. */
  #assignParts(): void {
    let last = Math.max(0, ...this.#stored.sizes.keys());
    let room = 0;
    for (const folder of foldersOf(this.root)) {
      if (folder.part !== 0) continue;
      if (room === 0) {
        last++;
        room = FOLDERS_OF_A_PART;
      }
      folder.part = last;
      folder.saved = false;
      room--;
    }
  }
}

function foldersByPart(root: FolderNode): Map<number, FolderNode[]> {
  const parts = new Map<number, FolderNode[]>();
  for (const folder of foldersOf(root)) {
    const inside = parts.get(folder.part);
    if (inside) inside.push(folder);
    else parts.set(folder.part, [folder]);
  }
  return parts;
}

function sizesOf(parts: ReadonlyMap<number, readonly FolderNode[]>): Map<number, number> {
  return new Map([...parts].map(([part, folders]) => [part, folders.length]));
}

/** NUL is the one character no name holds, so two of them are between records. */
function encodePart(folders: readonly FolderNode[]): Buffer {
  const records = folders.map((folder) => `${prefixOf(folder)}\0${encodeFolder(folder)}`);
  return Buffer.from([FORMAT, ...records].join("\0\0"), "latin1");
}

interface FolderRecord {
  readonly part: number;
  readonly lines: readonly string[];
}

/** By the path of the folder; undefined when a part is of another format. */
function recordsOf(parts: ReadonlyMap<number, Buffer>): Map<string, FolderRecord> | undefined {
  const found = new Map<string, FolderRecord>();
  for (const [part, bytes] of parts) {
    const [format, ...records] = bytes.toString("latin1").split("\0\0");
    if (format !== FORMAT) return undefined;
    for (const record of records) {
      const [prefix = "", ...lines] = record.split("\0");
      found.set(prefix, { part, lines });
    }
  }
  return found;
}

/** The folder itself in the first line, then its files, folders and what is left out. */
function encodeFolder(folder: FolderNode): string {
  const { totals } = folder;
  const first = [
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
  return lines.join("\0");
}

function stampFields({
  dev,
  ino,
  mtime,
  ctime,
}: FolderNode | { dev: number; ino: number; mtime: number; ctime: number }) {
  return [dev, ino, mtime, ctime];
}

/** The folder with everything below; undefined when a record is missing. */
function decodeFolder(
  records: ReadonlyMap<string, FolderRecord>,
  prefix: string,
  name: string,
  parent: FolderNode | undefined,
): FolderNode | undefined {
  const record = records.get(prefix);
  if (!record) return undefined;
  const [first = "", ...lines] = record.lines;
  const fields = first.split(" ");
  const [mode = 0, dev = 0, ino = 0, mtime = 0, ctime = 0, settled] = fields.slice(0, 6).map(Number);
  const [rules = "", isRepository, dropped, tree = "", files, bytes, leftOut = ""] = fields.slice(6);
  const folder: FolderNode = {
    ...newFolderNode(name, parent),
    ...{ mode, dev, ino, mtime, ctime, settled: settled === 1, rules, tree, part: record.part, saved: true },
    ...{ isRepository: isRepository === "1", dropped: Number(dropped) },
    totals: { ...noTotals(), files: Number(files), bytes: Number(bytes), leftOut: leftOut.split(",").map(Number) },
  };
  for (const line of lines) if (!decodeEntry(records, prefix, folder, line)) return undefined;
  return folder;
}

function decodeEntry(
  records: ReadonlyMap<string, FolderRecord>,
  prefix: string,
  folder: FolderNode,
  line: string,
): boolean {
  const kind = line[0];
  if (kind === "d") {
    const name = line.slice(2);
    const below = decodeFolder(records, `${prefix}${name}/`, name, folder);
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
