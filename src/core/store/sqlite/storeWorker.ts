/**
 * The worker thread behind the store: owns the only connection of its process to `store.db`, because the
 * database is synchronous and a wait for a lock must never stop the thread that talks to people.
 */
import { parentPort, receiveMessageOnPort, workerData, type MessagePort } from "node:worker_threads";
import { messageOf } from "../../errors.ts";
import type { Message } from "../../messages.ts";
import { toStoreError } from "./storeErrors.ts";
import { backUpDaily } from "./dailyBackup.ts";
import { openStore } from "./openStore.ts";
import { storeFilesIn, watchForReplacement } from "./storeFiles.ts";
import type { OpenedDatabase } from "./openDatabase.ts";
import type { SalvageReport } from "./salvage.ts";
import type { StoreMessage, StoreRequest, StoreWorkerData } from "./storeProtocol.ts";
import { StoreServer } from "./storeServer.ts";
import { Transactions } from "./transactions.ts";

async function serve(port: MessagePort, data: StoreWorkerData): Promise<void> {
  const say = (message: StoreMessage): void => port.postMessage(message);
  const closing = new AbortController();
  let server: StoreServer;
  let journal: OpenedDatabase["journal"];
  try {
    const opened = await openStore(data);
    const transactions = new Transactions(opened, data.busy, watchForReplacement(opened.path));
    server = new StoreServer({ home: data.home, transactions, here: data.here, say });
    journal = opened.journal;
    const { migrated, salvaged } = opened;
    say({
      type: "opened",
      journal,
      ...(migrated ? { migrated } : {}),
      ...(salvaged ? { salvaged: noticeOf(salvaged) } : {}),
    });
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
    if (!server.isClosed) return;
    closing.abort();
    port.close();
  });
  try {
    const outcome = await backUpDaily({ home: data.home, now: data.now, journal, signal: closing.signal });
    if (outcome === "damaged")
      say({ type: "notice", notice: { code: "store.damaged", params: { path: storeFilesIn(data.home).store } } });
  } catch (error) {
    say({ type: "notice", notice: { code: "store.backupFailed", params: { detail: messageOf(error) } } });
  }
}

function noticeOf({ aside, sessions, events, incomplete }: SalvageReport): Message<"store.salvaged"> {
  return { code: "store.salvaged", params: { path: aside, sessions, events, incomplete: incomplete.join(", ") } };
}

if (parentPort) void serve(parentPort, workerData as StoreWorkerData);
