/** Opens the session store: `store.db` in the home, behind one worker thread. */
import type { Clock, Logger } from "../../ports.ts";
import { createHome } from "../../settings/home.ts";
import { describeThisProcess } from "../processIdentity.ts";
import type { SessionStore } from "../sessionStore.ts";
import type { BusyLimits } from "./busy.ts";
import { SqliteSessionStore } from "./sqliteSessionStore.ts";
import { StoreConnection } from "./storeConnection.ts";
import type { StoreCalls, StoreWorkerData } from "./storeProtocol.ts";

export interface OpenSessionStoreOptions {
  /** `AI_ORCHESTRATOR_HOME`; created with mode 0700 when it is missing. */
  readonly home: string;
  /** The bundled or TypeScript `storeWorker`. */
  readonly workerUrl: URL;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How long a lock of another process is waited for. Default three times 5 s. */
  readonly busy?: BusyLimits;
}

/**
 * Opens the store, creating or migrating `store.db` as needed.
 *
 * Rejects with `home.notWritable`, `node.tooOld`, `store.newer`, `store.busy` or `store.failed`.
 */
export async function openSessionStore(options: OpenSessionStoreOptions): Promise<SessionStore> {
  const { home, workerUrl, clock, logger } = options;
  await createHome(home);
  const { machineId, bootId } = await describeThisProcess({ home, host: "" });
  const data: StoreWorkerData = {
    home,
    now: clock.now(),
    here: { machineId, bootId },
    ...(options.busy ? { busy: options.busy } : {}),
  };
  const { connection, opened } = await StoreConnection.open<StoreCalls>({
    url: workerUrl,
    data,
    name: "session store",
  });
  if (opened.migrated) logger.info("The session store was migrated.", opened.migrated);
  if (opened.journal === "rollback") logger.info("The session store uses a rollback journal.", { home });
  return new SqliteSessionStore(connection, clock);
}
