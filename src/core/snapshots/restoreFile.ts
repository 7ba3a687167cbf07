/** Writes one file at the speed of the disk: where nothing is, or over what is there. */
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  ftruncateSync,
  openSync,
  unlinkSync,
  writeSync,
  type Stats,
} from "node:fs";
import { fileSystemPath } from "./byteNames.ts";
import { LONG_BYTES } from "./contentReader.ts";
import { PERMISSIONS } from "./diskStat.ts";
import type { HeldFolder } from "./heldFolder.ts";
import type { ObjectReader } from "./objectAccess.ts";
import type { EntryState } from "./snapshotWork.ts";

const NO_FOLLOWING = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
const READ = constants.O_RDONLY | NO_FOLLOWING;
const WRITE = constants.O_WRONLY | NO_FOLLOWING;
const CREATE = WRITE | constants.O_CREAT | constants.O_EXCL;

export interface FilePlace {
  readonly folder: HeldFolder;
  readonly name: string;
  /** What is there now; undefined for nothing. */
  readonly found: Stats | undefined;
  /** Its content, as the store has it. */
  readonly before: EntryState | undefined;
}

/** False where it must be written beside its place instead. Throws what the store or the system say. */
export function writeInPlace(reader: ObjectReader, place: FilePlace, entry: EntryState): boolean {
  const { found } = place;
  if (entry.kind !== "file" || entry.size > LONG_BYTES) return false;
  if (found && !isOverwritable(found)) return false;
  const content = reader.read(entry.hash);
  return found ? overwrite(reader, place, { content, mode: entry.mode }, found) : create(place, content, entry.mode);
}

/** Sets the permission bits of a file. */
export function setEntryMode(folder: HeldFolder, name: string, mode: number): void {
  const file = openSync(fileSystemPath(folder.at(name)), READ);
  try {
    setMode(file, fstatSync(file), mode);
  } finally {
    closeSync(file);
  }
}

/** Gives the position after it. */
export function writeAll(file: number, content: Buffer, position: number): number {
  for (let written = 0; written < content.length;) {
    written += writeSync(file, content, written, content.length - written, position + written);
  }
  return position + content.length;
}

/** Another name of the same file would change too. */
function isOverwritable(stat: Stats): boolean {
  return stat.isFile() && stat.nlink === 1;
}

function create({ folder, name }: FilePlace, content: Buffer, mode: number): true {
  const path = fileSystemPath(folder.at(name));
  const file = openSync(path, CREATE, 0o600);
  try {
    writeAll(file, content, 0);
    fchmodSync(file, mode);
    return true;
  } catch (error) {
    unlinkSync(path);
    throw error;
  } finally {
    closeSync(file);
  }
}

/**
 * Does not make the file empty first, so that at any moment every byte of it is an old or a new one. False
 * where the file may not be written.
 */
function overwrite(
  reader: ObjectReader,
  { folder, name, before }: FilePlace,
  { content, mode }: { content: Buffer; mode: number },
  found: Stats,
): boolean {
  const file = openForWriting(fileSystemPath(folder.at(name)));
  if (file === undefined) return false;
  try {
    const opened = fstatSync(file);
    if (!isOverwritable(opened) || opened.ino !== found.ino || opened.dev !== found.dev) return false;
    try {
      writeAll(file, content, 0);
    } catch (error) {
      // A full disk: what was there fits, and is better than a half of each.
      if (before?.kind === "file") writeAll(file, reader.read(before.hash), 0);
      ftruncateSync(file, opened.size);
      throw error;
    }
    if (opened.size > content.length) ftruncateSync(file, content.length);
    setMode(file, opened, mode);
    return true;
  } finally {
    closeSync(file);
  }
}

function openForWriting(path: string | Buffer): number | undefined {
  try {
    return openSync(path, WRITE);
  } catch (error) {
    if (["EACCES", "EPERM", "ETXTBSY"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
}

function setMode(file: number, stat: Stats, mode: number): void {
  if ((stat.mode & PERMISSIONS) !== mode) fchmodSync(file, (stat.mode & ~PERMISSIONS & 0o7777) | mode);
}
