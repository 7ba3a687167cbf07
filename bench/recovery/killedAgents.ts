/**
 * The model's side of a session that is killed: it answers everything up to the request in whose middle the kill comes,
 * and tells when the next one arrives.
 */
import { createGate } from "../../test/support/gate.ts";
import { startModelServer, type ModelServer } from "../../test/support/modelServer.ts";
import type { RecordedRequest } from "../../test/support/modelServerRequests.ts";
import { say, stall } from "../../test/support/modelServerReplies.ts";
import type { Script } from "../../test/support/modelServerScripts.ts";

/** Events of the answer that are out before it stops for good. */
const EVENTS_BEFORE_KILL = 6;

export interface KilledModel extends AsyncDisposable {
  readonly server: ModelServer;
  /** Resolves in the middle of the answer that is to be cut off. */
  readonly inTheMiddle: Promise<void>;
  /** Requests that were answered to their end. */
  answered(): readonly RecordedRequest[];
  /** Resolves with the first request that comes after now. */
  nextRequest(): Promise<RecordedRequest>;
}

/** `isLast`: the request in whose middle the kill comes. */
export async function startKilledModel(
  script: Script,
  isLast: (request: RecordedRequest) => boolean,
): Promise<KilledModel> {
  const gate = createGate();
  const server = await startModelServer({
    script: (request) =>
      isLast(request)
        ? stall(EVENTS_BEFORE_KILL, gate, say("This is said word by word, and nobody will ever hear its end."))
        : script(request),
  });
  return {
    server,
    inTheMiddle: gate.reached(),
    answered: () => server.turns.filter(({ outcome }) => outcome === "answered"),
    nextRequest: () => {
      const seen = server.turns.length;
      return server.waitForRequest((request) => server.turns.indexOf(request) >= seen);
    },
    [Symbol.asyncDispose]: async () => {
      gate.open();
      await server.close();
    },
  };
}
