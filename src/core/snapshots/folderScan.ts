/**
 * Finds out what has changed in a folder since it was last captured, without reading any content: a folder
 * whose own times are the same still has the same names, a file whose times are the same the same content.
 */
import { hash } from "node:crypto";
import { readdirSync, readFileSync, type Stats } from "node:fs";
import { looksSecret } from "../policy/secretFiles.ts";
import { DRAFT } from "../tools/unfinishedWrites.ts";
import { fileSystemPath, textOfBytes } from "./byteNames.ts";
import type { Seen } from "./contentReader.ts";
import { hasStamp, isSettled, PERMISSIONS, setStamp, statOf } from "./diskStat.ts";
import { markChanged, newFile, newFolderNode, type FileNode, type FolderNode, type LeftOutNode } from "./folderNode.ts";
import type { IgnoreRules } from "./ignoreRules.ts";
import { isGitName, type LeftOutReason } from "./tree.ts";
import type { WorkPace } from "./workPace.ts";

const GITIGNORE = ".gitignore";
/** Longer ones are no lists that people or programs write. */
const GITIGNORE_BYTES = 1024 * 1024;

/** Left behind by a restore that was interrupted; see waitingFile.ts. */
export const TEMPORARY_NAME = /^\.ai-orchestrator-[0-9a-f]{16}\.tmp$/;

function isUnfinished(name: string): boolean {
  return TEMPORARY_NAME.test(name) || DRAFT.test(name);
}

export interface ScanLimits {
  /** Longer files are left out. */
  readonly maxFileBytes: number;
  readonly racyMilliseconds: number;
  /** Relative paths (byte strings) that are not part of the folder: other workspace folders within it, our home. */
  readonly elsewhere: ReadonlySet<string>;
}

/** A file whose content has to be read. */
export interface UnreadFile {
  readonly folder: FolderNode;
  readonly name: string;
  /** Absolute byte string. */
  readonly path: string;
  readonly seen: Seen;
}

interface Visit {
  readonly folder: FolderNode;
  /** Absolute, with a slash at its end. */
  readonly path: string;
  /** Relative, with a slash at its end, or empty. */
  readonly prefix: string;
  /** Those outside the folder. */
  readonly rules: IgnoreRules;
}

/** Entries of a folder as they are found, to take the place of those remembered. */
type Found = Pick<FolderNode, "files" | "folders" | "leftOut">;

export class FolderScan {
  readonly unread: UnreadFile[] = [];
  readonly #limits: ScanLimits;
  readonly #pace: WorkPace;
  readonly #pending: Visit[] = [];
  #files = 0;

  constructor(limits: ScanLimits, pace: WorkPace) {
    this.#limits = limits;
    this.#pace = pace;
  }

  /** Looks at the folder and everything below. `path` and `prefix` as in Visit. */
  async look(folder: FolderNode, path: string, prefix: string, rules: IgnoreRules): Promise<void> {
    this.#pending.push({ folder, path, prefix, rules });
    for (let visit = this.#pending.pop(); visit; visit = this.#pending.pop()) {
      this.#visit(visit);
      if (this.#pace.isDue) await this.#pace.pause({ phase: "looking", done: this.#files });
    }
  }

  /** The rules inside a folder that was looked at before. */
  rulesInside(folder: FolderNode, path: string, prefix: string, rules: IgnoreRules): IgnoreRules {
    return this.#rulesInside({ folder, path, prefix, rules }, undefined);
  }

  /** Looks at one entry alone: what it is now takes the place of what is remembered. */
  async lookAtEntry(
    folder: FolderNode,
    name: string,
    path: string,
    prefix: string,
    inside: IgnoreRules,
  ): Promise<void> {
    const found = nothingFound();
    const isNew = this.#judge({ folder, path, prefix, rules: inside }, inside, name, found);
    const wasThere =
      [folder.files, folder.folders, folder.leftOut].filter((entries) => entries.delete(name)).length > 0;
    for (const [key, file] of found.files) folder.files.set(key, file);
    for (const [key, below] of found.folders) folder.folders.set(key, below);
    for (const [key, leftOut] of found.leftOut) folder.leftOut.set(key, leftOut);
    const isThere = found.files.size + found.folders.size + found.leftOut.size > 0;
    if (isNew || wasThere !== isThere) markChanged(folder);
    folder.saved = false;
    const next = this.#pending.pop();
    if (next) await this.look(next.folder, next.path, next.prefix, next.rules);
  }

  #visit(visit: Visit): void {
    const { folder, path } = visit;
    const seenAt = Date.now();
    const stat = statOf(path.slice(0, -1));
    if (!stat?.isDirectory()) return this.#forget(folder);
    if (folder.parent && folder.mode !== (stat.mode & PERMISSIONS)) markChanged(folder.parent);
    folder.mode = stat.mode & PERMISSIONS;
    const sameNames = folder.settled && hasStamp(folder, stat);
    const names = sameNames ? undefined : namesIn(path);
    if (!sameNames) {
      setStamp(folder, stat);
      folder.settled = isSettled(stat, seenAt, this.#limits.racyMilliseconds);
      folder.saved = false;
      if (!names) return this.#leaveOutUnreadable(folder);
      folder.isRepository = names.includes(".git");
    }
    const inside = this.#rulesInside(visit, names);
    const judged = folder.rules === inside.key;
    folder.rules = inside.key;
    if (names || !judged) this.#relist(visit, inside, names ?? namesIn(path) ?? []);
    else this.#compare(visit, inside);
  }

  /** The folder's names are the same: looks whether its files are. */
  #compare(visit: Visit, inside: IgnoreRules): void {
    const { folder, path, prefix } = visit;
    for (const [name, file] of folder.files) {
      this.#files++;
      const stat = statOf(path + name);
      if (stat && isKnown(file, stat)) continue;
      const sameKind = file.kind === "file" ? stat?.isFile() : stat?.isSymbolicLink();
      if (!stat || !sameKind || (file.kind === "file" && stat.size > this.#limits.maxFileBytes)) {
        return this.#relist(visit, inside, namesIn(path) ?? []);
      }
      this.unread.push({ folder, name, path: path + name, seen: { at: Date.now(), stat } });
    }
    for (const [name, leftOut] of folder.leftOut) {
      if (leftOut.reason === "ignored" || leftOut.reason === "special") continue;
      const stat = statOf(path + name);
      const same = stat && leftOut.reason !== "unreadable" && stat.size === leftOut.size && stat.isFile();
      if (!same) return this.#relist(visit, inside, namesIn(path) ?? []);
    }
    for (const [name, below] of folder.folders) this.#visitLater(below, path, prefix, inside, name);
  }

  #relist(visit: Visit, inside: IgnoreRules, names: readonly string[]): void {
    const { folder } = visit;
    const found = nothingFound();
    let changed = false;
    for (const name of names) {
      if (this.#judge(visit, inside, name, found)) changed = true;
    }
    const gone = (["files", "folders", "leftOut"] as const).some((kind) => found[kind].size !== folder[kind].size);
    Object.assign(folder, found);
    folder.saved = false;
    if (changed || gone) markChanged(folder);
  }

  /** Adds what `name` is to `found`. True when it is new or another kind of thing than before. */
  #judge(visit: Visit, inside: IgnoreRules, name: string, found: Found): boolean {
    const { folder, path, prefix } = visit;
    if (isGitName(name) || isUnfinished(name) || this.#limits.elsewhere.has(prefix + name)) return false;
    const stat = statOf(path + name);
    if (!stat) return false;
    const text = textOfBytes(prefix + name);
    if (stat.isDirectory()) {
      const { ignored, dropped } = name === "node_modules" ? NOT_WANTED : inside.judge(text, true);
      if (ignored) return leaveOut(folder, found, name, { reason: "ignored", isDirectory: true, size: 0 });
      const known = folder.folders.get(name);
      const below = known ?? newFolderNode(name, folder);
      below.dropped = dropped;
      found.folders.set(name, below);
      this.#visitLater(below, path, prefix, inside, name);
      return known === undefined;
    }
    this.#files++;
    const isFile = stat.isFile();
    const reason = this.#reasonAgainst(inside, name, text, isFile ? stat.size : undefined, stat.isSymbolicLink());
    if (reason) return leaveOut(folder, found, name, { reason, isDirectory: false, size: isFile ? stat.size : 0 });
    const known = folder.files.get(name);
    const kind = isFile ? "file" : "symlink";
    const file: FileNode = known?.kind === kind ? known : newFile(kind);
    found.files.set(name, file);
    if (!isKnown(file, stat)) this.unread.push({ folder, name, path: path + name, seen: { at: Date.now(), stat } });
    return file !== known;
  }

  #reasonAgainst(
    inside: IgnoreRules,
    name: string,
    text: string,
    fileSize: number | undefined,
    isLink: boolean,
  ): LeftOutReason | undefined {
    if (fileSize !== undefined && looksSecret(text)) return "secret";
    if (name === "node_modules" || inside.judge(text, false).ignored) return "ignored";
    if (fileSize === undefined) return isLink ? undefined : "special";
    return fileSize > this.#limits.maxFileBytes ? "size" : undefined;
  }

  #visitLater(folder: FolderNode, path: string, prefix: string, rules: IgnoreRules, name: string): void {
    this.#pending.push({ folder, path: `${path}${name}/`, prefix: `${prefix}${name}/`, rules });
  }

  #rulesInside({ folder, path, prefix, rules }: Visit, names: readonly string[] | undefined): IgnoreRules {
    const has = names ? names.includes(GITIGNORE) : folder.files.has(GITIGNORE) || folder.leftOut.has(GITIGNORE);
    const gitignore = has ? this.#gitignore(folder, path) : undefined;
    const { isRepository, dropped } = folder;
    return rules.inside({ prefix: textOfBytes(prefix), isRepository, dropped, ...(gitignore ? { gitignore } : {}) });
  }

  #gitignore(folder: FolderNode, path: string): { hash: string; load: () => string } | undefined {
    const known = folder.files.get(GITIGNORE);
    const stat = statOf(path + GITIGNORE);
    if (!stat?.isFile() || stat.size > GITIGNORE_BYTES) return undefined;
    if (known && isKnown(known, stat)) {
      return { hash: known.hash, load: () => readRules(path)?.text ?? "" };
    }
    const read = readRules(path);
    return read && { hash: read.hash, load: () => read.text };
  }

  /** The folder is gone, or something else has taken its place since its parent was listed. */
  #forget(folder: FolderNode): void {
    const { parent } = folder;
    if (!parent) return;
    parent.folders.delete(folder.name);
    parent.settled = false;
    markChanged(parent);
  }

  #leaveOutUnreadable(folder: FolderNode): void {
    const { parent, name } = folder;
    if (!parent) return;
    this.#forget(folder);
    parent.leftOut.set(name, { reason: "unreadable", isDirectory: true, size: 0 });
  }
}

/** The content is the one that was read. */
function isKnown(file: FileNode, stat: Stats): boolean {
  return file.settled && file.hash !== "" && hasStamp(file, stat);
}

const NOT_WANTED = { ignored: true, dropped: 0 };

/** Always true when it is new. */
function leaveOut(folder: FolderNode, found: Found, name: string, node: LeftOutNode): boolean {
  const known = folder.leftOut.get(name);
  found.leftOut.set(name, node);
  return known?.reason !== node.reason || known.isDirectory !== node.isDirectory || known.size !== node.size;
}

function nothingFound(): Found {
  return { files: new Map(), folders: new Map(), leftOut: new Map() };
}

function namesIn(path: string): string[] | undefined {
  try {
    return readdirSync(fileSystemPath(path), "latin1");
  } catch {
    return undefined;
  }
}

function readRules(path: string): { hash: string; text: string } | undefined {
  try {
    const content = readFileSync(fileSystemPath(path + GITIGNORE));
    return { hash: hash("sha256", content), text: content.toString() };
  } catch {
    return undefined;
  }
}
