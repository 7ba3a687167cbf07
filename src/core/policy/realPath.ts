/** Where a path really leads: every symbolic link followed, the last one too, also when nothing is there yet. */
import { lstat, readlink, realpath, stat } from "node:fs/promises";
import { dirname, isAbsolute, join, parse, sep } from "node:path";
import { foldName } from "./nameFolding.ts";
import { segmentsOf } from "./pathText.ts";

/** Links followed before a path counts as a loop; Linux' own limit. */
const MAXIMUM_LINKS = 40;

export interface RealPath {
  /** Real path of the deepest existing ancestor, or of the path itself. */
  readonly existing: string;
  /** Names below `existing` that do not exist. */
  readonly missing: readonly string[];
}

/** A path that cannot be followed to its end. `reached` is as far as the way went. */
export class UnresolvablePath extends Error {
  readonly reached: string;

  constructor(detail: string, reached: string) {
    super(detail);
    this.name = "UnresolvablePath";
    this.reached = reached;
  }
}

/**
 * Follows `names` from the real folder `start`, one name at a time as the kernel would: `..` after a link is
 * the parent of where the link leads, and a link to nothing is followed to where it would create something.
 *
 * @throws UnresolvablePath on a loop, an unreadable folder or a file used as a folder.
 */
export async function followPath(
  start: string,
  names: readonly string[],
  platform: NodeJS.Platform,
): Promise<RealPath> {
  // Most paths exist, and of those the system tells the same in one call. Not joined, because joining would
  // take `..` for the parent of a link instead of the parent of where it leads.
  const whole = await realpath([start.replace(/[\\/]$/, ""), ...names].join(sep)).catch(() => undefined);
  if (whole !== undefined) return { existing: whole, missing: [] };
  const pending = names.toReversed();
  const missing: string[] = [];
  let current = start;
  let links = 0;
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (name === "" || name === ".") continue;
    if (name === "..") {
      if (missing.length > 0) missing.pop();
      else current = dirname(current);
      continue;
    }
    if (missing.length > 0) {
      missing.push(name);
      continue;
    }
    const next = join(current, name);
    const found = await lookAt(next, current);
    if (found === "nothing") {
      missing.push(name);
    } else if (found === "link") {
      if (++links > MAXIMUM_LINKS) throw new UnresolvablePath("too many symbolic links", current);
      const target = withoutVerbatimPrefix(await readlink(next));
      if (isAbsolute(target)) current = parse(target).root;
      pending.push(...segmentsOf(target.slice(isAbsolute(target) ? current.length : 0), platform).toReversed());
    } else {
      current = next;
    }
  }
  return { existing: await realpath(current), missing };
}

async function lookAt(path: string, reached: string): Promise<"nothing" | "link" | "entry"> {
  try {
    return (await lstat(path)).isSymbolicLink() ? "link" : "entry";
  } catch (error) {
    switch (codeOf(error)) {
      case "ENOENT":
        return "nothing";
      case "ENOTDIR":
        throw new UnresolvablePath("a file is used as a folder", reached);
      case "EACCES":
      case "EPERM":
        throw new UnresolvablePath("permission denied", reached);
      default:
        throw new UnresolvablePath(`it cannot be read (${codeOf(error) ?? "unknown"})`, reached);
    }
  }
}

/** Windows stores targets of links as `\\?\C:\…`. */
function withoutVerbatimPrefix(target: string): string {
  return target.replace(/^\\\\\?\\(?=[a-z]:)/i, "");
}

/** Tells files apart by what they are, not by how they are spelled; undefined where nothing is. */
export type Identify = (path: string) => Promise<string | undefined>;

/** Device and inode; undefined also where a file system has no stable numbers. */
export const identifyOnDisk: Identify = async (path) => {
  try {
    const found = await stat(path, { bigint: true });
    return found.ino === 0n ? undefined : `${found.dev}:${found.ino}`;
  } catch {
    return undefined;
  }
};

/**
 * The names from the real folder `root` down to the real path `target`, or undefined when it is not inside.
 *
 * Whole names are compared, never text: `/a/b` does not contain `/a/bc`. Where the spelling differs only by
 * what a case-insensitive file system ignores, the disk decides whether it is one folder.
 */
export async function namesBelow(
  root: string,
  target: string,
  identify: Identify,
  platform: NodeJS.Platform,
): Promise<string[] | undefined> {
  const rootNames = wholeNames(root, platform);
  const targetNames = wholeNames(target, platform);
  if (targetNames.length < rootNames.length) return undefined;
  const below = targetNames.slice(rootNames.length);
  if (rootNames.every((name, index) => name === targetNames[index])) return below;
  if (!rootNames.every((name, index) => foldName(name) === foldName(targetNames[index] ?? ""))) return undefined;
  const sameDepth = ancestor(target, below.length);
  const [one, other] = await Promise.all([identify(root), identify(sameDepth)]);
  return one !== undefined && one === other ? below : undefined;
}

/** True when `target` is `root` or one of its existing ancestors is the same folder, however both are spelled. */
export async function isSameOrBelow(
  root: string,
  target: string,
  identify: Identify,
  platform: NodeJS.Platform,
): Promise<boolean> {
  if ((await namesBelow(root, target, identify, platform)) !== undefined) return true;
  const identity = await identify(root);
  if (identity === undefined) return foldedBelow(root, target, platform);
  const ancestors = [target];
  for (let path = target; dirname(path) !== path; path = dirname(path)) ancestors.push(dirname(path));
  return (await Promise.all(ancestors.map(identify))).includes(identity);
}

/** What does not exist yet cannot be identified: here a spelling that may be the same counts as the same. */
function foldedBelow(root: string, target: string, platform: NodeJS.Platform): boolean {
  const rootNames = wholeNames(root, platform);
  const targetNames = wholeNames(target, platform);
  return rootNames.every((name, index) => foldName(name) === foldName(targetNames[index] ?? ""));
}

function wholeNames(path: string, platform: NodeJS.Platform): string[] {
  return segmentsOf(path, platform).filter((name) => name !== "");
}

function ancestor(path: string, levels: number): string {
  let result = path;
  for (let level = 0; level < levels; level++) result = dirname(result);
  return result;
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
