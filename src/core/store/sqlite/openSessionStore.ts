/** Opens the session store: `store.db` in the home, behind one worker thread. */
import type { Message } from "../../messages.ts";
import type { Clock, Logger } from "../../ports.ts";
import { createHome } from "../../settings/home.ts";
import { describeThisProcess } from "../processIdentity.ts";
import type { SessionStore } from "../sessionStore.ts";
import type { StoreMaintenance } from "../storeMaintenance.ts";
import type { BusyLimits } from "./busy.ts";
import { SqliteSessionStore } from "./sqliteSessionStore.ts";
import { StoreConnection } from "./storeConnection.ts";
import type { StoreCalls, StoreNotice, StoreWorkerData } from "./storeProtocol.ts";

export interface OpenSessionStoreOptions {
  /** `AI_ORCHESTRATOR_HOME`; created with mode 0700 when it is missing. */
  readonly home: string;
  /** The bundled or TypeScript `storeWorker`. */
  readonly workerUrl: URL;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Hears what a person should know: the store was damaged and salvaged, or could not be backed up. */
  readonly onNotice?: (notice: Message) => void;
  /** How long a lock of another process is waited for. Default three times 5 s. */
  readonly busy?: BusyLimits;
}

/** For the log; hosts have words of their own. */
const NOTICES = {
  "store.salvaged": "The session store was damaged. What could be read is in a new one.",
  "store.damaged": "The session store is damaged. It is repaired when it is opened next.",
  "store.backupFailed": "The daily backup of the session store failed.",
} as const satisfies Record<StoreNotice["code"], string>;

/**
 * Opens the store, creating, migrating or salvaging `store.db` as needed.
 *
 * Rejects with `home.notWritable`, `node.tooOld`, `store.newer`, `store.busy` or `store.failed`.
 */
export async function openSessionStore(options: OpenSessionStoreOptions): Promise<SessionStore & StoreMaintenance> {
  const { home, workerUrl, clock, logger, onNotice } = options;
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
  const tell = (notice: StoreNotice): void => {
    onNotice?.(notice);
    logger[onNotice ? "info" : "warn"](NOTICES[notice.code], notice.params);
  };
  if (opened.salvaged) tell(opened.salvaged);
  connection.onNotice(tell);
  if (opened.migrated) logger.info("The session store was migrated.", opened.migrated);
  if (opened.journal === "rollback") logger.info("The session store uses a rollback journal.", { home });
  return new SqliteSessionStore(connection, clock);
}
