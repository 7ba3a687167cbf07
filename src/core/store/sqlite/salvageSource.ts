/**
 * Reads what can be read of a store whose file is damaged, or of a backup: sessions, each with its events from
 * the first to the last before one that is missing or unreadable.
 */
import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import { POSITIONS } from "./eventTable.ts";

/** An event as its row holds it. */
export interface EventRow {
  readonly seq: number;
  readonly type: string;
  readonly agentId: string | null;
  readonly timestamp: number;
  readonly json: string;
}

export interface SalvageSource {
  readonly database: DatabaseSync;
  /** By session id; only those with at least one event. */
  readonly sessions: ReadonlyMap<string, SalvagedSession>;
  /** Ids of deleted sessions with their last epoch, as far as that is known. */
  readonly deleted: ReadonlyMap<string, number>;
}

export interface SalvagedSession {
  readonly sessionId: string;
  readonly number: number;
  /** Events that can be read, from the first without a gap. */
  readonly events: number;
  /** Text of the first one: two sessions of one id are the same when it is. */
  readonly first: string;
  /** Events there should be, and the epoch of the lease, where that is known. */
  readonly expected?: number;
  readonly epoch?: number;
}

/** Without anything else to go by, so many session numbers without a readable event end the search. */
const NUMBERS_WITHOUT_EVENTS = 1_000;

export function readSalvageSource(database: DatabaseSync): SalvageSource {
  const rows = new Map<number, { sessionId: string; expected: number }>();
  for (const { number, session_id: sessionId, last_seq: expected } of readable(database, "sessions")) {
    rows.set(Number(number), { sessionId: String(sessionId), expected: Number(expected) });
  }
  const epochs = new Map<number, number>();
  for (const { session, epoch } of readable(database, "leases")) epochs.set(Number(session), Number(epoch));
  const deleted = new Map<string, number>();
  for (const { session_id: id, epoch } of readable(database, "deleted_sessions"))
    deleted.set(String(id), Number(epoch));
  const sessions = new Map<string, SalvagedSession>();
  for (const number of sessionNumbers(database, [...rows.keys(), ...epochs.keys()])) {
    const found = firstEventOf(database, number);
    const known = rows.get(number);
    // A colon: a session whose import had not ended.
    if (!found || known?.sessionId.includes(":")) continue;
    const epoch = epochs.get(number);
    let events = 0;
    for (const _ of readEventRows(database, { number, sessionId: found.sessionId })) events += 1;
    sessions.set(found.sessionId, {
      ...found,
      number,
      events,
      ...(known ? { expected: known.expected } : {}),
      ...(epoch === undefined ? {} : { epoch }),
    });
  }
  return { database, sessions, deleted };
}

/** Ends before the first event that is missing, unreadable or not what its place says. */
export function* readEventRows(
  database: DatabaseSync,
  { number, sessionId }: { number: number; sessionId: string },
): Generator<EventRow, void, void> {
  const start = number * POSITIONS;
  let seq = 0;
  try {
    const page = database.prepare(
      "SELECT position, type, agent_id, timestamp, json FROM events WHERE position > ? AND position < ? ORDER BY position",
    );
    for (const row of page.iterate(start, start + POSITIONS)) {
      const { position, type, agent_id: agentId, timestamp, json } = row;
      if (Number(position) !== start + seq + 1 || typeof type !== "string" || typeof json !== "string") return;
      const event = parsed(json);
      if (event?.seq !== seq + 1 || event.type !== type || event.sessionId !== sessionId) return;
      seq += 1;
      yield { seq, type, agentId: typeof agentId === "string" ? agentId : null, timestamp: Number(timestamp), json };
    }
  } catch {
    // What lies beyond a page that cannot be read is not known to follow.
  }
}

function firstEventOf(database: DatabaseSync, number: number): { sessionId: string; first: string } | undefined {
  try {
    const row = database.prepare("SELECT json FROM events WHERE position = ?").get(number * POSITIONS + 1);
    const first = row?.["json"];
    const sessionId = typeof first === "string" ? parsed(first)?.sessionId : undefined;
    return typeof sessionId === "string" && typeof first === "string" ? { sessionId, first } : undefined;
  } catch {
    return undefined;
  }
}

/** Numbers of sessions: those other tables know, and those that events stand under. */
function sessionNumbers(database: DatabaseSync, known: readonly number[]): number[] {
  const numbers = new Set(known);
  const highest = Math.max(0, ...known, lastNumber(database));
  let without = 0;
  for (let number = 1; number <= highest || without < NUMBERS_WITHOUT_EVENTS; number++) {
    const next = numberFrom(database, number);
    if (next === "none") break;
    if (next === "unreadable") without += 1;
    else {
      without = 0;
      numbers.add(next);
      number = next;
    }
  }
  return [...numbers].toSorted((left, right) => left - right);
}

/** The first session at or after `number` that has events. */
function numberFrom(database: DatabaseSync, number: number): number | "none" | "unreadable" {
  try {
    const row = database
      .prepare("SELECT position FROM events WHERE position > ? ORDER BY position LIMIT 1")
      .get(number * POSITIONS);
    return row === undefined ? "none" : Math.floor(Number(row["position"]) / POSITIONS);
  } catch {
    return "unreadable";
  }
}

function lastNumber(database: DatabaseSync): number {
  try {
    const row = database.prepare("SELECT max(position) AS position FROM events").get();
    return Math.floor(Number(row?.["position"] ?? 0) / POSITIONS);
  } catch {
    return 0;
  }
}

/** Rows of a table from both ends, as far as they can be read; none when there is no such table. */
function readable(database: DatabaseSync, table: string): Record<string, SQLOutputValue>[] {
  const found = new Map<unknown, Record<string, SQLOutputValue>>();
  for (const order of ["ASC", "DESC"]) {
    try {
      for (const row of database.prepare(`SELECT rowid AS place, * FROM ${table} ORDER BY rowid ${order}`).iterate()) {
        found.set(row["place"], row);
      }
      break;
    } catch {
      // From the other end there may be more.
    }
  }
  return [...found.values()];
}

function parsed(json: string): { seq?: unknown; type?: unknown; sessionId?: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
