/** Stands in for the store's worker: opens like it, answers nothing and dies when it is asked for a session. */
import { parentPort, type MessagePort } from "node:worker_threads";
import type { StoreMessage, StoreRequest } from "../../../../../src/core/store/sqlite/storeProtocol.ts";

function serve(port: MessagePort): void {
  const opened: StoreMessage = { type: "opened", journal: "wal" };
  port.postMessage(opened);
  port.on("message", (request: StoreRequest) => {
    if (request.name === "getSession") process.exit(1);
    if (request.name === "listVersions") throw new Error("a fault in the worker");
  });
}

if (parentPort) serve(parentPort);
