/** Carries out the calls to the objects in their worker; long ones take turns. */
import { statSync } from "node:fs";
import { hashesIn } from "../../snapshots/tree.ts";
import { FolderSnapshots, type Work } from "../../snapshots/folderSnapshots.ts";
import type { Objects } from "../../snapshots/objectAccess.ts";
import { WorkPace } from "../../snapshots/workPace.ts";
import type { HereAndNow } from "../processIdentity.ts";
import { FolderStatsTable } from "./folderStatsTable.ts";
import { putLong } from "./longBlob.ts";
import { ObjectCollector } from "./objectCollector.ts";
import type { ObjectsCallName, ObjectsCalls, ObjectsRequest } from "./objectsProtocol.ts";
import { ObjectExamination } from "./objectExamination.ts";
import { ObjectTable } from "./objectTable.ts";
import { ObjectUsage } from "./objectUsage.ts";
import { ObjectWriter } from "./objectWriter.ts";
import { toStoreError } from "./storeErrors.ts";
import type { StoreMessage } from "./storeProtocol.ts";
import type { Transactions } from "./transactions.ts";

/** A log that is longer is written back as soon as nobody waits, */
const LOG_BYTES = 4 * 1024 * 1024;
/** and at the latest when it has so many pages. */
const LOG_PAGES = 16_384;
/** What of its file is kept then. */
const KEPT_LOG_BYTES = 16 * 1024 * 1024;
/** Hashes are spread over all of their index. */
const CACHE_KILOBYTES = 16 * 1024;

type Say = (message: StoreMessage, transfer?: readonly ArrayBuffer[]) => void;

interface Task extends Work {
  readonly now: number;
}

type Handlers = {
  readonly [Name in ObjectsCallName]: (
    argument: Parameters<ObjectsCalls[Name]>[0],
    task: Task,
  ) => ReturnType<ObjectsCalls[Name]> | Promise<ReturnType<ObjectsCalls[Name]>>;
};

export interface ObjectsServerOptions {
  readonly transactions: Transactions;
  readonly here: HereAndNow;
  readonly say: Say;
  readonly onClosed: () => void;
  readonly racyMilliseconds?: number;
}

export class ObjectsServer {
  readonly #options: ObjectsServerOptions;
  readonly #objects: ObjectTable;
  readonly #stats: FolderStatsTable;
  readonly #handlers: Handlers;
  readonly #running = new Map<number, { readonly abort: AbortController; readonly done: Promise<void> }>();
  #closed = false;

  constructor(options: ObjectsServerOptions) {
    const { transactions, here, racyMilliseconds } = options;
    this.#options = options;
    transactions.database.exec(`
      PRAGMA wal_autocheckpoint = ${LOG_PAGES};
      PRAGMA journal_size_limit = ${KEPT_LOG_BYTES};
      PRAGMA cache_size = -${CACHE_KILOBYTES};
    `);
    this.#objects = new ObjectTable(transactions);
    this.#stats = new FolderStatsTable(transactions);
    const collector = new ObjectCollector({ objects: this.#objects, here, namedBy: hashesIn });
    const usage = new ObjectUsage(this.#objects, hashesIn);
    const examination = new ObjectExamination(this.#objects, hashesIn);
    const snapshots = new FolderSnapshots(racyMilliseconds);
    this.#handlers = {
      put: (request, task) => this.#put(request, task),
      // Copies: what is read lies in the memory of its pack.
      get: (hashes) => hashes.map((hash) => Uint8Array.from(this.#objects.read(hash))),
      has: (hashes) => hashes.map((hash) => this.#objects.has(hash)),
      beginCollection: (owner, { now }) => collector.begin(owner, now),
      keep: ({ token, hashes }, { now }) => collector.keep(token, hashes, now),
      sweep: (token, { now, pace }) => collector.sweep(token, now, () => pace.pause()),
      endCollection: (token) => collector.end(token),
      examine: (hashes, { pace }) => examination.of(hashes, () => pace.pause()),
      usage: (groups, { pace }) => usage.of(groups, () => pace.pause()),
      totals: () => usage.totals(),
      capture: (request, task) => snapshots.capture(request, task),
      preserve: (request, task) => snapshots.preserve(request, task),
      amend: (request, task) => snapshots.amend(request, task),
      compare: (request, task) => snapshots.compare(request, task),
      find: (request, task) => snapshots.find(request, task),
      list: (request, task) => snapshots.list(request, task),
      planRestore: (request, task) => snapshots.planRestore(request, task),
      applyRestore: (request, task) => snapshots.applyRestore(request, task),
      joinFolders: (request, task) => snapshots.joinFolders(request, task),
      splitFolders: (request, task) => snapshots.splitFolders(request, task),
      merge: (request, task) => snapshots.merge(request, task),
    };
  }

  handle(request: ObjectsRequest): void {
    if (request.name === undefined) this.#running.get(request.cancel)?.abort.abort();
    else if (request.name === "close") void this.#close(request.id);
    else {
      const abort = new AbortController();
      const done = this.#run(request, abort.signal);
      this.#running.set(request.id, { abort, done });
      void done.then(() => this.#rest(request.id));
    }
  }

  /** Between two pieces of work, when nobody waits, the log is written back; it would make a commit slow. */
  #rest(finished: number): void {
    this.#running.delete(finished);
    if (this.#running.size > 0 || this.#closed || this.#logBytes() < LOG_BYTES) return;
    setImmediate(() => {
      if (this.#running.size === 0 && !this.#closed) this.#writeBack();
    });
  }

  #logBytes(): number {
    return statSync(`${this.#options.transactions.path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  }

  #writeBack(): void {
    try {
      // Others may be reading, so it is written back as far as it can be without waiting for them.
      this.#options.transactions.database.exec("PRAGMA wal_checkpoint(PASSIVE)");
    } catch {
      // What stays in the log is as durable as what was written back.
    }
  }

  async #run(request: Extract<ObjectsRequest, { argument: unknown }>, signal: AbortSignal): Promise<void> {
    const { id, name, argument, now } = request;
    const { say } = this.#options;
    const pace = new WorkPace(signal, (note) => say({ type: "note", id, note }));
    try {
      const handler = this.#handlers[name] as (argument: unknown, task: Task) => unknown;
      const result = await handler(argument, { objects: this.#objectsAt(now), pace, now });
      say({ type: "replies", replies: [{ id, result }] }, name === "get" ? buffersOf(result) : []);
    } catch (error) {
      say({ type: "replies", replies: [{ id, error: toStoreError(error) }] });
    }
  }

  async #put({ contents, kind }: Parameters<ObjectsCalls["put"]>[0], { now, pace }: Task): Promise<string[]> {
    const writer = new ObjectWriter(this.#objects, { now, refresh: true });
    for (;;) {
      const hashes: string[] = [];
      for (const content of contents) {
        hashes.push(writer.add(content, kind));
        if (writer.isBehind) await writer.settle();
        if (pace.isDue) await pace.pause();
      }
      const vanished = await writer.finish();
      if (vanished.length === 0) return hashes;
    }
  }

  /** The objects as a piece of work sees them that began at `now`. */
  #objectsAt(now: number): Objects {
    return {
      reader: this.#objects,
      sink: ({ refresh }) => new ObjectWriter(this.#objects, { now, refresh }),
      putLong: (content) => putLong(this.#objects, content, now),
      refreshTree: (hash) => this.#objects.refresh(hash, "tree", now),
      stats: this.#stats.at(now),
    };
  }

  async #close(id: number): Promise<void> {
    await Promise.all([...this.#running.values()].map(({ done }) => done));
    this.#closed = true;
    this.#writeBack();
    this.#options.transactions.database.close();
    this.#options.say({ type: "replies", replies: [{ id }] });
    this.#options.onClosed();
  }
}

function buffersOf(result: unknown): ArrayBuffer[] {
  return (result as Uint8Array<ArrayBuffer>[]).map(({ buffer }) => buffer);
}
