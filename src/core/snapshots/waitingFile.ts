/** A file or link that was written beside its place and takes it by being renamed: whole, or not at all. */
import { hash as digest } from "node:crypto";
import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsync,
  openSync,
  renameSync,
  symlinkSync,
  unlinkSync,
  type Stats,
} from "node:fs";
import { promisify } from "node:util";
import { fileSystemPath } from "./byteNames.ts";
import type { HeldFolder } from "./heldFolder.ts";
import type { ObjectReader } from "./objectAccess.ts";
import { writeAll, type FilePlace } from "./restoreFile.ts";
import type { EntryState } from "./snapshotWork.ts";
import { StepFailed } from "./stepFailed.ts";

const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);
const SPECIAL_BITS = 0o7000;

export class WaitingFile implements Disposable {
  readonly #place: FilePlace;
  #file: number | undefined;
  #waits = true;

  private constructor(place: FilePlace, file: number | undefined) {
    this.#place = place;
    this.#file = file;
  }

  /** Throws what the store or the system say; then nothing is left. */
  static write(reader: ObjectReader, place: FilePlace, { kind, hash, mode }: EntryState): WaitingFile {
    const { folder, name, found } = place;
    removeLeftover(folder, name);
    const temporary = fileSystemPath(folder.at(temporaryName(name)));
    if (kind === "symlink") {
      symlinkSync(Buffer.concat([...reader.pieces(hash)]), temporary);
      return new WaitingFile(place, undefined);
    }
    const waiting = new WaitingFile(place, openSync(temporary, CREATE, 0o600));
    try {
      waiting.#fill(reader, hash, mode, found);
      return waiting;
    } catch (error) {
      waiting[Symbol.dispose]();
      throw error;
    }
  }

  /** Waits until its content is on the disk. */
  async sync(): Promise<void> {
    if (this.#file !== undefined) await promisify(fsync)(this.#file);
  }

  /** Throws StepFailed when somebody changed what is there meanwhile. */
  takePlace(): void {
    const { folder, name, found } = this.#place;
    const now = folder.stat(name);
    const same = now?.ino === found?.ino && now?.mtimeMs === found?.mtimeMs && now?.size === found?.size;
    if (!same) throw new StepFailed("changed", "it was changed");
    this.#close();
    renameSync(fileSystemPath(folder.at(temporaryName(name))), fileSystemPath(folder.at(name)));
    this.#waits = false;
    folder.noteChange();
  }

  /** What did not take its place is not wanted any more. */
  [Symbol.dispose](): void {
    this.#close();
    if (!this.#waits) return;
    this.#waits = false;
    try {
      removeLeftover(this.#place.folder, this.#place.name);
    } catch {
      // No snapshot takes it, and the next restore of that place removes it.
    }
  }

  #fill(reader: ObjectReader, hash: string, mode: number, found: Stats | undefined): void {
    if (this.#file === undefined) return;
    let position = 0;
    for (const piece of reader.pieces(hash)) position = writeAll(this.#file, piece, position);
    const replaced = found?.isFile() ? found : undefined;
    if (replaced) keepOwner(this.#file, replaced);
    fchmodSync(this.#file, ((replaced?.mode ?? 0) & SPECIAL_BITS) | mode);
  }

  #close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
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
