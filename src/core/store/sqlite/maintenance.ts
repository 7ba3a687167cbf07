/** Looks at the health of `store.db`, and writes what is derived from the events again. */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { messageOf } from "../../errors.ts";
import { isProcessGone, ownerWords, type HereAndNow } from "../processIdentity.ts";
import type { DerivedRows, EventCount, FreedLease, StoreInspection } from "../storeMaintenance.ts";
import { POSITIONS } from "./eventTable.ts";
import { MIGRATIONS, runMigrations } from "./migrations.ts";
import { requireSqlite } from "./openDatabase.ts";
import type { SessionDeletion } from "./sessionDeletion.ts";
import { DERIVED_COLUMNS, derivedValues, ownerOf, type SessionRecord } from "./sessionRecord.ts";
import type { SessionTable } from "./sessionTable.ts";
import { isDamage } from "./storeFiles.ts";
import type { Transactions } from "./transactions.ts";
import { VersionTable } from "./versionTable.ts";

/** Most lines of damage worth telling. */
const MOST_DAMAGE = 20;

const LEASED = "SELECT * FROM sessions JOIN leases ON leases.session = sessions.number WHERE expires_at IS NOT NULL";

export class Maintenance {
  readonly #transactions: Transactions;
  readonly #sessions: SessionTable;
  readonly #deletion: SessionDeletion;
  readonly #here: HereAndNow;
  readonly #count: StatementSync;

  constructor(options: {
    readonly transactions: Transactions;
    readonly sessions: SessionTable;
    readonly deletion: SessionDeletion;
    readonly here: HereAndNow;
  }) {
    this.#transactions = options.transactions;
    this.#sessions = options.sessions;
    this.#deletion = options.deletion;
    this.#here = options.here;
    this.#count = options.transactions.database.prepare(
      "SELECT count(*) AS count, max(position) AS last FROM events WHERE position > ? AND position < ?",
    );
  }

  inspect(): StoreInspection {
    return this.#transactions.read(() => {
      const { database } = this.#transactions;
      try {
        const lines = database.prepare(`PRAGMA quick_check(${MOST_DAMAGE})`).all();
        const damage = lines.map((line) => String(line["quick_check"])).filter((line) => line !== "ok");
        return { damage, schema: differences(database) };
      } catch (error) {
        if (!isDamage(error)) throw error;
        return { damage: [messageOf(error)], schema: [] };
      }
    });
  }

  countEvents(sessionId: string): EventCount {
    return this.#transactions.read(() => {
      const number = this.#sessions.numberOf(sessionId);
      if (number === undefined) return { count: 0, lastSeq: 0 };
      const start = number * POSITIONS;
      const { count, last } = this.#count.get(start, start + POSITIONS) as unknown as {
        count: number;
        last: number | null;
      };
      return { count, lastSeq: last === null ? 0 : last - start };
    });
  }

  replaceDerived(sessionId: string, rows: DerivedRows, now: number): boolean {
    const { database } = this.#transactions;
    const { lastSeq, updatedAt, summary, versions, checkpoint } = rows;
    return this.#transactions.write("full", () => {
      const { number, updated_at: before } = this.#sessions.findFree(sessionId, now);
      if (this.countEvents(sessionId).lastSeq !== lastSeq) return false;
      const columns = DERIVED_COLUMNS.map((column) => `${column} = ?`).join(", ");
      database
        .prepare(`UPDATE sessions SET last_seq = ?, updated_at = ?, ${columns} WHERE number = ?`)
        .run(lastSeq, updatedAt ?? before, ...derivedValues(summary), number);
      new VersionTable(database).replace(number, versions);
      database.prepare("DELETE FROM checkpoints WHERE session = ?").run(number);
      if (lastSeq > 0) database.prepare("INSERT INTO checkpoints VALUES (?, ?, ?)").run(number, lastSeq, checkpoint);
      return true;
    });
  }

  /** An owner whose lease has run out but whose process may live keeps what nobody took. */
  freeDeadLeases(): FreedLease[] {
    const { database } = this.#transactions;
    return this.#transactions.write("full", () => {
      const leased = database.prepare(LEASED).all() as unknown as SessionRecord[];
      const dead = leased.filter((record) => isProcessGone(ownerOf(record), this.#here));
      const free = database.prepare("UPDATE leases SET expires_at = NULL WHERE session = ?");
      return dead.map(({ number, session_id: sessionId, host, pid }) => {
        free.run(number);
        return { sessionId, owner: ownerWords({ host, pid }) };
      });
    });
  }

  removeLeftovers(now: number): number {
    const { database } = this.#transactions;
    const found = database.prepare(
      `${LEASED.replace(" WHERE expires_at IS NOT NULL", "")} WHERE session_id GLOB '*:*'`,
    );
    const left = (found.all() as unknown as SessionRecord[]).filter(
      (record) => this.#sessions.liveOwner(record, now) === null,
    );
    for (const { session_id: sessionId } of left) this.#deletion.delete(sessionId, undefined, now);
    return left.length;
  }
}

/** Tables and indexes that a new store has and this one has not, or not in the same way, and the other way round. */
function differences(database: DatabaseSync): string[] {
  const model = new (requireSqlite().DatabaseSync)(":memory:");
  try {
    runMigrations(model, MIGRATIONS);
    const expected = schemaOf(model);
    const found = schemaOf(database);
    const names = new Set([...expected.keys(), ...found.keys()]);
    return [...names].flatMap((name) => {
      if (!found.has(name)) return [`${name} is missing`];
      if (!expected.has(name)) return [`${name} is not known`];
      return expected.get(name) === found.get(name) ? [] : [`${name} is not as it should be`];
    });
  } finally {
    model.close();
  }
}

/** Columns of each table, text of each index. SQLite's own statistics are nobody's business. */
function schemaOf(database: DatabaseSync): Map<string, string> {
  const rows = database.prepare("SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_stat%'").all();
  return new Map(
    rows.map(({ type, name, sql }) => {
      const columns =
        type === "table" ? database.prepare(`SELECT * FROM pragma_table_info(?)`).all(String(name)) : [sql];
      return [String(name), JSON.stringify(columns)];
    }),
  );
}
