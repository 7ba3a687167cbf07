/** Ids of sessions: which are allowed, and which known one somebody probably meant. */
import { OrchestratorError } from "../errors.ts";
import { identifierSchema } from "../events/eventParts.ts";
import { nearestNames } from "../nearestName.ts";

/** Most ids named in an error. */
const MOST_NEAREST = 3;

/** From so many typed characters on, an id that begins with them is meant. */
const SHORTEST_BEGINNING = 4;

/** Throws `session.invalidId` unless the id matches `[A-Za-z0-9_-]{1,64}`. */
export function checkSessionId(id: string): void {
  if (!identifierSchema.safeParse(id).success) throw new OrchestratorError("session.invalidId", { id });
}

/** Up to three known ids close to `id`: those it is the beginning of, then those a few typing errors away. */
export function nearestSessionIds(id: string, known: readonly string[]): string[] {
  const begun = id.length >= SHORTEST_BEGINNING ? known.filter((candidate) => candidate.startsWith(id)) : [];
  return [...new Set([...begun, ...nearestNames(id, known)])].slice(0, MOST_NEAREST);
}
