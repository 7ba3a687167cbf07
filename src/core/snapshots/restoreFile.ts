/** Puts one file or link into a folder: whole beside its place and then renamed, or over what is there. */
import { hash as digest } from "node:crypto";
import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  renameSync,
  symlinkSync,
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

const WRITE = constants.O_WRONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
const CREATE = WRITE | constants.O_CREAT | constants.O_EXCL;

export interface FilePlace {
  readonly folder: HeldFolder;
  readonly name: string;
  /** What is there now; undefined for nothing. */
  readonly found: Stats | undefined;
  /** Its content, as the store has it. */
  readonly before: EntryState | undefined;
}

/** `careful`: each file whole and on the disk before it takes its place. Else many at the speed of the disk. */
export type WriteManner = "careful" | "fast";

/** Throws what the store or the system say. */
export function writeEntry(reader: ObjectReader, place: FilePlace, entry: EntryState, manner: WriteManner): void {
  if (entry.kind === "symlink") return replaceLink(reader, place, entry);
  const { found } = place;
  if (manner === "fast") {
    if (!found) return createFile(reader, place, entry);
    // Another name of the same file would change too.
    if (found.isFile() && found.nlink === 1 && overwriteFile(reader, place, entry, found)) return;
  }
  replaceFile(reader, place, entry);
}

/** Sets the permission bits of a file. */
export function setEntryMode(folder: HeldFolder, name: string, mode: number): void {
  const file = openSync(
    fileSystemPath(folder.at(name)),
    constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0),
  );
  try {
    setMode(file, fstatSync(file), mode);
  } finally {
    closeSync(file);
  }
}

/** Name of what is written beside its place: always the same, so that what an interruption left is found again. */
export function temporaryName(name: string): string {
  return `.ai-orchestrator-${digest("sha256", Buffer.from(name, "latin1")).slice(0, 16)}.tmp`;
}

/** Removes what an interrupted restore may have left beside `name`. */
export function removeLeftover(folder: HeldFolder, name: string): void {
  try {
    unlinkSync(fileSystemPath(folder.at(temporaryName(name))));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

function createFile(reader: ObjectReader, { folder, name }: FilePlace, { hash, mode }: EntryState): void {
  const path = fileSystemPath(folder.at(name));
  const file = openSync(path, CREATE, 0o600);
  try {
    writeContent(file, reader, hash);
    fchmodSync(file, mode);
  } catch (error) {
    unlinkSync(path);
    throw error;
  } finally {
    closeSync(file);
  }
}

/**
 * Writes over the old content without making the file empty first, so that at any moment every byte of it is
 * an old or a new one. False where the file may not be written.
 */
function overwriteFile(
  reader: ObjectReader,
  place: FilePlace,
  { hash, mode, size }: EntryState,
  found: Stats,
): boolean {
  if (size > LONG_BYTES) return false;
  const content = reader.read(hash);
  let file: number;
  try {
    file = openSync(fileSystemPath(place.folder.at(place.name)), WRITE);
  } catch (error) {
    if (["EACCES", "EPERM", "ETXTBSY"].includes((error as NodeJS.ErrnoException).code ?? "")) return false;
    throw error;
  }
  try {
    const opened = fstatSync(file);
    if (!opened.isFile() || opened.ino !== found.ino || opened.dev !== found.dev || opened.nlink !== 1) return false;
    try {
      writeAll(file, content);
    } catch (error) {
      // A full disk: what was there fits, and is better than a half of each.
      if (place.before?.kind === "file") writeAll(file, reader.read(place.before.hash));
      ftruncateSync(file, opened.size);
      throw error;
    }
    if (opened.size > size) ftruncateSync(file, size);
    setMode(file, opened, mode);
    return true;
  } finally {
    closeSync(file);
  }
}

function replaceFile(reader: ObjectReader, { folder, name, found }: FilePlace, { hash, mode }: EntryState): void {
  removeLeftover(folder, name);
  const temporary = fileSystemPath(folder.at(temporaryName(name)));
  const file = openSync(temporary, CREATE, 0o600);
  try {
    try {
      writeContent(file, reader, hash);
      if (found?.isFile()) keepOwner(file, found);
      fchmodSync(file, ((found?.isFile() ? found.mode : 0) & 0o7000) | mode);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, fileSystemPath(folder.at(name)));
  } catch (error) {
    removeLeftover(folder, name);
    throw error;
  }
}

function replaceLink(reader: ObjectReader, { folder, name, found }: FilePlace, { hash }: EntryState): void {
  const target = Buffer.concat([...reader.pieces(hash)]);
  if (!found) return symlinkSync(target, fileSystemPath(folder.at(name)));
  removeLeftover(folder, name);
  const temporary = fileSystemPath(folder.at(temporaryName(name)));
  symlinkSync(target, temporary);
  renameSync(temporary, fileSystemPath(folder.at(name)));
}

/** Throws after the last piece when the content is corrupted. */
function writeContent(file: number, reader: ObjectReader, hash: string): void {
  for (const piece of reader.pieces(hash)) writeAll(file, piece);
}

function writeAll(file: number, content: Buffer): void {
  for (let written = 0; written < content.length;) written += writeSync(file, content, written);
}

function setMode(file: number, stat: Stats, mode: number): void {
  if ((stat.mode & PERMISSIONS) !== mode) fchmodSync(file, (stat.mode & 0o7000) | mode);
}

/** A file that another user owned stays theirs, where we may give it. */
function keepOwner(file: number, { uid, gid }: Stats): void {
  const own = fstatSync(file);
  if (own.uid === uid && own.gid === gid) return;
  try {
    fchownSync(file, uid, gid);
  } catch {
    // Only root may give files away; then it becomes ours, as with any editor that saves by renaming.
  }
}
