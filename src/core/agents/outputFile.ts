/** The file a step promised: written from the agent's final text when the agent did not write it itself. */
import { posix } from "node:path";
import type { Effect } from "../events/event.ts";

/** The first name not taken: `report.md`, `report-2.md`, … */
export async function freeName(path: string, exists: (path: string) => Promise<boolean>): Promise<string> {
  const { dir, name, ext } = posix.parse(path);
  for (let number = 1; ; number++) {
    const candidate = number === 1 ? path : posix.join(dir, `${name}-${number}${ext}`);
    if (!(await exists(candidate))) return candidate;
  }
}

/** A command can make thousands of files; so many of one call are told as what an agent has made. */
const MOST_OUTPUTS_OF_A_CALL = 100;

/** Files that the effects of one call made or changed. */
export function writtenPaths(effects: readonly Effect[]): string[] {
  return effects.flatMap(({ path, change, afterEntry }) =>
    change === "deleted" || afterEntry?.kind === "directory" ? [] : [path],
  );
}

export function outputsOf(effects: readonly Effect[]): string[] {
  return writtenPaths(effects).slice(0, MOST_OUTPUTS_OF_A_CALL);
}

/** One spelling for a workspace path, so that `./a.md` and `a.md` are one file. */
export function normalizeWorkspacePath(path: string): string {
  return posix.normalize(path.replaceAll("\\", "/")).replace(/^\.\//, "");
}
