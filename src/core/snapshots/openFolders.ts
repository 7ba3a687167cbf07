/** The folders that were captured lately, with what is remembered of them; one piece of work in each at a time. */
import { hash } from "node:crypto";
import { realpathSync, statSync } from "node:fs";
import { OrchestratorError } from "../errors.ts";
import { bytesOfText } from "./byteNames.ts";
import { FolderIndex } from "./folderIndex.ts";
import type { FileNode } from "./folderNode.ts";
import type { ScanLimits } from "./folderScan.ts";
import { IgnoreRules } from "./ignoreRules.ts";
import type { FolderKey, Objects } from "./objectAccess.ts";
import type { FolderScope } from "./snapshotWork.ts";

/** Folders whose stats are kept in memory. */
const OPEN_FOLDERS = 16;

export interface OpenFolder {
  /** Real path, as byte string. */
  readonly path: string;
  readonly index: FolderIndex;
  readonly limits: ScanLimits;
  /** Outside the folder: the user's own patterns. */
  readonly rules: IgnoreRules;
  /** Files captured in spite of the rules, by path (byte string). */
  readonly included: Map<string, FileNode>;
}

export class OpenFolders {
  readonly #racyMilliseconds: number;
  /** By path and rules, the last used at the end. */
  readonly #open = new Map<string, OpenFolder>();
  readonly #lastUse = new Map<string, Promise<unknown>>();

  constructor(racyMilliseconds: number) {
    this.#racyMilliseconds = racyMilliseconds;
  }

  /** Runs `action` when nobody else works on the folder. Throws `workspace.missing` and its like. */
  async use<Result>(
    scope: FolderScope,
    objects: Objects,
    action: (folder: OpenFolder) => Promise<Result>,
  ): Promise<Result> {
    const path = realFolder(scope.path);
    const limits: ScanLimits = {
      maxFileBytes: scope.maxFileBytes,
      racyMilliseconds: this.#racyMilliseconds,
      elsewhere: new Set(scope.elsewhere.map((elsewhere) => pathBytes(elsewhere))),
    };
    const rules = IgnoreRules.of(scope.exclude);
    const parts = [rules.key, String(scope.maxFileBytes), ...[...limits.elsewhere].toSorted()];
    const key: FolderKey = { path, rules: hash("sha256", JSON.stringify(parts)).slice(0, 16) };
    return this.#alone(path, async () => {
      const id = `${key.rules} ${path}`;
      const folder = this.#open.get(id) ?? {
        ...{ path, limits, rules, included: new Map<string, FileNode>() },
        index: FolderIndex.load(key, objects),
      };
      // What failed half-way may remember what was never stored.
      this.#open.delete(id);
      const result = await action(folder);
      this.#open.set(id, folder);
      for (const oldest of this.#open.keys()) if (this.#open.size > OPEN_FOLDERS) this.#open.delete(oldest);
      return result;
    });
  }

  /** Throws `workspace.missing` and its like. */
  realPath(scope: FolderScope): string {
    return realFolder(scope.path);
  }

  async #alone<Result>(path: string, action: () => Promise<Result>): Promise<Result> {
    const before = this.#lastUse.get(path);
    const use = (async () => {
      await before?.catch(() => undefined);
      return action();
    })();
    this.#lastUse.set(path, use);
    try {
      return await use;
    } finally {
      if (this.#lastUse.get(path) === use) this.#lastUse.delete(path);
    }
  }
}

/** The byte string of a path. Throws `path.invalid`. */
export function pathBytes(path: string): string {
  const bytes = bytesOfText(path);
  const names = bytes?.split("/") ?? [""];
  if (bytes !== undefined && !bytes.includes("\0") && !names.some((name) => ["", ".", ".."].includes(name)))
    return bytes;
  throw new OrchestratorError("path.invalid", { path, detail: "it is not a path below the folder" });
}

function realFolder(path: string): string {
  try {
    const real = realpathSync.native(path, { encoding: "buffer" }).toString("latin1");
    if (statSync(path).isDirectory()) return real === "/" ? "" : real;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EACCES" || code === "EPERM")
      throw new OrchestratorError("workspace.notReadable", { path }, { cause: error });
    throw new OrchestratorError("workspace.missing", { path }, { cause: error });
  }
  throw new OrchestratorError("workspace.notAFolder", { path });
}
