/** Opens `store.db` in its worker, whatever state it is in: a damaged one is put aside and salvaged. */
import { existsSync, rmSync } from "node:fs";
import { BUSY_LIMITS } from "./busy.ts";
import { POSITIONS } from "./eventTable.ts";
import { MIGRATIONS, schemaVersion } from "./migrations.ts";
import { openDatabase, requireSqlite, type OpenDatabaseOptions, type OpenedDatabase } from "./openDatabase.ts";
import type { SalvageReport } from "./salvage.ts";
import { exchangeStore, isDamage, needsRepair, storeFilesIn, withRepairLock } from "./storeFiles.ts";

export interface OpenedStore extends OpenedDatabase {
  /** Present when the store was damaged and this process salvaged it. */
  readonly salvaged?: SalvageReport;
}

type StoreOptions = Pick<OpenDatabaseOptions, "home" | "now" | "busy">;

/** Throws what `openDatabase` does, except for damage. */
export async function openStore(options: StoreOptions): Promise<OpenedStore> {
  let salvaged = needsRepair(options.home) ? await repair(options) : undefined;
  let opened: OpenedDatabase | undefined;
  try {
    opened = await openDatabase(options);
    touch(opened);
  } catch (error) {
    opened?.database.close();
    if (salvaged || !isDamage(error)) throw error;
    salvaged = await repair(options);
    opened = await openDatabase(options);
  }
  return salvaged ? { ...opened, salvaged } : opened;
}

/** Undefined when there was nothing to salvage: another process had done it, or a mark was a mistake. */
async function repair({ home, busy = BUSY_LIMITS }: StoreOptions): Promise<SalvageReport | undefined> {
  // Loaded only when it is needed: it brings the folds of the sessions with it.
  const { salvageStore } = await import("./salvage.ts");
  const { store, mark, repaired } = storeFilesIn(home);
  return withRepairLock(home, busy, () => {
    if (existsSync(repaired)) exchangeStore(home);
    if (!existsSync(store) || isSound(store, busy.timeoutMilliseconds)) {
      rmSync(mark, { force: true });
      return undefined;
    }
    return salvageStore(home);
  });
}

/** Rows that SQLite finds in order and whose text is not what stands there. */
const UNSOUND_ROWS = [
  `SELECT 1 FROM events WHERE NOT json_valid(json)
   OR json_extract(json, '$.type') IS NOT type OR json_extract(json, '$.seq') IS NOT position % ${POSITIONS}`,
  "SELECT 1 FROM sessions WHERE NOT json_valid(folders)",
];

/** A store of a newer program is none of ours to look through: opening it says so. */
function isSound(file: string, timeout: number): boolean {
  const database = new (requireSqlite().DatabaseSync)(file, { timeout });
  try {
    if (schemaVersion(database) > MIGRATIONS.length) return true;
    const lines = database.prepare("PRAGMA quick_check(1)").all();
    if (lines.length !== 1 || lines[0]?.["quick_check"] !== "ok") return false;
    return UNSOUND_ROWS.every((query) => database.prepare(query).get() === undefined);
  } catch (error) {
    if (isDamage(error)) return false;
    throw error;
  } finally {
    database.close();
  }
}

/** Reads the ends of the tables every command needs, where a file that was cut off shows it. */
function touch({ database }: OpenedDatabase): void {
  database.prepare("SELECT max(position) FROM events").get();
  database.prepare("SELECT max(number) FROM sessions").get();
  database.prepare("SELECT max(session) FROM leases").get();
}
