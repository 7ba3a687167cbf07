/**
 * Points inside the store's worker: before a row is inserted, before the commit, after it, and after the answer
 * was sent. Put on Node's own database class, so that the worker under test is the one that is shipped.
 */
import { appendFileSync } from "node:fs";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { MessagePort } from "node:worker_threads";
import type { OrchestratorEvent } from "../../../src/core/events/event.ts";
import { EventNames } from "./eventPoints.ts";
import type { Probe } from "./probe.ts";

/** Statements without an event that are worth a point, by how their text begins. */
const NAMED_STATEMENTS: readonly (readonly [beginning: string, name: string])[] = [
  ["INSERT INTO sessions", "session/row"],
  ["UPDATE leases SET epoch = epoch + 1", "session/takeover"],
];

const EVENT_COLUMN = 4;

export function hookDatabase(probe: Probe, port: MessagePort): void {
  const hooks = new DatabaseHooks(probe);
  const prepare = Object.getOwnPropertyDescriptor(DatabaseSync.prototype, "prepare")?.value as (
    this: DatabaseSync,
    sql: string,
  ) => StatementSync;
  DatabaseSync.prototype.prepare = function prepareHooked(this: DatabaseSync, sql: string) {
    const statement = prepare.call(this, sql);
    hooks.hook(this, sql, statement);
    return statement;
  };
  const postMessage = port.postMessage.bind(port);
  port.postMessage = (...values: Parameters<MessagePort["postMessage"]>) => {
    postMessage(...values);
    hooks.answered();
  };
}

class DatabaseHooks {
  readonly #probe: Probe;
  #names = new EventNames();
  /** Names given in the transaction under way, which count only once it is committed. */
  #given = new EventNames();
  #inTransaction: string[] = [];
  #committed: string[] = [];
  #lastSeq: number | undefined;
  #refusals = 0;
  #isFull = false;

  constructor(probe: Probe) {
    this.#probe = probe;
  }

  hook(database: DatabaseSync, sql: string, statement: StatementSync): void {
    if (sql === "BEGIN IMMEDIATE")
      this.#around(statement, { before: () => this.#begin(database), failed: () => this.#refused() });
    else if (sql === "COMMIT") this.#around(statement, { before: () => this.#commit(), after: () => this.#done() });
    else if (sql === "ROLLBACK") this.#around(statement, { after: () => this.#forget() });
    else if (sql.startsWith("INSERT INTO events"))
      this.#around(statement, { before: (values) => this.#insert(values) });
    else {
      const named = NAMED_STATEMENTS.find(([beginning]) => sql.startsWith(beginning));
      if (named) this.#around(statement, { before: () => this.#write(named[1]) });
    }
  }

  /** What was committed since the last answer has been told now. */
  answered(): void {
    this.#pass(this.#committed.splice(0), "answered");
  }

  #begin(database: DatabaseSync): void {
    this.#forget();
    if (this.#isFull || !this.#probe.hasPassed(this.#probe.options.diskFullAt)) return;
    this.#isFull = true;
    const pages = Number(database.prepare("PRAGMA page_count").get()?.["page_count"]);
    database.exec(`PRAGMA max_page_count = ${pages}`);
  }

  #insert(values: readonly unknown[]): void {
    const event = JSON.parse(String(values[EVENT_COLUMN])) as OrchestratorEvent;
    this.#lastSeq = event.seq;
    for (const name of this.#given.of(event)) this.#write(name);
  }

  #write(name: string): void {
    this.#probe.reached(`${name}@inserting`);
    this.#inTransaction.push(name);
  }

  #commit(): void {
    this.#pass(this.#inTransaction, "uncommitted");
  }

  #done(): void {
    this.#names = this.#given.fork();
    this.#committed.push(...this.#inTransaction);
    const { commitsTo } = this.#probe.options;
    if (commitsTo !== undefined && this.#lastSeq !== undefined) appendFileSync(commitsTo, `${this.#lastSeq}\n`);
    this.#pass(this.#inTransaction.splice(0), "committed");
  }

  #forget(): void {
    this.#given = this.#names.fork();
    this.#inTransaction = [];
    this.#lastSeq = undefined;
  }

  /** Somebody else holds the database's lock. */
  #refused(): void {
    this.#probe.reached(`locked#${++this.#refusals}`);
  }

  #pass(names: readonly string[], phase: string): void {
    for (const name of names) this.#probe.reached(`${name}@${phase}`);
  }

  #around(
    statement: StatementSync,
    hooks: { before?: (values: readonly unknown[]) => void; after?: () => void; failed?: () => void },
  ): void {
    for (const method of ["run", "get"] as const) {
      const original = statement[method].bind(statement) as (...values: unknown[]) => never;
      statement[method] = (...values: unknown[]): never => {
        hooks.before?.(values);
        let result: never;
        try {
          result = original(...values);
        } catch (error) {
          hooks.failed?.();
          throw error;
        }
        hooks.after?.();
        return result;
      };
    }
  }
}
