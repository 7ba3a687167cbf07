/**
 * A tree: one folder as a snapshot holds it. Its hash covers the names, kinds, modes and contents of
 * everything below, so equal folders have equal hashes and are stored once.
 *
 * Bytes, with a line for each entry in byte order of the names:
 *
 *     tree 1
 *     f 644 1024 <sha256 of the content> name
 *     l 777 8 <sha256 of where it leads> name
 *     d 755 0 <sha256 of its tree> name
 *     x 0 5000000 size name
 *
 * A name is its bytes as they are on the disk, with `\n` and `\\` written as `\` and `n`, `\` and `\`. A line with `x`
 * is a file that is there but not in the snapshot, and why. Modes are the permission bits in octal.
 */
import { foldNameWidely } from "../policy/nameFolding.ts";
import { textOfBytes } from "./byteNames.ts";

export const LEFT_OUT_REASONS = ["size", "ignored", "secret", "unreadable", "special"] as const;
export type LeftOutReason = (typeof LEFT_OUT_REASONS)[number];

export type EntryKind = "file" | "symlink" | "directory" | "leftOut";

export interface TreeEntry {
  /** Byte string. */
  readonly name: string;
  readonly kind: EntryKind;
  /** Permission bits; 0 for what is left out. */
  readonly mode: number;
  /** In bytes; 0 for a directory. */
  readonly size: number;
  /** Of the content, of where a link leads, of a directory's tree; empty for what is left out. */
  readonly hash: string;
  /** Why it is left out. */
  readonly reason?: LeftOutReason;
}

/** The content of a blob is not what it should be. */
export class MalformedTree extends Error {}

const TREE_HEADER = "tree 1\n";
const WORKSPACE_HEADER = "workspace 1\n";

const LETTERS: Readonly<Record<EntryKind, string>> = { file: "f", symlink: "l", directory: "d", leftOut: "x" };
const KINDS = new Map(Object.entries(LETTERS).map(([kind, letter]) => [letter, kind as EntryKind]));
const REASONS: ReadonlySet<string> = new Set(LEFT_OUT_REASONS);
const HASH = /^[0-9a-f]{64}$/;
const LINE = /^([fldx]) ([0-7]{1,3}) ([0-9]{1,16}) ([0-9a-z]+) (.+)$/s;

export function encodeTree(entries: readonly TreeEntry[]): Buffer {
  let text = TREE_HEADER;
  for (const { kind, mode, size, hash, reason, name } of entries.toSorted(byName)) {
    text += `${LETTERS[kind]} ${mode.toString(8)} ${size} ${reason ?? hash} ${escapeName(name)}\n`;
  }
  return Buffer.from(text, "latin1");
}

/** Throws MalformedTree. What it gives can be used as names below a folder without looking again. */
export function decodeTree(content: Buffer): TreeEntry[] {
  const entries = linesAfter(TREE_HEADER, content).map(decodeEntry);
  for (let index = 1; index < entries.length; index++) {
    if ((entries[index - 1]?.name ?? "") >= (entries[index]?.name ?? "")) throw new MalformedTree("names out of order");
  }
  return entries;
}

/** The folders of a workspace with the hashes of their trees, in order. */
export interface WorkspaceEntry {
  /** As text; not a part of any path. */
  readonly name: string;
  readonly tree: string;
}

export function encodeWorkspace(folders: readonly WorkspaceEntry[]): Buffer {
  return Buffer.from(WORKSPACE_HEADER + folders.map(({ name, tree }) => `${tree} ${JSON.stringify(name)}\n`).join(""));
}

/** Throws MalformedTree. */
export function decodeWorkspace(content: Buffer): WorkspaceEntry[] {
  const folders = linesAfter(WORKSPACE_HEADER, content).map((line) => {
    const tree = line.slice(0, 64);
    const name = parseName(Buffer.from(line.slice(65), "latin1").toString());
    if (!HASH.test(tree) || line[64] !== " " || name === undefined)
      throw new MalformedTree("not a folder of a workspace");
    return { name, tree };
  });
  if (new Set(folders.map(({ name }) => name)).size < folders.length) throw new MalformedTree("a folder twice");
  return folders;
}

/** The hashes that a tree or a workspace names. Throws MalformedTree. */
export function hashesIn(content: Buffer): string[] {
  if (startsWith(content, WORKSPACE_HEADER)) return decodeWorkspace(content).map(({ tree }) => tree);
  return decodeTree(content).flatMap(({ hash }) => (hash === "" ? [] : [hash]));
}

/** `.git` as any file system may spell it: what is in it belongs to git alone and is never in a snapshot. */
export function isGitName(name: string): boolean {
  if (name.length < 4) return false;
  const mayFold = /[^\u0020-\u007e]/.test(name) || /^(?:\.git|git~1)/i.test(name);
  if (!mayFold) return false;
  const folded = foldNameWidely(textOfBytes(name));
  return folded === ".git" || folded === "git~1";
}

function decodeEntry(line: string): TreeEntry {
  const [, letter = "", mode = "", size = "", what = "", escaped = ""] = LINE.exec(line) ?? [];
  const kind = KINDS.get(letter);
  const name = unescapeName(escaped);
  if (kind === undefined || !isUsableName(name)) throw new MalformedTree("not an entry of a tree");
  const entry = { name, kind, mode: Number.parseInt(mode, 8), size: Number(size) };
  if (kind === "leftOut") {
    if (!REASONS.has(what)) throw new MalformedTree("no reason");
    return { ...entry, hash: "", reason: what as LeftOutReason };
  }
  if (!HASH.test(what)) throw new MalformedTree("not a hash");
  return { ...entry, hash: what };
}

/** A tree may come from an import, so it is believed nothing that a folder of this system could not hold. */
function isUsableName(name: string): boolean {
  if (name === "" || name === "." || name === ".." || /[/\0]/.test(name)) return false;
  if (process.platform === "win32" && /[\\:]/.test(name)) return false;
  return !isGitName(name);
}

function escapeName(name: string): string {
  return /[\n\\]/.test(name) ? name.replaceAll("\\", "\\\\").replaceAll("\n", "\\n") : name;
}

function unescapeName(escaped: string): string {
  if (!escaped.includes("\\")) return escaped;
  return escaped.replaceAll(/\\(.?)/g, (_, character: string) => {
    if (character === "n") return "\n";
    if (character === "\\") return "\\";
    throw new MalformedTree("not an escape");
  });
}

function parseName(json: string): string | undefined {
  try {
    const name: unknown = JSON.parse(json);
    return typeof name === "string" ? name : undefined;
  } catch {
    return undefined;
  }
}

function linesAfter(header: string, content: Buffer): string[] {
  if (!startsWith(content, header)) throw new MalformedTree("another kind of content");
  const text = content.toString("latin1", header.length);
  if (text === "") return [];
  if (!text.endsWith("\n")) throw new MalformedTree("cut off");
  return text.slice(0, -1).split("\n");
}

function startsWith(content: Buffer, header: string): boolean {
  return content.toString("latin1", 0, header.length) === header;
}

function byName(one: TreeEntry, other: TreeEntry): number {
  if (one.name === other.name) return 0;
  return one.name < other.name ? -1 : 1;
}
