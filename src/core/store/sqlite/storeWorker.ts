/**
 * The worker thread behind the store: owns the only connection of its process to `store.db`, because the
 * database is synchronous and a wait for a lock must never stop the thread that talks to people.
 */
import { parentPort, receiveMessageOnPort, workerData, type MessagePort } from "node:worker_threads";
import { toStoreError } from "./storeErrors.ts";
import { openDatabase } from "./openDatabase.ts";
import type { StoreMessage, StoreRequest, StoreWorkerData } from "./storeProtocol.ts";
import { StoreServer } from "./storeServer.ts";
import { Transactions } from "./transactions.ts";

async function serve(port: MessagePort, data: StoreWorkerData): Promise<void> {
  const say = (message: StoreMessage): void => port.postMessage(message);
  let server: StoreServer;
  try {
    const opened = await openDatabase(data);
    server = new StoreServer(new Transactions(opened, data.busy), data.here, say);
    const { journal, migrated } = opened;
    say({ type: "opened", journal, ...(migrated ? { migrated } : {}) });
  } catch (error) {
    say({ type: "refused", error: toStoreError(error) });
    port.close();
    return;
  }
  port.on("message", (first: StoreRequest) => {
    // Everything that waits is taken at once, so that appends can share a commit.
    const requests = [first];
    for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port)) {
      requests.push(next.message as StoreRequest);
    }
    server.handle(requests);
    if (server.isClosed) port.close();
  });
}

if (parentPort) void serve(parentPort, workerData as StoreWorkerData);
