/** The folders as the session found them, where it had changed them before they could be stored. */
import { firstStates, type RunPast } from "./runPast.ts";
import type { EntryState } from "./snapshotWork.ts";
import { parentsOf } from "./treePaths.ts";
import type { WorkspaceSnapshots } from "./workspaceSnapshots.ts";

/** What is to be put back into the manifest; null where there was nothing. */
export async function foundStates(
  past: RunPast,
  manifest: string,
  snapshots: WorkspaceSnapshots,
): Promise<Map<string, EntryState | null>> {
  const states = firstStates(past);
  // A file that a killed call was about to make may have left its folders behind, which nobody else made.
  const made = [...states].flatMap(([path, state]) => (state === null ? parentsOf(path) : []));
  if (made.length === 0) return states;
  const entries = await snapshots.list(manifest);
  for (const folder of made) if (entries.get(folder)?.kind === "directory") states.set(folder, null);
  return states;
}
