/** Other sessions at work in the same folders, in whatever process: what a command seems to change may be theirs. */
import type { WorkspaceFolder } from "../ports.ts";
import { contains } from "../settings/home.ts";
import type { SessionManager } from "../sessions/sessionManager.ts";

/** Sessions looked through, newest first: enough for all that run on one machine. */
const LOOKED_THROUGH = 100;

/**
 * Ids of sessions that have run in any of the folders since `since` (milliseconds since the epoch) and are not
 * `sessionId`.
 */
export async function neighboursOf(
  { sessionId, folders, since }: { sessionId: string; folders: readonly WorkspaceFolder[]; since: number },
  sessions: Pick<SessionManager, "listSessions">,
): Promise<string[]> {
  const rows = await sessions.listSessions({ limit: LOOKED_THROUGH });
  return rows
    .filter((row) => row.sessionId !== sessionId && (row.owner !== null || Date.parse(row.updatedAt) >= since))
    .filter((row) => row.folders.some((theirs) => folders.some((ours) => overlap(ours.path, theirs.path))))
    .map((row) => row.sessionId);
}

function overlap(one: string, other: string): boolean {
  return contains(one, other) || contains(other, one);
}
