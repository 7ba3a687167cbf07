/** The store's worker as it is shipped, with points at which a test can end its process. */
import { parentPort, workerData } from "node:worker_threads";
import type { StoreWorkerData } from "../../src/core/store/sqlite/storeProtocol.ts";
import { hookDatabase } from "../support/durability/databaseHooks.ts";
import { Probe } from "../support/durability/probe.ts";

if (parentPort) {
  const probe = Probe.fromEnvironment();
  hookDatabase(probe, parentPort);
  const { busy } = probe.options;
  if (busy) Object.assign(workerData as StoreWorkerData, { busy });
  await import("../../src/core/store/sqlite/storeWorker.ts");
}
