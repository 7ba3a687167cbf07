/** Where searches look, and how they name what they find. */
import type { WorkspaceFolder } from "../ports.ts";

/** False for a path a rule keeps from a search tool. */
export type MayShow = (tool: string, workspacePath: string) => boolean;

/** Workspace paths of a search: the one that is named, else every folder. */
export function searchedPaths(path: string | undefined, folders: readonly WorkspaceFolder[]): string[] {
  if (path !== undefined) return [path];
  return folders.length > 1 ? folders.map((folder) => folder.name) : ["."];
}

/** A name on one line: one that holds control characters is written as JSON, so that it cannot pass for two. */
export function shownName(name: string): string {
  return /[\p{Cc}\u2028\u2029]/u.test(name) ? JSON.stringify(name) : name;
}
