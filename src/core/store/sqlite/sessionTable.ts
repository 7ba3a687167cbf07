/** Sessions and their leases: who may write, and what the lists show. */
import type { StatementSync } from "node:sqlite";
import { OrchestratorError } from "../../errors.ts";
import { isProcessGone, type HereAndNow } from "../processIdentity.ts";
import type { Lease, LeaseOwner, LoggedStatus, SessionRow, SessionSummary } from "../sessionStore.ts";
import type { Transactions } from "./transactions.ts";

/** A lease that is not renewed for so long has no live owner, wherever the owner was. */
export const LEASE_MILLISECONDS = 30_000;

/** A session joined with its lease, as SQLite gives it. */
interface SessionRecord {
  number: number;
  session_id: string;
  created_at: string;
  updated_at: string;
  last_seq: number;
  goal: string;
  title: string;
  status: LoggedStatus;
  folders: string;
  steps_total: number;
  steps_completed: number;
  agents_running: number;
  cost_usd: number;
  cost_is_partial: number;
  input_tokens: number;
  output_tokens: number;
  last_completed_step: string | null;
  versions: number;
  demo: number;
  epoch: number;
  machine_id: string;
  boot_id: string;
  pid: number;
  process_started_at: string;
  host: string;
  /** Null when the owner gave the lease back. */
  expires_at: number | null;
}

/** What an append needs to know of its session. */
export interface WritableSession {
  readonly number: number;
  readonly lastSeq: number;
}

const WITH_LEASE = "SELECT * FROM sessions JOIN leases ON leases.session = sessions.number";

const DERIVED_COLUMNS = [
  "goal",
  "title",
  "status",
  "folders",
  "steps_total",
  "steps_completed",
  "agents_running",
  "cost_usd",
  "cost_is_partial",
  "input_tokens",
  "output_tokens",
  "last_completed_step",
  "versions",
  "demo",
];

/** Statuses that say somebody is at work. */
const UNFINISHED: ReadonlySet<LoggedStatus> = new Set(["created", "planning", "running"]);

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

  constructor(transactions: Transactions, here: HereAndNow) {
    this.#transactions = transactions;
    this.#here = here;
    const { database } = transactions;
    const order = "ORDER BY created_at DESC, session_id DESC LIMIT ?";
    this.#byId = database.prepare(`${WITH_LEASE} WHERE session_id = ?`);
    this.#firstPage = database.prepare(`${WITH_LEASE} ${order}`);
    this.#nextPage = database.prepare(`${WITH_LEASE} WHERE (created_at, session_id) < (?, ?) ${order}`);
    this.#insert = database.prepare(
      `INSERT INTO sessions (session_id, created_at, updated_at, last_seq, ${DERIVED_COLUMNS.join(", ")})
       VALUES (?, ?, ?, 0, ${DERIVED_COLUMNS.map(() => "?").join(", ")})`,
    );
    this.#insertLease = database.prepare("INSERT INTO leases VALUES (?, 1, ?, ?, ?, ?, ?, ?)");
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
  }

  create(sessionId: string, summary: SessionSummary, createdAt: string, owner: LeaseOwner, now: number): Lease {
    return this.#transactions.write("full", () => {
      if (this.#find(sessionId)) throw new OrchestratorError("session.exists", { id: sessionId });
      const { lastInsertRowid } = this.#insert.run(sessionId, createdAt, createdAt, ...derivedValues(summary));
      this.#insertLease.run(lastInsertRowid, ...ownerValues(owner), now + LEASE_MILLISECONDS);
      return { sessionId, epoch: 1 };
    });
  }

  takeLease(sessionId: string, owner: LeaseOwner, now: number): Lease {
    return this.#transactions.write("full", () => {
      const record = this.#find(sessionId);
      if (!record) throw unknownSession(sessionId);
      const holder = this.#liveOwner(record, now);
      if (holder) {
        throw new OrchestratorError("session.running", {
          id: sessionId,
          owner: `${holder.host} (process ${holder.pid})`,
        });
      }
      const expiresAt = now + LEASE_MILLISECONDS;
      const taken = this.#takeLease.get(...ownerValues(owner), expiresAt, record.number) as unknown as {
        epoch: number;
      };
      return { sessionId, epoch: taken.epoch };
    });
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

  get(sessionId: string, now: number): SessionRow | undefined {
    return this.#transactions.read(() => {
      const record = this.#find(sessionId);
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
    return this.#find(sessionId)?.number;
  }

  #find(sessionId: string): SessionRecord | undefined {
    return this.#byId.get(sessionId) as unknown as SessionRecord | undefined;
  }

  #setExpiry(lease: Lease, expiresAt: number | null): void {
    this.#transactions.write("normal", () => {
      const { changes } = this.#extendLease.run(expiresAt, lease.epoch, lease.sessionId);
      if (changes === 0) throw new OrchestratorError("session.fenced", { id: lease.sessionId });
    });
  }

  #liveOwner(record: SessionRecord, now: number): LeaseOwner | null {
    if (record.expires_at === null || record.expires_at <= now) return null;
    const owner: LeaseOwner = {
      machineId: record.machine_id,
      bootId: record.boot_id,
      pid: record.pid,
      processStartedAt: record.process_started_at,
      host: record.host,
    };
    return isProcessGone(owner, this.#here) ? null : owner;
  }

  #toRow(record: SessionRecord, now: number): SessionRow {
    const owner = this.#liveOwner(record, now);
    return {
      sessionId: record.session_id,
      createdAt: record.created_at,
      updatedAt: record.updated_at,
      lastSeq: record.last_seq,
      epoch: record.epoch,
      owner,
      effectiveStatus: owner === null && UNFINISHED.has(record.status) ? "interrupted" : record.status,
      goal: record.goal,
      title: record.title,
      status: record.status,
      folders: JSON.parse(record.folders) as SessionSummary["folders"],
      stepsTotal: record.steps_total,
      stepsCompleted: record.steps_completed,
      agentsRunning: record.agents_running,
      costUsd: record.cost_usd,
      costIsPartial: record.cost_is_partial !== 0,
      inputTokens: record.input_tokens,
      outputTokens: record.output_tokens,
      lastCompletedStep: record.last_completed_step,
      versions: record.versions,
      demo: record.demo !== 0,
    };
  }
}

export function unknownSession(sessionId: string): OrchestratorError {
  return new OrchestratorError("session.unknown", { id: sessionId, nearest: "" });
}

function ownerValues(owner: LeaseOwner): [string, string, number, string, string] {
  return [owner.machineId, owner.bootId, owner.pid, owner.processStartedAt, owner.host];
}

/** In the order of DERIVED_COLUMNS. */
function derivedValues(summary: SessionSummary): (string | number | null)[] {
  return [
    summary.goal,
    summary.title,
    summary.status,
    JSON.stringify(summary.folders),
    summary.stepsTotal,
    summary.stepsCompleted,
    summary.agentsRunning,
    summary.costUsd,
    Number(summary.costIsPartial),
    summary.inputTokens,
    summary.outputTokens,
    summary.lastCompletedStep,
    summary.versions,
    Number(summary.demo),
  ];
}
