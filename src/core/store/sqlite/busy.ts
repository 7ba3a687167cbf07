/** What happens when another process holds the database's lock. */
import { OrchestratorError } from "../../errors.ts";

/** How long a lock is waited for before `store.busy`. */
export interface BusyLimits {
  /** SQLite's own wait within one attempt (`PRAGMA busy_timeout`). */
  readonly timeoutMilliseconds: number;
  readonly attempts: number;
}

export const BUSY_LIMITS: BusyLimits = { timeoutMilliseconds: 5_000, attempts: 3 };

/** Primary result codes of sqlite.org/rescode.html. */
const SQLITE_BUSY = 5;
const SQLITE_LOCKED = 6;

/** Runs `action`, again after a short random pause while the database is locked. Throws `store.busy`. */
export function withBusyRetry<Result>(path: string, limits: BusyLimits, action: () => Result): Result {
  for (let attempt = 1; ; attempt++) {
    try {
      return action();
    } catch (error) {
      if (!isBusy(error)) throw error;
      if (attempt >= limits.attempts) throw new OrchestratorError("store.busy", { path }, { cause: error });
      pause(5 + Math.random() * 45);
    }
  }
}

function isBusy(error: unknown): boolean {
  const code = resultCode(error);
  return code === SQLITE_BUSY || code === SQLITE_LOCKED;
}

/** SQLite's primary result code of an error thrown by `node:sqlite`, or undefined for any other error. */
export function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("errcode" in error) || typeof error.errcode !== "number") return undefined;
  return error.errcode & 0xff;
}

/** Blocks the store's worker, which has nothing else to do: its database is synchronous. */
function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
