/** Where plugins lie: in the plugins folder of every trusted workspace folder. */
import { readdir } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import { OrchestratorError } from "../errors.ts";
import { PathGuard } from "../policy/pathGuard.ts";
import type { WorkspaceFolder, WorkspaceState } from "../ports.ts";
import { looksLikePlugin } from "./pluginSource.ts";

export interface FoundPlugin {
  readonly path: string;
  readonly folder: WorkspaceFolder;
}

export interface FindOptions {
  readonly folders: readonly WorkspaceFolder[];
  /** The setting `plugins.folder`. */
  readonly name: string;
  readonly home: string;
  readonly workspaceState: WorkspaceState;
}

/** The plugins folder of a workspace folder. @throws OrchestratorError `path.outside` when it leads out of that */
export async function pluginsFolder(
  folder: WorkspaceFolder,
  { name, home }: Pick<FindOptions, "name" | "home">,
): Promise<string> {
  if (isAbsolute(name)) throw new OrchestratorError("path.outside", { path: name });
  return (await new PathGuard({ folders: [folder], home }).resolve(name, "read")).absolute;
}

/** In the order of the folders, then of the names. A plugins folder that leads out of its workspace is none. */
export async function findPlugins({ folders, name, home, workspaceState }: FindOptions): Promise<FoundPlugin[]> {
  const found: FoundPlugin[] = [];
  for (const folder of folders) {
    if (!workspaceState.isTrusted(folder)) continue;
    const absolute = await pluginsFolder(folder, { name, home });
    const entries = await readdir(absolute, { withFileTypes: true }).catch(() => []);
    const names = entries
      .filter((entry) => looksLikePlugin(entry.name, entry.isDirectory()))
      .map((entry) => entry.name)
      .toSorted();
    found.push(...names.map((entry) => ({ path: join(absolute, entry), folder })));
  }
  return found;
}
