/**
 * The files around `store.db` when it is damaged: the mark that says so, the lock under which it is repaired,
 * and the exchange of the damaged file for its repaired copy, which a crash at any point leaves to be finished.
 */
import { closeSync, existsSync, openSync, renameSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import { resultCode, withBusyRetry, type BusyLimits } from "./busy.ts";
import { requireSqlite } from "./openDatabase.ts";

/** SQLITE_CORRUPT and SQLITE_NOTADB of sqlite.org/rescode.html. */
const DAMAGE = new Set([11, 26]);

/** What a row holds is not what was ever written there: SQLite does not look into texts. */
export class DamagedRow extends Error {
  override readonly name = "DamagedRow";
}

export function isDamage(error: unknown): boolean {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if (DAMAGE.has(resultCode(cause) ?? -1) || cause instanceof DamagedRow) return true;
  }
  return false;
}

export interface StoreFiles {
  readonly store: string;
  /** Exists from the moment damage was noticed until the store has been looked through. */
  readonly mark: string;
  /** The repaired store; complete once it exists. */
  readonly repaired: string;
  readonly backups: string;
}

export function storeFilesIn(home: string): StoreFiles {
  const store = path.join(home, "store.db");
  return {
    store,
    mark: `${store}.damaged`,
    repaired: `${store}.repaired`,
    backups: path.join(home, "backups"),
  };
}

/** Makes the next opening look through the whole store. */
export function markDamaged(home: string): void {
  try {
    closeSync(openSync(storeFilesIn(home).mark, "w", 0o600));
  } catch {
    // Where nothing can be written, nothing can be repaired either.
  }
}

/** Is there something to finish or to look through before the store is opened? */
export function needsRepair(home: string): boolean {
  const { mark, repaired } = storeFilesIn(home);
  return existsSync(mark) || existsSync(repaired);
}

/**
 * Runs `action` while no other process repairs this store. The lock is one of SQLite's, which the system lifts
 * when its process ends. Throws `store.busy`.
 */
export function withRepairLock<Result>(home: string, busy: BusyLimits, action: () => Result): Result {
  const sqlite = requireSqlite();
  const file = path.join(home, "store.lock");
  closeSync(openSync(file, "a", 0o600));
  const lock = new sqlite.DatabaseSync(file, { timeout: busy.timeoutMilliseconds });
  try {
    withBusyRetry(file, busy, () => lock.exec("BEGIN EXCLUSIVE"));
    return action();
  } finally {
    lock.close();
  }
}

/**
 * Puts the damaged store aside and the repaired one in its place; gives the name of the one aside. Called
 * again after a crash it goes on where it was: the name is the moment the repaired file was finished.
 */
export function exchangeStore(home: string): string {
  const { store, mark, repaired } = storeFilesIn(home);
  const moment = new Date(statSync(repaired).mtimeMs).toISOString().replaceAll(/[:.-]/g, "");
  const aside = `${store}.corrupt-${moment}`;
  // The log goes first: beside another file it would be taken for that file's own.
  moveIfThere(`${store}-wal`, `${aside}-wal`);
  rmSync(`${store}-shm`, { force: true });
  moveIfThere(store, aside);
  renameSync(repaired, store);
  rmSync(mark, { force: true });
  return aside;
}

function moveIfThere(from: string, to: string): void {
  if (existsSync(from)) renameSync(from, to);
}

/** Tells whether `file`, as it is now, has been exchanged for another one since. */
export function watchForReplacement(file: string): () => boolean {
  const before = identityOf(file);
  return () => before !== undefined && identityOf(file) !== before;
}

/** Undefined where the file system has no numbers for files. */
function identityOf(file: string): string | undefined {
  const found = statSync(file, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? "gone" : found.ino === 0n ? undefined : `${found.dev}:${found.ino}`;
}
