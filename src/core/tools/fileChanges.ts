/**
 * Changes one file as an effect that can be told and undone: what it was is committed before, what it became
 * is reported after, and nothing that somebody else saved in between is overwritten.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { lstat, mkdir, open, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { pipeline } from "node:stream/promises";
import type { Effect } from "../events/event.ts";
import type { GuardedPath, PathGuard } from "../policy/pathGuard.ts";
import type { FileLocks } from "./fileLocks.ts";
import { ToolFailure, type ToolCallContext } from "./tool.ts";

const PERMISSIONS = 0o777;

export interface FileChange {
  readonly path: GuardedPath;
  /** The whole new text, where it is known: a file that has it already is left alone. */
  readonly content?: string;
  /** Refuse to create the file. */
  readonly mustExist?: boolean;
  /** Writes the file, whole or not at all. */
  readonly write: () => Promise<void>;
}

interface Image {
  /** SHA-256 of the bytes, in hex. */
  readonly sha256: string;
  readonly size: number;
  /** Permission bits. */
  readonly mode: number;
  /** Changes whenever the file does. */
  readonly stamp: string;
}

export class FileChanges {
  readonly #guard: PathGuard;
  readonly #locks: FileLocks;

  constructor({ guard, locks }: { readonly guard: PathGuard; readonly locks: FileLocks }) {
    this.#guard = guard;
    this.#locks = locks;
  }

  /**
   * Makes the change; resolves with its effect, or undefined when the file is the same as before.
   *
   * @throws ToolFailure when there is something other than a file, or somebody else changed it meanwhile
   * @throws OrchestratorError `path.changed`
   */
  async make(change: FileChange, context: ToolCallContext): Promise<Effect | undefined> {
    return this.#locks.hold(change.path.absolute, () => this.#makeAlone(change, context));
  }

  async #makeAlone(
    { path, content, mustExist, write }: FileChange,
    context: ToolCallContext,
  ): Promise<Effect | undefined> {
    context.signal.throwIfAborted();
    const { absolute, workspacePath } = path;
    const before = await imageOf(path);
    if (mustExist === true && before === undefined) throw new ToolFailure(`${workspacePath}: no such file`);
    const wanted = content === undefined ? {} : { after: sha256(content) };
    if (before !== undefined && before.sha256 === wanted.after) return undefined;
    await context.begin({
      preImages: [{ path: workspacePath, ...stateBefore(before), ...wanted }],
    });
    context.signal.throwIfAborted();
    await this.#guard.recheck(path);
    const now = await lstat(absolute, { bigint: true }).catch(() => undefined);
    if ((now === undefined ? undefined : stampOf(now)) !== before?.stamp) {
      throw new ToolFailure(
        `${workspacePath} was changed by somebody else just now. Read it again before changing it.`,
      );
    }
    if (before === undefined) await this.#create(path, write);
    else await write();
    const after = await imageOf(path);
    if (after === undefined || after.sha256 === before?.sha256) return undefined;
    return {
      path: workspacePath,
      change: before === undefined ? "created" : "modified",
      ...stateBefore(before),
      after: after.sha256,
      afterEntry: entryOf(after),
    };
  }

  /**
   * A new file is first made empty by the system's own rules and then written, because a file written in
   * place of another keeps its mode: so it gets the mode the user's umask gives, and a file that appeared
   * meanwhile is noticed instead of replaced.
   */
  async #create(path: GuardedPath, write: () => Promise<void>): Promise<void> {
    await mkdir(dirname(path.absolute), { recursive: true });
    await this.#guard.recheck(path);
    const handle = await open(path.absolute, "wx", 0o666).catch((error: unknown) => {
      if (error instanceof Error && "code" in error && error.code === "EEXIST") {
        throw new ToolFailure(
          `${path.workspacePath} was created by somebody else just now. Read it before changing it.`,
          { cause: error },
        );
      }
      throw error;
    });
    await handle.close();
    try {
      await write();
    } catch (error) {
      const left = await lstat(path.absolute).catch(() => undefined);
      if (left?.size === 0) await rm(path.absolute, { force: true });
      throw error;
    }
  }
}

/** The file as it is now, or undefined where nothing is. */
async function imageOf({ absolute, workspacePath }: GuardedPath): Promise<Image | undefined> {
  const found = await lstat(absolute, { bigint: true }).catch(() => undefined);
  if (found === undefined) return undefined;
  if (!found.isFile())
    throw new ToolFailure(`${workspacePath} is ${found.isDirectory() ? "a folder" : "not a regular file"}`);
  const hash = createHash("sha256");
  await pipeline(createReadStream(absolute), hash);
  const [size, mode] = [Number(found.size), Number(found.mode) & PERMISSIONS];
  return { sha256: hash.digest("hex"), size, mode, stamp: stampOf(found) };
}

function stateBefore(image: Image | undefined): Pick<Effect, "before" | "beforeEntry"> {
  return image === undefined ? {} : { before: image.sha256, beforeEntry: entryOf(image) };
}

function entryOf({ mode, size }: Image): NonNullable<Effect["beforeEntry"]> {
  return { kind: "file", mode, size };
}

function stampOf(found: { ino: bigint; size: bigint; mtimeNs: bigint; ctimeNs: bigint }): string {
  return [found.ino, found.size, found.mtimeNs, found.ctimeNs].join(":");
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** What a file is now, as the `after` of an effect; undefined when there is no file. */
export async function stateAfter(
  path: GuardedPath,
): Promise<{ readonly after: string; readonly afterEntry: NonNullable<Effect["afterEntry"]> } | undefined> {
  const info = await lstat(path.absolute).catch(() => undefined);
  const image = info?.isFile() === true ? await imageOf(path) : undefined;
  return image && { after: image.sha256, afterEntry: entryOf(image) };
}
