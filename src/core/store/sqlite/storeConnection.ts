/**
 * The main side of the store's worker: requests with their answers, and the certainty that every request
 * is answered, also when the worker dies.
 */
import { Worker } from "node:worker_threads";
import { OrchestratorError, messageOf } from "../../errors.ts";
import { fromStoreError } from "./storeErrors.ts";
import type {
  StoreArgument,
  StoreCallName,
  StoreMessage,
  StoreReply,
  StoreResult,
  StoreWorkerData,
} from "./storeProtocol.ts";

type Opened = Extract<StoreMessage, { type: "opened" }>;

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

export class StoreConnection {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  readonly #opened = Promise.withResolvers<Opened>();
  readonly #exited = Promise.withResolvers<void>();
  #changeListener: (() => void) | undefined;
  #nextId = 1;
  #closing = false;
  #failure: OrchestratorError | undefined;

  private constructor(workerUrl: URL, data: StoreWorkerData) {
    // The host's own flags, such as a debugger or a loader, are none of the worker's.
    this.#worker = new Worker(workerUrl, { workerData: data, execArgv: [], name: "session store" });
    this.#worker.on("message", (message: StoreMessage) => this.#receive(message));
    this.#worker.on("error", (error) => this.#fail(error));
    this.#worker.on("messageerror", (error) => this.#fail(error));
    this.#worker.on("exit", () => {
      this.#fail(new Error("the store's worker has ended"));
      this.#exited.resolve();
    });
  }

  /** Starts the worker and waits until it has opened the database. Rejects with what kept it from that. */
  static async open(workerUrl: URL, data: StoreWorkerData): Promise<{ connection: StoreConnection; opened: Opened }> {
    const connection = new StoreConnection(workerUrl, data);
    const opened = await connection.#opened.promise;
    connection.#keepAliveWhileNeeded();
    return { connection, opened };
  }

  request<Name extends StoreCallName>(
    name: Name,
    argument: StoreArgument<Name>,
    now: number,
    transfer: readonly ArrayBuffer[] = [],
  ): Promise<StoreResult<Name>> {
    if (this.#failure) return Promise.reject(this.#failure);
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve: resolve as (result: unknown) => void, reject });
      this.#keepAliveWhileNeeded();
      this.#worker.postMessage({ id, name, argument, now }, transfer);
    });
  }

  /** Calls `listener` when another connection changed the database; undefined stops looking. */
  onChange(listener: (() => void) | undefined, now: number): void {
    this.#changeListener = listener;
    this.request("watch", listener !== undefined, now).catch(() => {
      // The worker is gone: whoever waits for a change also makes calls, which tell.
    });
    this.#keepAliveWhileNeeded();
  }

  /** Answers what is under way, then ends the worker. Requests made later are rejected. */
  async close(now: number): Promise<void> {
    if (this.#failure) return this.#exited.promise;
    this.#closing = true;
    const closing = this.request("close", null, now);
    this.#failure = new OrchestratorError("store.failed", { detail: "the store is closed" });
    await closing;
    await this.#exited.promise;
  }

  #receive(message: StoreMessage): void {
    switch (message.type) {
      case "opened":
        this.#opened.resolve(message);
        break;
      case "refused":
        this.#opened.reject(fromStoreError(message.error));
        break;
      case "replies":
        for (const reply of message.replies) this.#settle(reply);
        this.#keepAliveWhileNeeded();
        break;
      case "changed":
        this.#changeListener?.();
        break;
    }
  }

  #settle(reply: StoreReply): void {
    const pending = this.#pending.get(reply.id);
    this.#pending.delete(reply.id);
    if (reply.error) pending?.reject(fromStoreError(reply.error));
    else pending?.resolve(reply.result);
  }

  #fail(error: unknown): void {
    this.#failure ??= new OrchestratorError("store.failed", { detail: messageOf(error) }, { cause: error });
    this.#opened.reject(this.#failure);
    for (const { reject } of this.#pending.values()) reject(this.#failure);
    this.#pending.clear();
    // A worker that sent something unreadable would live on with nobody to answer.
    void this.#worker.terminate();
  }

  /** An idle store does not keep its process alive; an unanswered request, a listener or a closing does. */
  #keepAliveWhileNeeded(): void {
    if (this.#pending.size > 0 || this.#changeListener || this.#closing) this.#worker.ref();
    else this.#worker.unref();
  }
}
