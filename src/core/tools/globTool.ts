/**
 * `glob`: files by a pattern, newest first, and with `summary` exact totals over all of them.
 *
 * Input and matching are those of the SDK's glob tool (both are Node's `fs.glob`). The walk is our own, because
 * the SDK's shows 200 files without saying how many there are, and looks at every file twice.
 */
import { lstatSync } from "node:fs";
import { glob, realpath, stat } from "node:fs/promises";
import { extname, isAbsolute, join, relative, sep } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { z } from "zod";
import type { GuardedPath, PathGuard } from "../policy/pathGuard.ts";
import type { WorkspaceFolder } from "../ports.ts";
import { searchedPaths, shownName, type MayShow } from "./searchScope.ts";
import { ToolFailure, type AgentTool, type ToolCallContext, type ToolIntent, type ToolOutcome } from "./tool.ts";

/** Files listed at most; the SDK's own limit. */
const MAXIMUM_LISTED = 200;
/** Matches looked at at most: a pattern can expand to more than there are files. */
const MAXIMUM_MATCHES = 500_000;
const LARGEST = 10;
/** How long file system calls may keep the event loop before others get their turn. */
const SLICE_MILLISECONDS = 4;
/** Folders never walked, as in the SDK's tools. */
const PRUNED = new Set([".git", "node_modules"]);

const inputSchema = z.strictObject({
  pattern: z
    .string()
    .min(1)
    .describe("Such as `**/*.ts`. Names that begin with a dot match only where the pattern names the dot."),
  path: z
    .string()
    .min(1)
    .optional()
    .describe("Workspace path of the folder to search in. Default: the whole workspace."),
  summary: z
    .boolean()
    .optional()
    .describe("Add exact totals over all matches: files, bytes, both per file extension, and the largest files."),
});

type GlobInput = z.infer<typeof inputSchema>;

interface FoundFile {
  readonly workspacePath: string;
  readonly bytes: number;
  readonly modified: number;
}

export class GlobTool implements AgentTool<GlobInput> {
  readonly name = "glob";
  readonly description =
    `Finds files of the workspace by a pattern, newest first, at most ${MAXIMUM_LISTED} of them. .git and node_modules are left out. ` +
    "With summary, lines with exact totals over all matches follow: `files: N`, `bytes: N`, for every extension " +
    "`extension .ts: N files, N bytes` (`(none)` for files without one), and `largest PATH: N bytes` for the ten largest.";
  readonly inputSchema = inputSchema;
  readonly #guard: PathGuard;
  readonly #mayShow: MayShow;

  constructor({ guard, mayShow }: { readonly guard: PathGuard; readonly mayShow: MayShow }) {
    this.#guard = guard;
    this.#mayShow = mayShow;
  }

  intent({ pattern, path }: GlobInput, folders: readonly WorkspaceFolder[]): ToolIntent {
    const named = path === undefined ? folderOfPattern(pattern, folders) : undefined;
    return {
      access: "read",
      paths: searchedPaths(path ?? named, folders),
      subject: path === undefined ? pattern : `${pattern} in ${path}`,
    };
  }

  async run({ pattern, path, summary }: GlobInput, context: ToolCallContext): Promise<ToolOutcome> {
    if (isAbsolute(pattern))
      throw new ToolFailure("glob: an absolute pattern is not permitted; pass a relative one, and path where needed");
    if (pattern.split(/[\\/{},]/).includes("..")) throw new ToolFailure('glob: ".." is not permitted in the pattern');
    const named = path === undefined ? folderOfPattern(pattern, context.folders) : undefined;
    const rest = named === undefined ? pattern : pattern.slice(named.length + 1);
    const files: FoundFile[] = [];
    for (const root of context.paths) {
      await this.#guard.recheck(root);
      files.push(...(await this.#search(root, rest, context.signal)));
    }
    if (files.length === 0) return { content: "no matches" };
    files.sort((left, right) => right.modified - left.modified || (left.workspacePath < right.workspacePath ? -1 : 1));
    return { content: [...listed(files), ...(summary === true ? ["", ...summarised(files)] : [])].join("\n") };
  }

  async #search(root: GuardedPath, pattern: string, signal: AbortSignal): Promise<FoundFile[]> {
    if (!(await isFolder(root))) throw new ToolFailure(`glob: ${root.workspacePath} is not a folder`);
    const home = await this.#guard.homeBelow(root.absolute);
    const realFolders = new Map<string, Promise<string | undefined>>();
    const found = new Set<string>();
    let matches = 0;
    const entries = glob(pattern, {
      cwd: root.absolute,
      withFileTypes: true,
      exclude: (entry) => PRUNED.has(entry.name) || join(entry.parentPath, entry.name) === home,
    });
    for await (const entry of entries) {
      signal.throwIfAborted();
      if (++matches > MAXIMUM_MATCHES)
        throw new ToolFailure(`glob: more than ${MAXIMUM_MATCHES} matches; narrow the pattern`);
      if (!entry.isFile()) continue;
      let folder = realFolders.get(entry.parentPath);
      if (folder === undefined)
        realFolders.set(entry.parentPath, (folder = this.#realFolder(entry.parentPath, root, home)));
      const real = await folder;
      // A file reached through a link as well counts once.
      if (real !== undefined) found.add(join(real, entry.name));
    }
    return this.#lookAt(found, root, signal);
  }

  /** A pattern that names a link is followed through it: what lies outside the search, or in the home, is left out. */
  async #realFolder(folder: string, root: GuardedPath, home: string | undefined): Promise<string | undefined> {
    const real = await realpath(folder).catch(() => undefined);
    if (real === undefined || !isBelow(root.absolute, real)) return undefined;
    return home !== undefined && isBelow(home, real) ? undefined : real;
  }

  async #lookAt(paths: ReadonlySet<string>, root: GuardedPath, signal: AbortSignal): Promise<FoundFile[]> {
    const files: FoundFile[] = [];
    let sliceEnd = performance.now() + SLICE_MILLISECONDS;
    for (const path of paths) {
      const below = relative(root.absolute, path).split(sep).join("/");
      const workspacePath = root.workspacePath === "." ? below : `${root.workspacePath}/${below}`;
      if (!this.#mayShow(this.name, workspacePath)) continue;
      // Synchronous calls are several times faster than asynchronous ones, in slices that block nobody.
      const found = lstatSync(path, { throwIfNoEntry: false });
      if (found?.isFile() === true) files.push({ workspacePath, bytes: found.size, modified: found.mtimeMs });
      if (performance.now() < sliceEnd) continue;
      await nextTurn();
      signal.throwIfAborted();
      sliceEnd = performance.now() + SLICE_MILLISECONDS;
    }
    return files;
  }
}

/** With several folders a pattern may begin with one's name, as the paths in every answer do. */
function folderOfPattern(pattern: string, folders: readonly WorkspaceFolder[]): string | undefined {
  const [first] = pattern.split("/");
  return folders.length > 1 && pattern.includes("/")
    ? folders.find((folder) => folder.name === first)?.name
    : undefined;
}

function listed(files: readonly FoundFile[]): string[] {
  const lines = files.slice(0, MAXIMUM_LISTED).map((file) => shownName(file.workspacePath));
  if (files.length <= MAXIMUM_LISTED) return lines;
  return [
    ...lines,
    `[showing ${MAXIMUM_LISTED} of ${files.length} files, newest first; narrow the pattern or set summary]`,
  ];
}

function summarised(files: readonly FoundFile[]): string[] {
  const extensions = new Map<string, { files: number; bytes: number }>();
  let bytes = 0;
  for (const file of files) {
    const extension = extname(file.workspacePath).toLowerCase() || "(none)";
    const total = extensions.get(extension) ?? { files: 0, bytes: 0 };
    extensions.set(extension, { files: total.files + 1, bytes: total.bytes + file.bytes });
    bytes += file.bytes;
  }
  const byFiles = [...extensions].toSorted(
    ([leftName, left], [rightName, right]) => right.files - left.files || (leftName < rightName ? -1 : 1),
  );
  const bySize = files.toSorted(
    (left, right) => right.bytes - left.bytes || (left.workspacePath < right.workspacePath ? -1 : 1),
  );
  return [
    "summary of all matches:",
    `files: ${files.length}`,
    `bytes: ${bytes}`,
    ...byFiles.map(
      ([extension, total]) => `extension ${shownName(extension)}: ${total.files} files, ${total.bytes} bytes`,
    ),
    ...bySize.slice(0, LARGEST).map((file) => `largest ${shownName(file.workspacePath)}: ${file.bytes} bytes`),
  ];
}

/** Both real paths: whole names are compared. */
function isBelow(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

async function isFolder(path: GuardedPath): Promise<boolean> {
  return (await stat(path.absolute).catch(() => undefined))?.isDirectory() === true;
}
