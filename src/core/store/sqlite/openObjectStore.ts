/** Opens the store of objects: `objects.db` in the home, behind a worker thread of its own. */
import type { Clock, Logger } from "../../ports.ts";
import { createHome } from "../../settings/home.ts";
import type { SnapshotWork } from "../../snapshots/snapshotWork.ts";
import type { BlobStore } from "../blobStore.ts";
import { describeThisProcess } from "../processIdentity.ts";
import type { BusyLimits } from "./busy.ts";
import type { ObjectsCalls, ObjectsWorkerData } from "./objectsProtocol.ts";
import { SqliteBlobStore } from "./sqliteBlobStore.ts";
import { snapshotWorkOn } from "./snapshotWorkConnection.ts";
import { StoreConnection } from "./storeConnection.ts";

export interface OpenObjectStoreOptions {
  /** `AI_ORCHESTRATOR_HOME`; created with mode 0700 when it is missing. */
  readonly home: string;
  /** The bundled or TypeScript `objectsWorker`. */
  readonly workerUrl: URL;
  /** For people who wonder who collects: `terminal`, `VS Code`, `api`. */
  readonly host: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How long a lock of another process is waited for. Default three times 5 s. */
  readonly busy?: BusyLimits;
  /** For tests: see ObjectsWorkerData. */
  readonly limits?: Pick<ObjectsWorkerData, "maximumPages" | "racyMilliseconds">;
}

export interface ObjectStore {
  readonly blobs: BlobStore;
  /** What WorkspaceSnapshots is made of. */
  readonly snapshots: SnapshotWork;
  /** Waits for what is under way and ends the worker. */
  close(): Promise<void>;
}

/**
 * Opens the store, creating or migrating `objects.db` as needed.
 *
 * Rejects with `home.notWritable`, `node.tooOld`, `store.newer`, `store.busy` or `store.failed`.
 */
export async function openObjectStore(options: OpenObjectStoreOptions): Promise<ObjectStore> {
  const { home, workerUrl, host, clock, logger, busy, limits } = options;
  await createHome(home);
  const owner = await describeThisProcess({ home, host });
  const { machineId, bootId } = owner;
  const data: ObjectsWorkerData = {
    home,
    now: clock.now(),
    here: { machineId, bootId },
    ...limits,
    ...(busy ? { busy } : {}),
  };
  const { connection, opened } = await StoreConnection.open<ObjectsCalls>({ url: workerUrl, data, name: "objects" });
  if (opened.migrated) logger.info("The store of objects was migrated.", opened.migrated);
  let closing: Promise<void> | undefined;
  return {
    blobs: new SqliteBlobStore(connection, clock, owner),
    snapshots: snapshotWorkOn(connection, clock),
    close: () => (closing ??= connection.close()),
  };
}
