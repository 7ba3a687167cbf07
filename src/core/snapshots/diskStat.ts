/** What the disk says of a path, by byte strings and without following a link at its end. */
import { lstatSync, type Stats } from "node:fs";
import { fileSystemPath } from "./byteNames.ts";
import type { Stamp } from "./folderNode.ts";

/** Permission bits. Those for another user's rights and for sticky folders are never taken from a snapshot. */
export const PERMISSIONS = 0o777;

/**
 * A file that changed so shortly before it was looked at may change again without a visible trace: clocks of
 * file systems tick coarsely, two seconds at worst.
 */
export const RACY_MILLISECONDS = 2_000;

const ABSENT_IS_NO_ERROR = { throwIfNoEntry: false } as const;

/** What is there; undefined where nothing is or may be looked at. */
export function statOf(path: string): Stats | undefined {
  try {
    return lstatSync(fileSystemPath(path), ABSENT_IS_NO_ERROR);
  } catch {
    return undefined;
  }
}

export function setStamp(node: Stamp, stat: Stats): void {
  node.dev = stat.dev;
  node.ino = stat.ino;
  node.mtime = stat.mtimeMs;
  node.ctime = stat.ctimeMs;
}

export function hasStamp(node: Stamp, stat: Stats): boolean {
  return node.mtime === stat.mtimeMs && node.ctime === stat.ctimeMs && node.ino === stat.ino && node.dev === stat.dev;
}

/** True when what was seen at `seenAt` (milliseconds since the epoch) will show every later change. */
export function isSettled(stat: Stats, seenAt: number, racyMilliseconds: number): boolean {
  return Math.max(stat.mtimeMs, stat.ctimeMs) < seenAt - racyMilliseconds;
}
