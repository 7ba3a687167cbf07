/** Finds the contents that events name, a piece of the log at a time, so that commits need not wait for it. */
import type { StatementSync } from "node:sqlite";
import { VOLATILE_KINDS } from "../../events/eventKinds.ts";
import { namedIn } from "../namedContent.ts";
import type { NamedContent, NamedContentPage } from "../storeMaintenance.ts";
import { POSITIONS } from "./eventTable.ts";
import { DamagedRow } from "./storeFiles.ts";
import type { Transactions } from "./transactions.ts";

/** Events and characters looked at before others may use the thread. */
const PAGE_EVENTS = 4_000;
const PAGE_CHARACTERS = 2 * 1024 * 1024;

interface EventRow {
  readonly position: number;
  readonly type: string;
  readonly json: string | null;
}

export class NamedContents {
  readonly #transactions: Transactions;
  readonly #page: StatementSync;
  readonly #session: StatementSync;
  readonly #number: StatementSync;

  constructor(transactions: Transactions) {
    this.#transactions = transactions;
    const { database } = transactions;
    const volatile = [...VOLATILE_KINDS].map((kind) => `'${kind}'`).join(", ");
    // The content of text is not even read.
    this.#page = database.prepare(
      `SELECT position, type, CASE WHEN type IN (${volatile}) THEN '' ELSE json END AS json FROM events
       WHERE position > ? AND position < ? ORDER BY position LIMIT ${PAGE_EVENTS}`,
    );
    this.#session = database.prepare("SELECT session_id AS id FROM sessions WHERE number = ?");
    this.#number = database.prepare("SELECT number FROM sessions WHERE session_id = ?");
  }

  /** The page after `after`, of all sessions or of one. */
  read(after: number, sessionId: string | undefined): NamedContentPage {
    return this.#transactions.read(() => {
      const range = this.#range(sessionId);
      if (!range) return { items: [] };
      const items: NamedContent[] = [];
      const ids = new Map<number, string>();
      let characters = 0;
      let last: number | undefined;
      const rows = this.#page.iterate(Math.max(after, range.from), range.to) as Iterable<unknown> as Iterable<EventRow>;
      for (const { position, type, json } of rows) {
        if (json === null) throw new DamagedRow("an event without content");
        last = position;
        characters += json.length;
        const number = Math.floor(position / POSITIONS);
        const id = ids.get(number) ?? this.#idOf(number);
        ids.set(number, id);
        const named = namedIn(id, type, json);
        if (named) items.push(named);
        if (characters > PAGE_CHARACTERS) break;
      }
      return { items, ...(last === undefined ? {} : { next: last }) };
    });
  }

  #range(sessionId: string | undefined): { from: number; to: number } | undefined {
    if (sessionId === undefined) return { from: 0, to: Number.MAX_SAFE_INTEGER };
    const row = this.#number.get(sessionId) as { number: number } | undefined;
    return row && { from: row.number * POSITIONS, to: (row.number + 1) * POSITIONS };
  }

  #idOf(number: number): string {
    return (this.#session.get(number) as { id: string } | undefined)?.id ?? "";
  }
}
