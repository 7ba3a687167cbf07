/** Opens a database: the checks before it is touched, its journal, its schema. Runs in the store's worker. */
import { chmodSync, closeSync, mkdirSync, openSync, rmSync, statSync, statfsSync } from "node:fs";
import path from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { OrchestratorError, messageOf } from "../../errors.ts";
import { BUSY_LIMITS, resultCode, withBusyRetry, type BusyLimits } from "./busy.ts";
import { MIGRATIONS, runMigrations, schemaVersion, type Migration } from "./migrations.ts";

type Sqlite = typeof import("node:sqlite");

/** Which database it is. */
export interface DatabaseFile {
  readonly name: string;
  readonly migrations: readonly Migration[];
  /** Pragmas that only a file without content takes. */
  readonly layout: string;
  /** Copy the file before an older schema is migrated. */
  readonly backUp: boolean;
}

export const STORE_FILE: DatabaseFile = { name: "store.db", migrations: MIGRATIONS, layout: "", backUp: true };

export interface OpenDatabaseOptions {
  /** Existing folder that holds the file. */
  readonly home: string;
  /** Default `store.db`. */
  readonly file?: DatabaseFile;
  /** Milliseconds since the epoch; names the backup before a migration. */
  readonly now: number;
  readonly busy?: BusyLimits;
}

export interface OpenedDatabase {
  readonly database: DatabaseSync;
  readonly path: string;
  readonly journal: "wal" | "rollback";
  /** Present when an older schema was migrated: its version and the copy made before, if one was. */
  readonly migrated?: { readonly from: number; readonly backup?: string };
}

/** The first version whose `node:sqlite` has everything used here (`backup`). */
const REQUIRED_NODE = "22.16";

/**
 * Throws `node.tooOld`, `home.notWritable`, `store.newer` (the file is left as it is), `store.busy` or
 * `store.failed`.
 */
export async function openDatabase(options: OpenDatabaseOptions): Promise<OpenedDatabase> {
  const sqlite = requireSqlite();
  const { layout, migrations, ...kind } = options.file ?? STORE_FILE;
  const file = path.join(options.home, kind.name);
  const busy = options.busy ?? BUSY_LIMITS;
  let database: DatabaseSync | undefined;
  try {
    createPrivately(file);
    withBusyRetry(file, busy, () => refuseNewer(sqlite, file, busy, migrations.length));
    const opened = new sqlite.DatabaseSync(file, { timeout: busy.timeoutMilliseconds });
    database = opened;
    withBusyRetry(file, busy, () => opened.exec(layout));
    const journal = withBusyRetry(file, busy, () => chooseJournal(opened, options.home));
    // A burst may grow the log far; it is cut back to this when it starts over.
    opened.exec(`PRAGMA journal_size_limit = ${64 * 1024 * 1024}`);
    const migrated = await migrate(sqlite, opened, { ...options, file, busy, migrations, backUp: kind.backUp });
    return { database: opened, path: file, journal, ...(migrated ? { migrated } : {}) };
  } catch (error) {
    database?.close();
    throw describeFailure(error, options.home);
  }
}

/** Node's SQLite. Throws `node.tooOld` where Node has none, or one that lacks what is needed. */
export function requireSqlite(
  load: () => Sqlite | undefined = () => process.getBuiltinModule("node:sqlite") as Sqlite | undefined,
): Sqlite {
  const sqlite = load();
  if (typeof sqlite?.backup !== "function") {
    throw new OrchestratorError("node.tooOld", { version: process.versions.node, required: REQUIRED_NODE });
  }
  return sqlite;
}

/**
 * Creates the file for its owner alone; SQLite gives its companions the same mode. A file that exists is
 * not opened here: closing it would drop the locks other connections of this process hold on it.
 */
function createPrivately(file: string): void {
  try {
    closeSync(openSync(file, "wx", 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    if ((statSync(file).mode & 0o077) !== 0) chmodSync(file, 0o600);
  }
}

/**
 * Looks through a read-only connection, which changes no byte of a file that a newer program wrote. Where a process
 * died in the middle of a change, that has to be taken back first, as whoever opens the file would do.
 */
function refuseNewer(sqlite: Sqlite, file: string, busy: BusyLimits, supported: number): void {
  let found: number;
  try {
    found = versionIn(new sqlite.DatabaseSync(file, { readOnly: true, timeout: busy.timeoutMilliseconds }));
  } catch (error) {
    if (!MUST_RECOVER.has((error as { errcode?: number }).errcode ?? 0)) throw error;
    found = versionIn(new sqlite.DatabaseSync(file, { timeout: busy.timeoutMilliseconds }));
  }
  if (found > supported) throw new OrchestratorError("store.newer", { path: file, found, supported });
}

/** SQLITE_READONLY_RECOVERY, SQLITE_READONLY_ROLLBACK and SQLITE_READONLY_CANTINIT of sqlite.org/rescode.html. */
const MUST_RECOVER = new Set([264, 776, 1288]);

function versionIn(database: DatabaseSync): number {
  try {
    return schemaVersion(database);
  } finally {
    database.close();
  }
}

/** The write-ahead log needs memory shared between all processes, which machines on a network do not have. */
function chooseJournal(database: DatabaseSync, home: string): OpenedDatabase["journal"] {
  const wanted = isNetworkFileSystem(statfsSync(home).type) ? "delete" : "wal";
  const mode = database.prepare(`PRAGMA journal_mode = ${wanted}`).get()?.["journal_mode"];
  return mode === "wal" ? "wal" : "rollback";
}

/** NFS, SMB and CIFS by the numbers Linux gives them (statfs(2)). */
export function isNetworkFileSystem(type: number): boolean {
  return [0x6969, 0x517b, 0xff534d42, 0xfe534d42].includes(type >>> 0);
}

async function migrate(
  sqlite: Sqlite,
  database: DatabaseSync,
  options: {
    home: string;
    file: string;
    now: number;
    busy: BusyLimits;
    migrations: readonly Migration[];
    backUp: boolean;
  },
): Promise<OpenedDatabase["migrated"]> {
  const { file, busy, migrations } = options;
  if (schemaVersion(database) === migrations.length) return undefined;
  withBusyRetry(file, busy, () => database.exec("BEGIN IMMEDIATE"));
  try {
    // Another process may have migrated while this one waited for the lock.
    const from = schemaVersion(database);
    if (from > migrations.length) {
      throw new OrchestratorError("store.newer", { path: file, found: from, supported: migrations.length });
    }
    const older = from > 0 && from < migrations.length;
    const backup = older && options.backUp ? await backUp(sqlite, options, from) : undefined;
    if (from < migrations.length) runMigrations(database, migrations);
    database.exec("COMMIT");
    return older ? { from, ...(backup === undefined ? {} : { backup }) } : undefined;
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

/** Copies the store through a connection of its own: the one that holds the write lock cannot be copied from. */
async function backUp(
  sqlite: Sqlite,
  options: { home: string; file: string; now: number },
  from: number,
): Promise<string> {
  const folder = path.join(options.home, "backups");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const target = path.join(folder, `store-v${from}-${new Date(options.now).toISOString().replaceAll(/[:.-]/g, "")}.db`);
  const source = new sqlite.DatabaseSync(options.file, { readOnly: true });
  try {
    await sqlite.backup(source, target);
    chmodSync(target, 0o600);
    return target;
  } catch (error) {
    rmSync(target, { force: true });
    throw error;
  } finally {
    source.close();
  }
}

/** SQLITE_PERM, SQLITE_READONLY and SQLITE_CANTOPEN of sqlite.org/rescode.html. */
const NOT_WRITABLE = new Set([3, 8, 14]);
const NOT_WRITABLE_ERRNO = new Set(["EACCES", "EPERM", "EROFS", "ENOENT", "ENOTDIR"]);

function describeFailure(error: unknown, home: string): OrchestratorError {
  if (error instanceof OrchestratorError) return error;
  const detail = messageOf(error);
  const notWritable =
    NOT_WRITABLE.has(resultCode(error) ?? -1) || NOT_WRITABLE_ERRNO.has((error as NodeJS.ErrnoException).code ?? "");
  return notWritable
    ? new OrchestratorError("home.notWritable", { home, detail }, { cause: error })
    : new OrchestratorError("store.failed", { detail }, { cause: error });
}
