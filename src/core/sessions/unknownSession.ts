/** The error for an id nobody knows, with the ids somebody probably meant. */
import { OrchestratorError } from "../errors.ts";
import type { SessionStore } from "../store/sessionStore.ts";
import { nearestSessionIds } from "./sessionId.ts";

/** Only the newest sessions are worth a suggestion. */
const CANDIDATES = 1_000;

export async function unknownSession(
  store: Pick<SessionStore, "listSessions">,
  id: string,
): Promise<OrchestratorError> {
  const known = await store.listSessions({ limit: CANDIDATES });
  const nearest = nearestSessionIds(
    id,
    known.map((session) => session.sessionId),
  );
  return new OrchestratorError("session.unknown", { id, nearest: nearest.join(", ") });
}
