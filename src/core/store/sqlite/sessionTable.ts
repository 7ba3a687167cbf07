/** Sessions and their leases: who may write, and what the lists show. */
import type { StatementSync } from "node:sqlite";
import { OrchestratorError } from "../../errors.ts";
import { isProcessGone, ownerWords, type HereAndNow } from "../processIdentity.ts";
import type { Lease, LeaseOwner, SessionRow, SessionSummary } from "../sessionStore.ts";
import { DERIVED_COLUMNS, derivedValues, ownerOf, ownerValues, rowOf, type SessionRecord } from "./sessionRecord.ts";
import type { Transactions } from "./transactions.ts";

/** A lease that is not renewed for so long has no live owner, wherever the owner was. */
export const LEASE_MILLISECONDS = 30_000;

/** What an append needs to know of its session. */
export interface WritableSession {
  readonly number: number;
  readonly lastSeq: number;
}

const WITH_LEASE = "SELECT * FROM sessions JOIN leases ON leases.session = sessions.number";

/** Sessions that are being imported have no id a session can have; nobody sees them. */
const VISIBLE = "session_id NOT GLOB '*:*'";

export class SessionTable {
  readonly #transactions: Transactions;
  readonly #here: HereAndNow;
  readonly #byId: StatementSync;
  readonly #firstPage: StatementSync;
  readonly #nextPage: StatementSync;
  readonly #insert: StatementSync;
  readonly #insertLease: StatementSync;
  readonly #takeLease: StatementSync;
  readonly #extendLease: StatementSync;
  readonly #writable: StatementSync;
  readonly #advance: StatementSync;
  readonly #advanceWithSummary: StatementSync;
  readonly #giveBackAt: StatementSync;
  readonly #rename: StatementSync;

  constructor(transactions: Transactions, here: HereAndNow) {
    this.#transactions = transactions;
    this.#here = here;
    const { database } = transactions;
    const order = "ORDER BY created_at DESC, session_id DESC LIMIT ?";
    this.#byId = database.prepare(`${WITH_LEASE} WHERE session_id = ?`);
    this.#firstPage = database.prepare(`${WITH_LEASE} WHERE ${VISIBLE} ${order}`);
    this.#nextPage = database.prepare(`${WITH_LEASE} WHERE (created_at, session_id) < (?, ?) AND ${VISIBLE} ${order}`);
    this.#insert = database.prepare(
      `INSERT INTO sessions (session_id, created_at, updated_at, last_seq, ${DERIVED_COLUMNS.join(", ")})
       VALUES (?, ?, ?, 0, ${DERIVED_COLUMNS.map(() => "?").join(", ")})`,
    );
    // An owner of a session of this id that was deleted may wake up: it must not find its own epoch again.
    this.#insertLease = database.prepare(
      `INSERT INTO leases VALUES
       (?, 1 + coalesce((SELECT epoch FROM deleted_sessions WHERE session_id = ?), 0), ?, ?, ?, ?, ?, ?)
       RETURNING epoch`,
    );
    this.#takeLease = database.prepare(
      `UPDATE leases SET epoch = epoch + 1, machine_id = ?, boot_id = ?, pid = ?, process_started_at = ?, host = ?,
       expires_at = ? WHERE session = ? RETURNING epoch`,
    );
    this.#extendLease = database.prepare(
      `UPDATE leases SET expires_at = ? WHERE epoch = ? AND expires_at IS NOT NULL
       AND session = (SELECT number FROM sessions WHERE session_id = ?)`,
    );
    this.#writable = database.prepare(
      `SELECT number, last_seq AS lastSeq FROM sessions JOIN leases ON leases.session = sessions.number
       WHERE session_id = ? AND epoch = ? AND expires_at IS NOT NULL`,
    );
    this.#advance = database.prepare("UPDATE sessions SET last_seq = ?, updated_at = ? WHERE number = ?");
    this.#advanceWithSummary = database.prepare(
      `UPDATE sessions SET last_seq = ?, updated_at = ?, ${DERIVED_COLUMNS.map((column) => `${column} = ?`).join(", ")}
       WHERE number = ?`,
    );
    this.#giveBackAt = database.prepare(
      `UPDATE leases SET expires_at = NULL,
       epoch = max(?, coalesce((SELECT epoch FROM deleted_sessions WHERE session_id = ?), 0)) WHERE session = ?`,
    );
    this.#rename = database.prepare("UPDATE sessions SET session_id = ? WHERE number = ?");
  }

  create(sessionId: string, summary: SessionSummary, createdAt: string, owner: LeaseOwner, now: number): Lease {
    return this.#transactions.write("full", () => {
      if (this.find(sessionId)) throw new OrchestratorError("session.exists", { id: sessionId });
      const { lastInsertRowid } = this.#insert.run(sessionId, createdAt, createdAt, ...derivedValues(summary));
      const values = [...ownerValues(owner), now + LEASE_MILLISECONDS] as const;
      const lease = this.#insertLease.get(lastInsertRowid, sessionId, ...values) as unknown as { epoch: number };
      return { sessionId, epoch: lease.epoch };
    });
  }

  takeLease(sessionId: string, owner: LeaseOwner, now: number): Lease {
    return this.#transactions.write("full", () => {
      const record = this.findFree(sessionId, now);
      return { sessionId, epoch: this.#take(record, owner, now + LEASE_MILLISECONDS) };
    });
  }

  /**
   * Lets `lease` follow on the session as it is known to be: nobody runs it, and nobody wrote to it. The lease is
   * given back with the transaction it is taken in. Undefined when somebody was faster. Called inside a
   * transaction. Throws `session.unknown` or `session.running`.
   */
  takeOnce(lease: Lease, firstSeq: number, owner: LeaseOwner, now: number): WritableSession | undefined {
    const record = this.findFree(lease.sessionId, now);
    const { number, epoch, last_seq: lastSeq } = record;
    if (epoch !== lease.epoch - 1 || lastSeq !== firstSeq - 1) return undefined;
    this.#take(record, owner, null);
    return { number, lastSeq };
  }

  /** An owner that wakes late still owns what nobody took meanwhile. */
  renewLease(lease: Lease, now: number): void {
    this.#setExpiry(lease, now + LEASE_MILLISECONDS);
  }

  releaseLease(lease: Lease): void {
    this.#setExpiry(lease, null);
  }

  /** The session this lease may write to; undefined when it may not any more. Called inside a transaction. */
  findWritable(lease: Lease): WritableSession | undefined {
    return this.#writable.get(lease.sessionId, lease.epoch) as unknown as WritableSession | undefined;
  }

  /** Called inside a transaction. */
  advance(number: number, lastSeq: number, updatedAt: string, summary: SessionSummary | undefined): void {
    if (summary) this.#advanceWithSummary.run(lastSeq, updatedAt, ...derivedValues(summary), number);
    else this.#advance.run(lastSeq, updatedAt, number);
  }

  /** Gives a session written under one id another, and its lease back. Throws `session.fenced` or `session.exists`. */
  publish(lease: Lease, sessionId: string, epoch: number): void {
    this.#transactions.write("full", () => {
      const session = this.findWritable(lease);
      if (!session) throw new OrchestratorError("session.fenced", { id: lease.sessionId });
      if (this.find(sessionId)) throw new OrchestratorError("session.exists", { id: sessionId });
      this.#giveBackAt.run(epoch, sessionId, session.number);
      this.#rename.run(sessionId, session.number);
    });
  }

  get(sessionId: string, now: number): SessionRow | undefined {
    return this.#transactions.read(() => {
      const record = this.find(sessionId);
      return record && this.#toRow(record, now);
    });
  }

  list(page: { limit: number; before?: { createdAt: string; sessionId: string } }, now: number): SessionRow[] {
    const { before, limit } = page;
    return this.#transactions.read(() => {
      const records = before
        ? this.#nextPage.all(before.createdAt, before.sessionId, limit)
        : this.#firstPage.all(limit);
      return (records as unknown as SessionRecord[]).map((record) => this.#toRow(record, now));
    });
  }

  /** The number events and other rows name the session by. */
  numberOf(sessionId: string): number | undefined {
    return this.find(sessionId)?.number;
  }

  find(sessionId: string): SessionRecord | undefined {
    return this.#byId.get(sessionId) as unknown as SessionRecord | undefined;
  }

  /** A session that nobody runs. Throws `session.unknown` or `session.running`. */
  findFree(sessionId: string, now: number): SessionRecord {
    const record = this.find(sessionId);
    if (!record) throw unknownSession(sessionId);
    const owner = this.liveOwner(record, now);
    if (!owner) return record;
    throw new OrchestratorError("session.running", { id: sessionId, owner: ownerWords(owner) });
  }

  liveOwner(record: SessionRecord, now: number): LeaseOwner | null {
    if (record.expires_at === null || record.expires_at <= now) return null;
    const owner = ownerOf(record);
    return isProcessGone(owner, this.#here) ? null : owner;
  }

  #take(record: SessionRecord, owner: LeaseOwner, expiresAt: number | null): number {
    const taken = this.#takeLease.get(...ownerValues(owner), expiresAt, record.number);
    return (taken as unknown as { epoch: number }).epoch;
  }

  #setExpiry(lease: Lease, expiresAt: number | null): void {
    this.#transactions.write("normal", () => {
      const { changes } = this.#extendLease.run(expiresAt, lease.epoch, lease.sessionId);
      if (changes === 0) throw new OrchestratorError("session.fenced", { id: lease.sessionId });
    });
  }

  #toRow(record: SessionRecord, now: number): SessionRow {
    return rowOf(record, this.liveOwner(record, now));
  }
}

export function unknownSession(sessionId: string): OrchestratorError {
  return new OrchestratorError("session.unknown", { id: sessionId, nearest: "" });
}
