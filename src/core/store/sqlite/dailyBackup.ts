/** A copy of the store once a day, of which the last three are kept: what a damaged store is salvaged from. */
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import path from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { messageOf } from "../../errors.ts";
import { requireSqlite, type OpenedDatabase } from "./openDatabase.ts";
import { markDamaged, storeFilesIn } from "./storeFiles.ts";

const KEPT = 3;

/** Pages copied at a time: 4 MB, after which a backup that is no longer wanted ends. */
const PAGES_PER_STEP = 1_000;

/** A copy of another process that has not grown for so long belongs to nobody any more. */
const ABANDONED_MILLISECONDS = 60 * 60 * 1_000;

/** Looking through a copy holds up the store's worker, about a second for each gigabyte: only a small one is. */
const MOST_BYTES_CHECKED = 64 * 1024 * 1024;

const NAME = /^store-\d{4}-\d{2}-\d{2}\.db$/;

/** Names of the daily backups in a folder, newest first. */
export function dailyBackupsIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => NAME.test(name))
    .toSorted()
    .toReversed();
}

/** What became of a backup; `none` when there was nothing to do. */
export type BackupOutcome = "made" | "none" | "stopped" | "damaged";

export interface DailyBackupOptions {
  readonly home: string;
  /** Milliseconds since the epoch; its day in UTC names the backup. */
  readonly now: number;
  readonly journal: OpenedDatabase["journal"];
  /** The copy ends early when it aborts. */
  readonly signal: AbortSignal;
}

/**
 * Copies the store while it is used, as it is at one moment, unless today's copy is there or another process
 * makes it. Rejects when the disk does not take it; nothing half-made is left.
 */
export async function backUpDaily({ home, now, journal, signal }: DailyBackupOptions): Promise<BackupOutcome> {
  const { store, backups } = storeFilesIn(home);
  const target = path.join(backups, `store-${new Date(now).toISOString().slice(0, 10)}.db`);
  if (existsSync(target)) return "none";
  const sqlite = requireSqlite();
  const source = new sqlite.DatabaseSync(store, { readOnly: true });
  try {
    // Held open, this keeps the copy at one moment: it would start over with every commit elsewhere. Without a
    // write-ahead log it would keep everybody from writing.
    if (journal === "wal") source.exec("BEGIN");
    if (source.prepare("SELECT 1 FROM sessions LIMIT 1").get() === undefined) return "none";
    mkdirSync(backups, { recursive: true, mode: 0o700 });
    const part = `${target}.part`;
    if (!claim(part)) return "none";
    try {
      const stopWhenAsked = (): void => signal.throwIfAborted();
      await sqlite.backup(source, part, { rate: PAGES_PER_STEP, progress: stopWhenAsked });
      if (!finish(part)) {
        markDamaged(home);
        return "damaged";
      }
      renameSync(part, target);
    } finally {
      rmSync(part, { force: true });
    }
    for (const name of dailyBackupsIn(backups).slice(KEPT)) rmSync(path.join(backups, name), { force: true });
    return "made";
  } catch (error) {
    if (signal.aborted) return "stopped";
    throw new Error(`the daily backup of the store failed: ${messageOf(error)}`, { cause: error });
  } finally {
    source.close();
  }
}

/** False when another process is making the copy. */
function claim(part: string): boolean {
  try {
    const left = statSync(part);
    if (Date.now() - left.mtimeMs < ABANDONED_MILLISECONDS) return false;
    rmSync(part);
  } catch {
    // Nobody has begun.
  }
  try {
    closeSync(openSync(part, "wx", 0o600));
    chmodSync(part, 0o600);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** Makes the copy a single file, without a log beside it. False when the copy is damaged, as far as that is looked at. */
function finish(file: string): boolean {
  let database: DatabaseSync | undefined;
  try {
    database = new (requireSqlite().DatabaseSync)(file);
    database.exec("PRAGMA journal_mode = DELETE");
    if (statSync(file).size > MOST_BYTES_CHECKED) return true;
    return database.prepare("PRAGMA quick_check(1)").get()?.["quick_check"] === "ok";
  } catch {
    return false;
  } finally {
    database?.close();
  }
}
