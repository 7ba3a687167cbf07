/** A session of two agents that one after the other change a folder, and what a plan to restore it says. */
import type { SessionRestorePlan } from "../../../../src/core/sessions/restorePlan.ts";
import type { RestoreHost } from "./restoreHost.ts";
import { planned } from "./sessionEvents.ts";

export const WRITER = { agentId: "writer_1", stepId: "write" };
export const CODER = { agentId: "coder_1", stepId: "code" };

export function told({ changes, conflicts }: SessionRestorePlan): unknown {
  return {
    changes: changes.map(({ path, change }) => [path, change]),
    conflicts: conflicts.map(({ path, reason }) => [path, reason]),
  };
}

/** A session `mine` that began with one file and whose two agents then changed the folder. */
export async function sessionOfTwo(bench: RestoreHost): Promise<void> {
  await bench.folder.write({ "README.md": "# Sample\n", "notes.txt": "mine\n" });
  const session = await bench.begin("mine");
  await session.emit(planned("write", "code"));
  await session.write(WRITER, { "README.md": "# Better\n", "docs/guide.md": "guide\n" });
  await session.version();
  await session.write(CODER, { "src/a.ts": "a\n", "README.md": "# Best\n" });
  await session.version();
  await session.end();
}
