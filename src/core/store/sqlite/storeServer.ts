/** Carries out the store's calls in the worker, in the order they came. */
import type { StatementSync } from "node:sqlite";
import type { HereAndNow } from "../processIdentity.ts";
import { CommandTable } from "./commandTable.ts";
import type { EncodedBatch } from "./encodedBatch.ts";
import { EventTable } from "./eventTable.ts";
import { Maintenance } from "./maintenance.ts";
import { NamedContents } from "./namedContents.ts";
import { SessionDeletion } from "./sessionDeletion.ts";
import { SessionTable } from "./sessionTable.ts";
import { toStoreError } from "./storeErrors.ts";
import { DamagedRow, isDamage, markDamaged } from "./storeFiles.ts";
import type { StoreCalls, StoreError, StoreMessage, StoreReply, StoreRequest } from "./storeProtocol.ts";
import type { Transactions } from "./transactions.ts";

/** How often the database is asked whether another connection changed it, while anybody wants to know. */
const WATCH_MILLISECONDS = 100;

/** Most batches that share one commit; more would let the first of them wait for the last. */
const GROUP_BATCHES = 64;

export interface StoreServerOptions {
  /** Folder of `store.db`. */
  readonly home: string;
  readonly transactions: Transactions;
  readonly here: HereAndNow;
  readonly say: (message: StoreMessage) => void;
}

export class StoreServer {
  readonly #home: string;
  readonly #transactions: Transactions;
  readonly #events: EventTable;
  readonly #calls: Omit<StoreCalls, "append">;
  readonly #say: (message: StoreMessage) => void;
  readonly #selectDataVersion: StatementSync;
  #watch: NodeJS.Timeout | undefined;
  #dataVersion = 0;
  #closed = false;

  constructor({ home, transactions, here, say }: StoreServerOptions) {
    const sessions = new SessionTable(transactions, here);
    const events = new EventTable(transactions, sessions);
    const commands = new CommandTable(transactions, sessions);
    const deletion = new SessionDeletion(transactions, sessions);
    const maintenance = new Maintenance({ transactions, sessions, deletion, here });
    const named = new NamedContents(transactions);
    this.#home = home;
    this.#transactions = transactions;
    this.#events = events;
    this.#say = say;
    this.#selectDataVersion = transactions.database.prepare("PRAGMA data_version");
    this.#calls = {
      createSession: ({ sessionId, summary, createdAt, owner }, now) =>
        sessions.create(sessionId, summary, createdAt, owner, now),
      takeLease: ({ sessionId, owner }, now) => sessions.takeLease(sessionId, owner, now),
      renewLease: (lease, now) => sessions.renewLease(lease, now),
      releaseLease: (lease) => sessions.releaseLease(lease),
      appendAlone: ({ batch, owner }, now) => events.appendAlone(batch, owner, now),
      publishSession: ({ lease, sessionId, epoch }) => sessions.publish(lease, sessionId, epoch),
      deleteSession: ({ sessionId, lastSeq }, now) => deletion.delete(sessionId, lastSeq, now),
      inspect: () => maintenance.inspect(),
      countEvents: (sessionId) => maintenance.countEvents(sessionId),
      replaceDerived: ({ sessionId, rows }, now) => maintenance.replaceDerived(sessionId, rows, now),
      freeDeadLeases: () => maintenance.freeDeadLeases(),
      removeLeftovers: (_, now) => maintenance.removeLeftovers(now),
      namedContents: ({ after, sessionId }) => named.read(after, sessionId),
      readEvents: ({ sessionId, afterSeq, limit, which }) => events.read(sessionId, afterSeq, limit, which),
      readCheckpoint: ({ sessionId, seq }) => events.readCheckpoint(sessionId, seq),
      getSession: (sessionId, now) => sessions.get(sessionId, now),
      listSessions: (page, now) => sessions.list(page, now),
      listVersions: (sessionId) => events.listVersions(sessionId),
      addCommand: (command, now) => commands.add(command, now),
      pendingCommands: (sessionId) => commands.pending(sessionId),
      resolveCommand: ({ commandId, outcome }) => commands.resolve(commandId, outcome),
      commandOutcome: (commandId) => commands.outcome(commandId),
      reportDamage: (detail) => {
        throw new DamagedRow(detail);
      },
      watch: (on) => this.#setWatch(on),
      close: () => this.#close(),
    };
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** Appends that stand next to each other share one commit. */
  handle(requests: readonly StoreRequest[]): void {
    for (let index = 0; index < requests.length;) {
      const group = appendsFrom(requests, index);
      const request = requests[index];
      if (group.length > 0) this.#reply(this.#append(group));
      else if (request) this.#reply([this.#call(request)]);
      index += Math.max(1, group.length);
    }
  }

  #append(group: readonly AppendRequest[]): StoreReply[] {
    const outcomes = this.#events.append(group.map((request) => request.argument));
    return group.map(({ id }, index) => {
      const error = outcomes[index];
      return error ? { id, error: this.#explain(error) } : { id };
    });
  }

  #call(request: StoreRequest): StoreReply {
    const { id, name, argument, now } = request;
    try {
      const call = this.#calls[name as keyof Omit<StoreCalls, "append">] as (argument: unknown, now: number) => unknown;
      return { id, result: call(argument, now) };
    } catch (error) {
      return { id, error: this.#explain(error) };
    }
  }

  /** Damage is remembered, so that the next opening looks through the whole store. */
  #explain(error: unknown): StoreError {
    if (!isDamage(error)) return toStoreError(error);
    markDamaged(this.#home);
    return { code: "store.damaged", params: { path: this.#transactions.path } };
  }

  #reply(replies: readonly StoreReply[]): void {
    this.#say({ type: "replies", replies });
  }

  #setWatch(on: boolean): void {
    clearInterval(this.#watch);
    this.#watch = undefined;
    if (!on) return;
    this.#dataVersion = this.#readDataVersion();
    this.#watch = setInterval(() => {
      const version = this.#readDataVersion();
      if (version === this.#dataVersion) return;
      this.#dataVersion = version;
      this.#say({ type: "changed" });
    }, WATCH_MILLISECONDS);
  }

  /** Moves when another connection commits, never for commits of this one (sqlite.org/pragma.html#pragma_data_version). */
  #readDataVersion(): number {
    try {
      return Number(this.#selectDataVersion.get()?.["data_version"]);
    } catch {
      // Locked at this moment: the next look sees it.
      return this.#dataVersion;
    }
  }

  #close(): void {
    this.#setWatch(false);
    const { database } = this.#transactions;
    this.#closed = true;
    try {
      // Others may be reading, so the log is written back as far as it can be without waiting for them.
      database.exec("PRAGMA wal_checkpoint(PASSIVE)");
    } catch {
      // What stays in the log is as durable as what was written back.
    }
    database.close();
  }
}

interface AppendRequest {
  readonly id: number;
  readonly argument: EncodedBatch;
}

/** The appends at `start` that follow each other; empty when there is none. */
function appendsFrom(requests: readonly StoreRequest[], start: number): AppendRequest[] {
  const group: AppendRequest[] = [];
  for (let index = start; group.length < GROUP_BATCHES; index++) {
    const request = requests[index];
    if (request?.name !== "append") break;
    group.push(request);
  }
  return group;
}
