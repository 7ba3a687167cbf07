/**
 * The worker thread behind the objects: owns the only connection of its process to `objects.db`, and reads and
 * writes the files of snapshots, because synchronous calls are faster by far for many small files.
 */
import { parentPort, workerData, type MessagePort } from "node:worker_threads";
import { OBJECTS_FILE } from "./objectMigrations.ts";
import type { ObjectsRequest, ObjectsWorkerData } from "./objectsProtocol.ts";
import { ObjectsServer } from "./objectsServer.ts";
import { openDatabase } from "./openDatabase.ts";
import { toStoreError } from "./storeErrors.ts";
import type { StoreMessage } from "./storeProtocol.ts";
import { Transactions } from "./transactions.ts";

async function serve(port: MessagePort, data: ObjectsWorkerData): Promise<void> {
  const say = (message: StoreMessage, transfer: readonly ArrayBuffer[] = []): void =>
    port.postMessage(message, transfer);
  let server: ObjectsServer;
  try {
    const opened = await openDatabase({ ...data, file: OBJECTS_FILE });
    if (data.maximumPages !== undefined) opened.database.exec(`PRAGMA max_page_count = ${data.maximumPages}`);
    server = new ObjectsServer({
      transactions: new Transactions(opened, data.busy),
      here: data.here,
      say,
      onClosed: () => port.close(),
      ...(data.racyMilliseconds === undefined ? {} : { racyMilliseconds: data.racyMilliseconds }),
    });
    const { journal, migrated } = opened;
    say({ type: "opened", journal, ...(migrated ? { migrated } : {}) });
  } catch (error) {
    say({ type: "refused", error: toStoreError(error) });
    port.close();
    return;
  }
  port.on("message", (request: ObjectsRequest) => server.handle(request));
}

if (parentPort) void serve(parentPort, workerData as ObjectsWorkerData);
