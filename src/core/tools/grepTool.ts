/**
 * `grep`: the SDK's search (ripgrep where there is one, else a walk of its own), over one place or all folders,
 * with workspace paths, without what rules and the home keep from it, and with a word when it was cut.
 */
import { constants } from "node:fs";
import { access, readdir, stat } from "node:fs/promises";
import { delimiter, isAbsolute, join, sep } from "node:path";
import { z } from "zod";
import type { GuardedPath, PathGuard } from "../policy/pathGuard.ts";
import type { WorkspaceFolder } from "../ports.ts";
import { runSdkTool } from "./sdkToolset.ts";
import { searchedPaths, shownName, type MayShow } from "./searchScope.ts";
import { ToolFailure, type AgentTool, type ToolCallContext, type ToolIntent, type ToolOutcome } from "./tool.ts";

/** Characters the model is given at most; the limit the SDK has for one search. */
const MAXIMUM_OUTPUT = 100 * 1024;
/** Files and folders the SDK's own walk looks at before it ends without a word. */
const WALK_LIMIT = 50_000;
const PRUNED = new Set([".git", "node_modules"]);
/** How the SDK says that it stopped early. */
const CUT_NOTE = /^\[(?:output truncated at|the search was cut short after) .*\]$/;

const inputSchema = z.strictObject({
  pattern: z.string().min(1).describe("Regular expression, matched against each line."),
  path: z
    .string()
    .min(1)
    .optional()
    .describe("Workspace path of the file or folder to search. Default: the whole workspace."),
});

type GrepInput = z.infer<typeof inputSchema>;

export interface GrepToolOptions {
  readonly guard: PathGuard;
  readonly mayShow: MayShow;
  /** Where ripgrep is looked for, to know which limits the search has: the PATH of this process. */
  readonly searchPath: string;
  /** For tests: the number of files and folders after which the SDK's own walk ends. */
  readonly walkLimit?: number;
}

interface Found {
  readonly lines: readonly string[];
  readonly notes: readonly string[];
}

export class GrepTool implements AgentTool<GrepInput> {
  readonly name = "grep";
  readonly description =
    "Searches the text files of the workspace for a regular expression. Answers with `path:line:text` for each line. .git and node_modules are left out, and where ripgrep is installed also hidden files and what git ignores.";
  readonly inputSchema = inputSchema;
  readonly #guard: PathGuard;
  readonly #mayShow: MayShow;
  readonly #searchPath: string;
  readonly #walkLimit: number;

  constructor({ guard, mayShow, searchPath, walkLimit = WALK_LIMIT }: GrepToolOptions) {
    this.#guard = guard;
    this.#mayShow = mayShow;
    this.#searchPath = searchPath;
    this.#walkLimit = walkLimit;
  }

  intent({ pattern, path }: GrepInput, folders: readonly WorkspaceFolder[]): ToolIntent {
    return {
      access: "read",
      paths: searchedPaths(path, folders),
      subject: path === undefined ? pattern : `${pattern} in ${path}`,
    };
  }

  async run({ pattern }: GrepInput, context: ToolCallContext): Promise<ToolOutcome> {
    const lines: string[] = [];
    const notes = new Set<string>();
    let length = 0;
    for (const root of context.paths) {
      for (const found of await this.#searchRoot(pattern, root, context.signal)) {
        for (const note of found.notes) notes.add(note);
        for (const line of found.lines) {
          length += line.length + 1;
          if (length <= MAXIMUM_OUTPUT) lines.push(line);
          else notes.add(`[output truncated at ${MAXIMUM_OUTPUT} characters; narrow the pattern or give a path]`);
        }
      }
    }
    if (lines.length === 0 && notes.size === 0) return { content: "no matches" };
    return { content: [...lines, ...notes].join("\n") };
  }

  async #searchRoot(pattern: string, root: GuardedPath, signal: AbortSignal): Promise<Found[]> {
    await this.#guard.recheck(root);
    const found = await stat(root.absolute).catch(() => undefined);
    if (found === undefined) throw new ToolFailure(`grep: ${root.workspacePath}: no such file or folder`);
    if (!found.isFile() && !found.isDirectory())
      throw new ToolFailure(`grep: ${root.workspacePath} is not a regular file`);
    const home = await this.#guard.homeBelow(root.absolute);
    const places = home === undefined ? [root.absolute] : await placesBeside(root.absolute, home);
    const results: Found[] = [];
    for (const place of places) {
      const output = await runSdkTool("betaGrepTool", root, { pattern, path: place }, signal);
      results.push(this.#read(output, place, root));
    }
    if (await this.#isCutSilently(root, found.isDirectory())) {
      results.push({
        lines: [],
        notes: [
          `[only the first ${this.#walkLimit} files and folders of ${root.workspacePath} were searched; give a path for more]`,
        ],
      });
    }
    return results;
  }

  /** Lines of the SDK's output with workspace paths; the SDK names files by their real path, or one that is searched alone not at all. */
  #read(output: string, place: string, root: GuardedPath): Found {
    if (output === "no matches") return { lines: [], notes: [] };
    const notes: string[] = [];
    const raw = output.replace(/\n$/, "").split("\n");
    while (CUT_NOTE.test(raw.at(-1) ?? ""))
      notes.unshift((raw.pop() ?? "").replace(/\]$/, "; narrow the pattern or give a path]"));
    // What was cut in the middle of a line could be a part of a secret, which nobody would recognise any more.
    if (notes.length > 0) raw.pop();
    const lines = raw.flatMap((line) => this.#line(line, place, root));
    return { lines, notes };
  }

  #line(line: string, place: string, root: GuardedPath): string[] {
    const named = line.startsWith(`${place}:`) || line.startsWith(place.endsWith(sep) ? place : place + sep);
    const below = (named ? line : `${place}:${line}`).slice(root.absolute.replace(/[\\/]$/, "").length);
    const match = /^(.*?):(\d+):(.*)$/s.exec(below);
    if (match === null) return [];
    const names = (match[1] ?? "").split(sep).filter((name) => name !== "");
    const path = [...(root.workspacePath === "." ? [] : [root.workspacePath]), ...names].join("/");
    return this.#mayShow(this.name, path) ? [`${shownName(path)}:${match[2]}:${match[3]}`] : [];
  }

  /** The SDK's own walk ends after a number of entries without saying so; ripgrep has no such limit. */
  async #isCutSilently(root: GuardedPath, isFolder: boolean): Promise<boolean> {
    if (!isFolder || (await hasRipgrep(this.#searchPath))) return false;
    return hasMoreEntries(root.absolute, this.#walkLimit);
  }
}

/** Everything in `folder` except what is or leads to `home`, as few places as possible. */
async function placesBeside(folder: string, home: string): Promise<string[]> {
  const places: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (path === home || PRUNED.has(entry.name)) continue;
    if (home.startsWith(path + sep)) places.push(...(await placesBeside(path, home)));
    else if (entry.isDirectory() || entry.isFile()) places.push(path);
  }
  return places;
}

async function hasRipgrep(searchPath: string): Promise<boolean> {
  const folders = searchPath.split(delimiter).filter((folder) => isAbsolute(folder));
  const found = await Promise.all(
    folders.map((folder) =>
      access(join(folder, "rg"), constants.X_OK).then(
        () => true,
        () => false,
      ),
    ),
  );
  return found.includes(true);
}

async function hasMoreEntries(root: string, limit: number): Promise<boolean> {
  const folders = [root];
  let count = 0;
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
      if (PRUNED.has(entry.name)) continue;
      if (++count > limit) return true;
      if (entry.isDirectory()) folders.push(join(folder, entry.name));
    }
  }
  return false;
}
