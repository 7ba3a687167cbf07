/**
 * The main side of a store's worker: requests with their answers, and the certainty that every request
 * is answered, also when the worker dies.
 */
import { Worker } from "node:worker_threads";
import { OrchestratorError, messageOf } from "../../errors.ts";
import { fromStoreError } from "./storeErrors.ts";
import type { CallTable, StoreMessage, StoreNotice, StoreReply } from "./storeProtocol.ts";

type Opened = Extract<StoreMessage, { type: "opened" }>;

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly onNote: ((note: unknown) => void) | undefined;
}

/** A worker to start: its script, what it gets, and its name for people who look at threads. */
export interface StoreWorker {
  readonly url: URL;
  readonly data: unknown;
  readonly name: string;
}

export interface RequestOptions {
  readonly transfer?: readonly ArrayBuffer[];
  /** Asks the worker to stop; the request is rejected with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Hears how far the worker is. */
  readonly onNote?: (note: unknown) => void;
}

export class StoreConnection<Calls extends CallTable<Calls>> {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  readonly #opened = Promise.withResolvers<Opened>();
  readonly #exited = Promise.withResolvers<void>();
  #changeListener: (() => void) | undefined;
  #noticeListener: ((notice: StoreNotice) => void) | undefined;
  /** What came before anybody listened. */
  readonly #notices: StoreNotice[] = [];
  #nextId = 1;
  #closing = false;
  #failure: OrchestratorError | undefined;

  private constructor({ url, data, name }: StoreWorker) {
    // The host's own flags, such as a debugger or a loader, are none of the worker's.
    this.#worker = new Worker(url, { workerData: data, execArgv: [], name });
    this.#worker.on("message", (message: StoreMessage) => this.#receive(message));
    this.#worker.on("error", (error) => this.#fail(error));
    this.#worker.on("messageerror", (error) => this.#fail(error));
    this.#worker.on("exit", () => {
      this.#fail(new Error("the store's worker has ended"));
      this.#exited.resolve();
    });
  }

  /** Starts the worker and waits until it has opened the database. Rejects with what kept it from that. */
  static async open<Calls extends CallTable<Calls>>(
    worker: StoreWorker,
  ): Promise<{ connection: StoreConnection<Calls>; opened: Opened }> {
    const connection = new StoreConnection<Calls>(worker);
    const opened = await connection.#opened.promise;
    connection.#keepAliveWhileNeeded();
    return { connection, opened };
  }

  async request<Name extends keyof Calls & string>(
    name: Name,
    argument: Parameters<Calls[Name]>[0],
    now: number,
    { transfer = [], signal, onNote }: RequestOptions = {},
  ): Promise<Awaited<ReturnType<Calls[Name]>>> {
    if (this.#failure) throw this.#failure;
    signal?.throwIfAborted();
    const id = this.#nextId++;
    const answer = Promise.withResolvers<unknown>();
    this.#pending.set(id, { ...answer, onNote });
    this.#keepAliveWhileNeeded();
    this.#worker.postMessage({ id, name, argument, now }, transfer);
    const cancel = (): void => this.#worker.postMessage({ cancel: id }, []);
    signal?.addEventListener("abort", cancel);
    try {
      return (await answer.promise) as Awaited<ReturnType<Calls[Name]>>;
    } catch (error) {
      // What the worker says of a request it was asked to stop is not what the caller wants to hear.
      signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener("abort", cancel);
    }
  }

  /** Calls `listener` with what the worker has to say to a person, now and from now on. */
  onNotice(listener: (notice: StoreNotice) => void): void {
    this.#noticeListener = listener;
    for (const notice of this.#notices.splice(0)) listener(notice);
  }

  /** Calls `listener` when the worker tells that another connection changed the database. */
  onChange(listener: (() => void) | undefined): void {
    this.#changeListener = listener;
    this.#keepAliveWhileNeeded();
  }

  /** Answers what is under way, then ends the worker. Requests made later are rejected. */
  async close(): Promise<void> {
    if (this.#failure) return this.#exited.promise;
    this.#closing = true;
    const closing = Promise.withResolvers<unknown>();
    const id = this.#nextId++;
    this.#pending.set(id, { ...closing, onNote: undefined });
    this.#keepAliveWhileNeeded();
    this.#worker.postMessage({ id, name: "close", argument: null }, []);
    this.#failure = new OrchestratorError("store.failed", { detail: "the store is closed" });
    await closing.promise;
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
      case "note":
        this.#pending.get(message.id)?.onNote?.(message.note);
        break;
      case "notice":
        if (this.#noticeListener) this.#noticeListener(message.notice);
        else this.#notices.push(message.notice);
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
