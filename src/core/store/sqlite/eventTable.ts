/** The log itself, with the versions derived from it and the folds kept so that opening needs no full read. */
import type { StatementSync } from "node:sqlite";
import { OrchestratorError } from "../../errors.ts";
import { TEXT_KINDS } from "../../events/eventKinds.ts";
import type { EventSelection, LeaseOwner, VersionRow } from "../sessionStore.ts";
import type { EncodedBatch } from "./encodedBatch.ts";
import { DamagedRow } from "./storeFiles.ts";
import type { SessionTable, WritableSession } from "./sessionTable.ts";
import type { Transactions } from "./transactions.ts";
import { VersionTable } from "./versionTable.ts";

/** `position` = session number * POSITIONS + seq. Leaves room for two million sessions in an exact number. */
export const POSITIONS = 2 ** 32;

/** A page ends early beyond so many characters, so that no reader has to hold hundreds of megabytes. */
const PAGE_CHARACTERS = 4 * 1024 * 1024;

/** As the index `events_without_text` says it: other kinds need another index. */
const IS_NO_TEXT = `type NOT IN (${[...TEXT_KINDS].map((kind) => `'${kind}'`).join(", ")})`;

export class EventTable {
  readonly #transactions: Transactions;
  readonly #sessions: SessionTable;
  readonly #insert: StatementSync;
  readonly #insertCheckpoint: StatementSync;
  readonly #page: StatementSync;
  readonly #pageWithoutText: StatementSync;
  readonly #checkpoint: StatementSync;
  readonly #versions: VersionTable;

  constructor(transactions: Transactions, sessions: SessionTable) {
    this.#transactions = transactions;
    this.#sessions = sessions;
    const { database } = transactions;
    this.#insert = database.prepare("INSERT INTO events VALUES (?, ?, ?, ?, ?)");
    this.#insertCheckpoint = database.prepare("INSERT INTO checkpoints VALUES (?, ?, ?)");
    this.#page = database.prepare(
      "SELECT json FROM events WHERE position > ? AND position < ? ORDER BY position LIMIT ?",
    );
    this.#pageWithoutText = database.prepare(
      `SELECT json FROM events INDEXED BY events_without_text
       WHERE position > ? AND position < ? AND ${IS_NO_TEXT} ORDER BY position LIMIT ?`,
    );
    this.#checkpoint = database.prepare(
      "SELECT seq, state FROM checkpoints WHERE session = ? AND seq <= ? ORDER BY seq DESC LIMIT 1",
    );
    this.#versions = new VersionTable(database);
  }

  /**
   * Commits several batches in one transaction and tells for each undefined or the error that kept it out.
   * A fenced batch does not harm the others; when something worse happens, each is tried alone.
   */
  append(batches: readonly EncodedBatch[]): (Error | undefined)[] {
    const durability = batches.some((batch) => batch.summary) ? "full" : "normal";
    try {
      return this.#transactions.write(durability, () => batches.map((batch) => this.#appendOne(batch)));
    } catch (error) {
      const busy = error instanceof OrchestratorError && error.code === "store.busy";
      if (batches.length === 1 || busy) return batches.map(() => error as Error);
      return batches.flatMap((batch) => this.append([batch]));
    }
  }

  /**
   * Commits a batch to a session that nobody runs: its lease, one epoch on, is taken and given back in the same
   * transaction. False when somebody else wrote since the batch was made. Throws `session.unknown` or
   * `session.running`.
   */
  appendAlone(batch: EncodedBatch, owner: LeaseOwner, now: number): boolean {
    return this.#transactions.write("full", () => {
      const session = this.#sessions.takeOnce(batch.lease, batch.firstSeq, owner, now);
      if (session) this.#insertBatch(session, batch);
      return session !== undefined;
    });
  }

  /** Refusals are returned: they come before the first write, so the transaction stays good for the others. */
  #appendOne(batch: EncodedBatch): OrchestratorError | undefined {
    const session = this.#sessions.findWritable(batch.lease);
    if (!session) return new OrchestratorError("session.fenced", { id: batch.lease.sessionId });
    if (batch.firstSeq !== session.lastSeq + 1) {
      const detail = `event ${batch.firstSeq} cannot follow event ${session.lastSeq} of session ${batch.lease.sessionId}`;
      return new OrchestratorError("store.failed", { detail });
    }
    this.#insertBatch(session, batch);
    return undefined;
  }

  #insertBatch(session: WritableSession, batch: EncodedBatch): void {
    const { timestamps, kinds, kindOf, agents, agentOf } = batch;
    const first = session.number * POSITIONS + batch.firstSeq;
    const lines = batch.json.split("\n");
    for (let index = 0; index < lines.length; index++) {
      this.#insert.run(
        first + index,
        kinds[kindOf[index] ?? 0] ?? null,
        agents[agentOf[index] ?? 0] ?? null,
        timestamps[index] ?? null,
        lines[index] ?? null,
      );
    }
    const lastSeq = batch.firstSeq + lines.length - 1;
    for (const version of batch.versions) this.#versions.insert(session.number, version);
    for (const change of batch.versionChanges) this.#versions.change(session.number, change);
    if (batch.checkpoint !== undefined) this.#insertCheckpoint.run(session.number, lastSeq, batch.checkpoint);
    this.#sessions.advance(session.number, lastSeq, batch.updatedAt, batch.summary);
  }

  /** At most `limit` events after `afterSeq` as one JSON array; fewer when they are long, none at the end. */
  read(sessionId: string, afterSeq: number, limit: number, which: EventSelection): string {
    return this.#transactions.read(() => {
      const number = this.#sessions.numberOf(sessionId);
      if (number === undefined) return "[]";
      const lines: string[] = [];
      let characters = 0;
      const start = number * POSITIONS;
      const page = which.withoutText ? this.#pageWithoutText : this.#page;
      const end = Math.min(which.beforeSeq ?? POSITIONS, POSITIONS);
      const rows = page.iterate(start + afterSeq, start + end, limit);
      for (const row of rows as Iterable<unknown> as Iterable<{ json: string | null }>) {
        if (row.json === null) throw new DamagedRow("an event without content");
        lines.push(row.json);
        characters += row.json.length;
        if (characters > PAGE_CHARACTERS) break;
      }
      return `[${lines.join(",")}]`;
    });
  }

  readCheckpoint(sessionId: string, seq: number): { seq: number; state: string } | undefined {
    return this.#transactions.read(() => {
      const number = this.#sessions.numberOf(sessionId);
      if (number === undefined) return undefined;
      return this.#checkpoint.get(number, seq) as unknown as { seq: number; state: string } | undefined;
    });
  }

  listVersions(sessionId: string): VersionRow[] {
    return this.#transactions.read(() => {
      const number = this.#sessions.numberOf(sessionId);
      return number === undefined ? [] : this.#versions.list(number);
    });
  }
}
