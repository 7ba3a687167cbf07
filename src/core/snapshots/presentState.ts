/** Whether what is on the disk now is what somebody believes it to be. */
import { createHash } from "node:crypto";
import { closeSync, constants, openSync, readlinkSync, readSync, type Stats } from "node:fs";
import { fileSystemPath } from "./byteNames.ts";
import { LONG_BYTES } from "./contentReader.ts";
import { hasStamp } from "./diskStat.ts";
import type { FolderNode } from "./folderNode.ts";
import type { HeldFolder } from "./heldFolder.ts";
import type { ObjectReader } from "./objectAccess.ts";
import { capturedFile } from "./singleFiles.ts";
import type { EntryState } from "./snapshotWork.ts";

const READ = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
const CHUNK_BYTES = 1024 * 1024;

export interface PresentEntry {
  readonly folder: HeldFolder;
  readonly name: string;
  /** Byte string, relative to the captured folder. */
  readonly path: string;
  readonly found: Stats;
}

export class PresentState {
  readonly #root: FolderNode;
  readonly #reader: ObjectReader;

  /** `root`: the folder as it was captured last, which saves reading what has not changed since. */
  constructor(root: FolderNode, reader: ObjectReader) {
    this.#root = root;
    this.#reader = reader;
  }

  /** True when the content, or where the link leads, is that of `state`; modes do not count. */
  is(state: EntryState, { folder, name, path, found }: PresentEntry): boolean {
    switch (state.kind) {
      case "leftOut":
        // No snapshot has its content; whoever replaces it was asked.
        return true;
      case "directory":
        return found.isDirectory();
      case "symlink":
        return found.isSymbolicLink() && hashOfLink(folder.at(name)) === state.hash;
      case "file": {
        if (!found.isFile() || found.size !== state.size) return false;
        const known = capturedFile(this.#root, path);
        if (known?.kind === "file" && known.settled && hasStamp(known, found)) return known.hash === state.hash;
        return hashOfFile(folder.at(name)) === state.hash;
      }
    }
  }

  /**
   * True when the file can be what an interrupted restore left: every byte of it is one of the old content or of
   * the new one, or was never written. So nothing of anybody else is in it.
   */
  isMixture(before: EntryState | undefined, after: EntryState, { folder, name, found }: PresentEntry): boolean {
    if (!found.isFile() || after.kind !== "file" || found.size > LONG_BYTES) return false;
    const old = before?.kind === "file" ? before : undefined;
    if (found.size > Math.max(old?.size ?? 0, after.size) || Math.max(old?.size ?? 0, after.size) > LONG_BYTES)
      return false;
    const [was, is] = [old ? this.#reader.read(old.hash) : Buffer.alloc(0), this.#reader.read(after.hash)];
    return readWhole(folder.at(name)).every((byte, index) => byte === was[index] || byte === is[index] || byte === 0);
  }
}

function hashOfLink(path: string): string {
  return createHash("sha256")
    .update(readlinkSync(fileSystemPath(path), "latin1"), "latin1")
    .digest("hex");
}

function hashOfFile(path: string): string {
  const hash = createHash("sha256");
  for (const chunk of chunksOf(path)) hash.update(chunk);
  return hash.digest("hex");
}

function readWhole(path: string): Buffer {
  return Buffer.concat([...chunksOf(path)].map((chunk) => Buffer.from(chunk)));
}

/** The same memory each time. */
function* chunksOf(path: string): Generator<Buffer> {
  const file = openSync(fileSystemPath(path), READ);
  try {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    for (let length = readSync(file, chunk); length > 0; length = readSync(file, chunk))
      yield chunk.subarray(0, length);
  } finally {
    closeSync(file);
  }
}
