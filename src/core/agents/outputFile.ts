/** The file a step promised: written from the agent's final text when the agent did not write it itself. */
import { posix } from "node:path";

/** The first name not taken: `report.md`, `report-2.md`, … */
export async function freeName(path: string, exists: (path: string) => Promise<boolean>): Promise<string> {
  const { dir, name, ext } = posix.parse(path);
  for (let number = 1; ; number++) {
    const candidate = number === 1 ? path : posix.join(dir, `${name}-${number}${ext}`);
    if (!(await exists(candidate))) return candidate;
  }
}

/** One spelling for a workspace path, so that `./a.md` and `a.md` are one file. */
export function normalizeWorkspacePath(path: string): string {
  return posix.normalize(path.replaceAll("\\", "/")).replace(/^\.\//, "");
}
