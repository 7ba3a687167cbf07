/** One connection with the product's transaction rules: immediate, retried when busy, as durable as asked. */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { OrchestratorError } from "../../errors.ts";
import { BUSY_LIMITS, withBusyRetry, type BusyLimits } from "./busy.ts";
import type { OpenedDatabase } from "./openDatabase.ts";

/** `full`: on the disk when the commit returns. `normal`: a power cut may lose the last moments, never more. */
export type Durability = "full" | "normal";

export class Transactions {
  readonly database: DatabaseSync;
  readonly path: string;
  readonly #busy: BusyLimits;
  readonly #alwaysFull: boolean;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #rollback: StatementSync;
  readonly #setDurability: Readonly<Record<Durability, string>> = {
    full: "PRAGMA synchronous = FULL",
    normal: "PRAGMA synchronous = NORMAL",
  };
  readonly #isReplaced: () => boolean;
  #durability: Durability | undefined;

  /** `isReplaced`: is the file open here no longer the one of this name? Then nothing is written any more. */
  constructor(opened: OpenedDatabase, busy: BusyLimits = BUSY_LIMITS, isReplaced: () => boolean = () => false) {
    this.database = opened.database;
    this.path = opened.path;
    this.#busy = busy;
    this.#isReplaced = isReplaced;
    // With a rollback journal NORMAL may corrupt the file at a power cut (sqlite.org/pragma.html#pragma_synchronous).
    this.#alwaysFull = opened.journal === "rollback";
    this.#begin = this.database.prepare("BEGIN IMMEDIATE");
    this.#commit = this.database.prepare("COMMIT");
    this.#rollback = this.database.prepare("ROLLBACK");
  }

  /** Runs `action` in one transaction; it may run again from the start. Throws `store.busy` or `store.replaced`. */
  write<Result>(durability: Durability, action: () => Result): Result {
    if (this.#isReplaced()) throw new OrchestratorError("store.replaced", { path: this.path });
    return withBusyRetry(this.path, this.#busy, () => {
      this.#useDurability(this.#alwaysFull ? "full" : durability);
      this.#begin.run();
      try {
        const result = action();
        this.#commit.run();
        return result;
      } catch (error) {
        if (this.database.isTransaction) this.#rollback.run();
        throw error;
      }
    });
  }

  /** Runs a single read. Throws `store.busy`. */
  read<Result>(action: () => Result): Result {
    return withBusyRetry(this.path, this.#busy, action);
  }

  /** The pragma has no effect inside a transaction and costs a statement, so it is set only when it changes. */
  #useDurability(durability: Durability): void {
    if (this.#durability === durability) return;
    this.database.exec(this.#setDurability[durability]);
    this.#durability = durability;
  }
}
