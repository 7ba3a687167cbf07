/** Reads what is in files and where links lead, and puts it into the store. */
import { closeSync, constants, fstatSync, openSync, readlinkSync, readSync, type Stats } from "node:fs";
import { fileSystemPath } from "./byteNames.ts";
import { isSettled, PERMISSIONS, setStamp, statOf } from "./diskStat.ts";
import type { FileNode } from "./folderNode.ts";
import type { Objects, ObjectSink } from "./objectAccess.ts";
import type { WorkPace } from "./workPace.ts";

/** A file that changes while it is read is read again, so often at most. */
const ATTEMPTS = 3;

/** Longer content is not held in memory. */
export const LONG_BYTES = 4 * 1024 * 1024;

/** Not through a link, and not waiting for somebody to write into a pipe that has taken the file's place. */
const OPEN_FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/**
 * `gone`: something else, or nothing, is there now. `busy`: read, but it changed meanwhile each time. `long`: to
 * be read with `readLong`.
 */
export type ReadOutcome = "read" | "busy" | "gone" | "tooLong" | "unreadable" | "long";

/** What a look at a file saw, and when, in milliseconds since the epoch. */
export interface Seen {
  readonly at: number;
  readonly stat: Stats;
}

export interface ContentReaderOptions {
  readonly objects: Objects;
  readonly sink: ObjectSink;
  readonly racyMilliseconds: number;
  readonly pace: WorkPace;
}

export class ContentReader {
  readonly #options: ContentReaderOptions;

  constructor(options: ContentReaderOptions) {
    this.#options = options;
  }

  /**
   * Reads what `node` stands for, if it is no longer than `maxBytes`, and writes into the node what it found.
   * `seen` saves a look at a file that was looked at just now.
   */
  read(path: string, node: FileNode, maxBytes: number, seen?: Seen): ReadOutcome {
    try {
      return node.kind === "symlink" ? this.#readLink(path, node) : this.#readFile(path, node, maxBytes, seen);
    } catch (error) {
      return outcomeOf(error);
    }
  }

  /** Reads a file of any length, piece by piece, while others use the thread. */
  async readLong(path: string, node: FileNode): Promise<ReadOutcome> {
    const { objects, pace } = this.#options;
    try {
      const file = openSync(fileSystemPath(path), OPEN_FLAGS);
      try {
        for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
          const seenAt = Date.now();
          const stat = fstatSync(file);
          if (!stat.isFile()) return "gone";
          const hash = await objects.putLong({
            size: stat.size,
            read: (position, into) => readFully(file, { bytes: into, start: 0, length: into.length, position }),
            signal: pace.signal,
            pause: () => pace.pause(),
          });
          if (hash === undefined) continue;
          const unchanged = isSame(stat, fstatSync(file));
          if (!unchanged && attempt < ATTEMPTS) continue;
          this.#set(node, stat, { hash, size: stat.size, seenAt: unchanged ? seenAt : 0 });
          return unchanged ? "read" : "busy";
        }
        return "unreadable";
      } finally {
        closeSync(file);
      }
    } catch (error) {
      return outcomeOf(error);
    }
  }

  #readLink(path: string, node: FileNode): ReadOutcome {
    const seenAt = Date.now();
    const stat = statOf(path);
    if (!stat?.isSymbolicLink()) return "gone";
    const target = Buffer.from(readlinkSync(fileSystemPath(path), "latin1"), "latin1");
    this.#set(node, stat, { hash: this.#options.sink.add(target), size: target.length, seenAt });
    // Links have no mode of their own that could be set.
    node.mode = PERMISSIONS;
    return "read";
  }

  #readFile(path: string, node: FileNode, maxBytes: number, seen?: Seen): ReadOutcome {
    const { sink } = this.#options;
    const file = openSync(fileSystemPath(path), OPEN_FLAGS);
    try {
      let before = seen;
      for (let attempt = 1; ; attempt++) {
        before ??= { at: Date.now(), stat: fstatSync(file) };
        const { stat, at } = before;
        if (!stat.isFile()) return "gone";
        if (stat.size > maxBytes) return "tooLong";
        if (stat.size > LONG_BYTES) return "long";
        const { bytes, used } = sink.room(stat.size);
        const length = readFully(file, { bytes, start: used, length: stat.size, position: 0 });
        const unchanged = length === stat.size && isSame(stat, fstatSync(file));
        if (unchanged || attempt >= ATTEMPTS) {
          this.#set(node, stat, { hash: sink.take(length), size: length, seenAt: unchanged ? at : 0 });
          return unchanged ? "read" : "busy";
        }
        before = undefined;
      }
    } finally {
      closeSync(file);
    }
  }

  #set(node: FileNode, stat: Stats, content: { hash: string; size: number; seenAt: number }): void {
    setStamp(node, stat);
    node.hash = content.hash;
    node.size = content.size;
    node.mode = stat.mode & PERMISSIONS;
    node.settled = isSettled(stat, content.seenAt, this.#options.racyMilliseconds);
  }
}

interface ReadRange {
  readonly bytes: Buffer;
  readonly start: number;
  readonly length: number;
  readonly position: number;
}

/** Reads until there is enough or the file ends. */
function readFully(file: number, { bytes, start, length, position }: ReadRange): number {
  let total = 0;
  while (total < length) {
    const read = readSync(file, bytes, start + total, length - total, position + total);
    if (read === 0) break;
    total += read;
  }
  return total;
}

function isSame(before: Stats, after: Stats): boolean {
  return (
    before.ino === after.ino &&
    before.size === after.size &&
    before.mtimeMs === after.mtimeMs &&
    before.ctimeMs === after.ctimeMs
  );
}

/** What an error of the file system means for the file. Throws one that is not about the file. */
function outcomeOf(error: unknown): ReadOutcome {
  switch ((error as NodeJS.ErrnoException).code) {
    case "ENOENT":
    case "ELOOP":
    case "ENOTDIR":
    case "EINVAL":
    case "ENXIO":
      return "gone";
    case "EACCES":
    case "EPERM":
    case "EIO":
    case "EISDIR":
    case "ENAMETOOLONG":
    case "EBUSY":
      return "unreadable";
    default:
      throw error;
  }
}
