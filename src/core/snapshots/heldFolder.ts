/**
 * A folder that stays the same one while something in it is changed: names are looked up in the folder that
 * was opened, not along a path on which somebody may put a symbolic link meanwhile.
 *
 * Node has no `openat`. On Linux the open folder has a path of its own, `/proc/self/fd/N`, which leads to it
 * however it is renamed; elsewhere its real path is compared before each use, which leaves a moment between
 * the look and the use.
 */
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fstatSync,
  fsync,
  openSync,
  realpathSync,
  type Stats,
} from "node:fs";
import { promisify } from "node:util";
import { fileSystemPath } from "./byteNames.ts";
import { PERMISSIONS, statOf } from "./diskStat.ts";

const OPEN_FLAGS = constants.O_RDONLY | (constants.O_DIRECTORY ?? 0) | (constants.O_NOFOLLOW ?? 0);
const DESCRIPTORS = "/proc/self/fd";
const HAS_DESCRIPTORS = process.platform === "linux" && existsSync(DESCRIPTORS);
const OWNER_MAY_CHANGE = 0o300;

export class HeldFolder implements Disposable {
  readonly #path: string;
  readonly #descriptor: number | undefined;
  /** Mode it is given back when it is let go. */
  #modeAfter: number | undefined;
  #isChanged = false;

  private constructor(path: string, descriptor: number | undefined) {
    this.#path = path;
    this.#descriptor = descriptor;
  }

  /** `path`: real path as byte string. Throws the system's error, also when there is a link. */
  static open(path: string): HeldFolder {
    return HeldFolder.#open(path, path);
  }

  /** A folder in this one. Throws the system's error, also when there is a link. */
  openBelow(name: string): HeldFolder {
    return HeldFolder.#open(this.at(name), `${this.#path}/${name}`);
  }

  /** A path (byte string) to use at once. */
  at(name: string): string {
    if (this.#descriptor !== undefined) return `${DESCRIPTORS}/${this.#descriptor}/${name}`;
    refuseOtherPlace(this.#path);
    return `${this.#path}/${name}`;
  }

  /** What is there, links not followed; undefined for nothing. */
  stat(name: string): Stats | undefined {
    return statOf(this.at(name));
  }

  /** Lets its owner add and remove names until the folder is let go. */
  makeChangeable(): void {
    // Who may do everything needs no permission.
    if (process.getuid?.() === 0 || this.#modeAfter !== undefined) return;
    const mode = this.#mode();
    if ((mode & OWNER_MAY_CHANGE) === OWNER_MAY_CHANGE) return;
    this.#modeAfter = mode;
    this.#chmod(mode | OWNER_MAY_CHANGE);
  }

  /** Sets the permission bits; the others stay. */
  setMode(mode: number): void {
    const now = this.#mode();
    const wanted = (now & ~PERMISSIONS) | mode;
    this.#modeAfter = undefined;
    if (now !== wanted) this.#chmod(wanted);
  }

  /** Notes that a name in it was added, replaced or removed. */
  noteChange(): void {
    this.#isChanged = true;
  }

  /** Waits until changed names are on the disk, where that can be asked for. */
  async sync(): Promise<void> {
    if (this.#descriptor === undefined || !this.#isChanged) return;
    this.#isChanged = false;
    try {
      await promisify(fsync)(this.#descriptor);
    } catch (error) {
      // Some file systems have no way to say it of a folder.
      if (!["EINVAL", "ENOTSUP"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    }
  }

  [Symbol.dispose](): void {
    try {
      if (this.#modeAfter !== undefined) this.#chmod(this.#modeAfter);
    } finally {
      if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    }
  }

  static #open(path: string, realPath: string): HeldFolder {
    if (HAS_DESCRIPTORS) {
      return new HeldFolder(realPath, openSync(fileSystemPath(path), OPEN_FLAGS));
    }
    refuseOtherPlace(realPath);
    return new HeldFolder(realPath, undefined);
  }

  #mode(): number {
    const stat = this.#descriptor === undefined ? statOf(this.#path) : fstatSync(this.#descriptor);
    return (stat?.mode ?? 0) & 0o7777;
  }

  #chmod(mode: number): void {
    if (this.#descriptor === undefined) chmodSync(fileSystemPath(this.#path), mode);
    else fchmodSync(this.#descriptor, mode);
  }
}

/** Throws unless the path is a folder that is reached without a link. */
function refuseOtherPlace(path: string): void {
  const real = realpathSync.native(fileSystemPath(path), { encoding: "buffer" }).toString("latin1");
  const isFolder = statOf(path)?.isDirectory() === true;
  const same = process.platform === "win32" ? real.replaceAll("\\", "/") === path.replaceAll("\\", "/") : real === path;
  if (same && isFolder) return;
  throw Object.assign(new Error(`${path} is not the folder it was`), { code: "ELOOP" });
}
