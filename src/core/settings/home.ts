/** Where everything of the product lives on this machine, and that it is never inside a workspace. */
import { mkdir, realpath } from "node:fs/promises";
import path from "node:path";
import { OrchestratorError, messageOf } from "../errors.ts";

/** Absolute path of the home: `AI_ORCHESTRATOR_HOME` (relative to `base`), else `~/.ai-orchestrator`. */
export function resolveHome(options: { environment: NodeJS.ProcessEnv; userHome: string; base: string }): string {
  const chosen = options.environment["AI_ORCHESTRATOR_HOME"];
  if (chosen !== undefined && chosen !== "") return path.resolve(options.base, chosen);
  return path.join(options.userHome, ".ai-orchestrator");
}

/** Creates the home for its owner alone (0700) when it is missing. Throws `home.notWritable`. */
export async function createHome(home: string): Promise<void> {
  try {
    await mkdir(home, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new OrchestratorError("home.notWritable", { home, detail: messageOf(error) }, { cause: error });
  }
}

/**
 * Agents may write in a workspace and may never touch the home, so neither may contain the other.
 * Compares real paths and works before the home exists, so that a refused run leaves nothing behind.
 *
 * Throws `home.insideWorkspace` or `workspace.insideHome`.
 */
export async function refuseOverlap(home: string, folders: readonly { readonly path: string }[]): Promise<void> {
  const realHome = await realPathOfExistingPart(home);
  for (const folder of folders) {
    const realFolder = await realPathOfExistingPart(folder.path);
    if (contains(realFolder, realHome)) {
      throw new OrchestratorError("home.insideWorkspace", { home, path: folder.path });
    }
    if (contains(realHome, realFolder)) {
      throw new OrchestratorError("workspace.insideHome", { path: folder.path, home });
    }
  }
}

/** Is `inner` the same folder as `outer` or below it? Both must be real paths. */
export function contains(outer: string, inner: string): boolean {
  const relative = path.relative(outer, inner);
  if (relative === "") return true;
  return !path.isAbsolute(relative) && relative.split(path.sep)[0] !== "..";
}

/** The real path of the deepest ancestor that exists, with the missing rest appended. */
async function realPathOfExistingPart(target: string): Promise<string> {
  try {
    return await realpath(target);
  } catch (error) {
    const parent = path.dirname(target);
    if (parent === target) throw error;
    return path.join(await realPathOfExistingPart(parent), path.basename(target));
  }
}
