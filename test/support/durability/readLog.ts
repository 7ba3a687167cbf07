/** Reads a session's log from a store that nobody has open. */
import { isOrchestratorError } from "../../../src/core/errors.ts";
import type { OrchestratorEvent } from "../../../src/core/events/event.ts";
import type { Logger } from "../../../src/core/ports.ts";
import { openSessionStore } from "../../../src/core/store/sqlite/openSessionStore.ts";
import { SystemClock } from "../../../src/core/systemClock.ts";

const WORKER = new URL("../../../src/core/store/sqlite/storeWorker.ts", import.meta.url);
const SILENT: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
/** More than the scenario's session has. */
const MANY_EVENTS = 100_000;

/** Empty when the store does not know the session. */
export async function readLog(home: string, sessionId: string): Promise<OrchestratorEvent[]> {
  const store = await openSessionStore({ home, workerUrl: WORKER, clock: new SystemClock(), logger: SILENT });
  try {
    return await store.readEvents(sessionId, 0, MANY_EVENTS);
  } catch (error) {
    if (isOrchestratorError(error) && error.code === "session.unknown") return [];
    throw error;
  } finally {
    await store.close();
  }
}
