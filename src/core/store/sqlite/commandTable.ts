/** Wishes of other processes for the owner of a session, and what became of them. */
import type { StatementSync } from "node:sqlite";
import type { CommandOutcome, CommandRow } from "../sessionStore.ts";
import { unknownSession, type SessionTable } from "./sessionTable.ts";
import type { Transactions } from "./transactions.ts";

type CommandRecord = Omit<CommandRow, "payload" | "sessionId"> & { readonly payload: string };

export class CommandTable {
  readonly #transactions: Transactions;
  readonly #sessions: SessionTable;
  readonly #insert: StatementSync;
  readonly #pending: StatementSync;
  readonly #resolve: StatementSync;
  readonly #outcome: StatementSync;

  constructor(transactions: Transactions, sessions: SessionTable) {
    this.#transactions = transactions;
    this.#sessions = sessions;
    const { database } = transactions;
    this.#insert = database.prepare(
      `INSERT INTO commands (command_id, session, epoch, kind, payload, origin, created_at)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#pending = database.prepare(
      `SELECT command_id AS commandId, epoch, kind, payload, origin, created_at AS createdAt
       FROM commands WHERE session = ? AND outcome IS NULL ORDER BY number`,
    );
    this.#resolve = database.prepare("UPDATE commands SET outcome = ? WHERE command_id = ? AND outcome IS NULL");
    this.#outcome = database.prepare("SELECT outcome FROM commands WHERE command_id = ?");
  }

  add(command: Omit<CommandRow, "createdAt">, now: number): void {
    const { commandId, sessionId, epoch, kind, origin } = command;
    const payload = JSON.stringify(command.payload ?? null);
    this.#transactions.write("full", () => {
      const number = this.#sessions.numberOf(sessionId);
      if (number === undefined) throw unknownSession(sessionId);
      this.#insert.run(commandId, number, epoch, kind, payload, origin, new Date(now).toISOString());
    });
  }

  pending(sessionId: string): CommandRow[] {
    return this.#transactions.read(() => {
      const number = this.#sessions.numberOf(sessionId);
      if (number === undefined) return [];
      const records = this.#pending.all(number) as unknown as CommandRecord[];
      return records.map((record) => ({ ...record, sessionId, payload: JSON.parse(record.payload) as unknown }));
    });
  }

  /** The first outcome stands. */
  resolve(commandId: string, outcome: CommandOutcome): void {
    this.#transactions.write("full", () => this.#resolve.run(JSON.stringify(outcome), commandId));
  }

  outcome(commandId: string): CommandOutcome | undefined {
    return this.#transactions.read(() => {
      const found = this.#outcome.get(commandId)?.["outcome"];
      return typeof found === "string" ? (JSON.parse(found) as CommandOutcome) : undefined;
    });
  }
}
