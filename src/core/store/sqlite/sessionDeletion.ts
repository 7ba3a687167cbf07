/** Removes sessions with all their rows. */
import type { StatementSync } from "node:sqlite";
import { POSITIONS } from "./eventTable.ts";
import type { SessionTable } from "./sessionTable.ts";
import type { Transactions } from "./transactions.ts";

/** Tables with a row of a session, each before the one it refers to. */
const TABLES = ["versions", "checkpoints", "commands", "leases"] as const;

export class SessionDeletion {
  readonly #transactions: Transactions;
  readonly #sessions: SessionTable;
  readonly #remember: StatementSync;
  readonly #deleteEvents: StatementSync;
  readonly #deleteRows: readonly StatementSync[];
  readonly #deleteSession: StatementSync;

  constructor(transactions: Transactions, sessions: SessionTable) {
    this.#transactions = transactions;
    this.#sessions = sessions;
    const { database } = transactions;
    this.#remember = database.prepare("INSERT OR REPLACE INTO deleted_sessions VALUES (?, ?)");
    this.#deleteEvents = database.prepare("DELETE FROM events WHERE position > ? AND position < ?");
    this.#deleteRows = TABLES.map((table) => database.prepare(`DELETE FROM ${table} WHERE session = ?`));
    this.#deleteSession = database.prepare("DELETE FROM sessions WHERE number = ?");
  }

  /**
   * False, and nothing is removed, when the log no longer ends at `lastSeq`. Throws `session.unknown` or
   * `session.running`.
   */
  delete(sessionId: string, lastSeq: number | undefined, now: number): boolean {
    return this.#transactions.write("full", () => {
      const { number, epoch, last_seq: found } = this.#sessions.findFree(sessionId, now);
      if (lastSeq !== undefined && lastSeq !== found) return false;
      this.#remember.run(sessionId, epoch);
      this.#deleteEvents.run(number * POSITIONS, (number + 1) * POSITIONS);
      for (const statement of this.#deleteRows) statement.run(number);
      this.#deleteSession.run(number);
      return true;
    });
  }
}
