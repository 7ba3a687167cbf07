/** What snapshots remember of folders between processes, so that an unchanged file is not read again. */
import type { StatementSync } from "node:sqlite";
import type { FolderKey, FolderStats, SavedStats } from "../../snapshots/objectAccess.ts";
import { compressNow, decompress } from "./compression.ts";
import type { Transactions } from "./transactions.ts";

interface FolderRow {
  readonly folder: number;
  readonly collections: number;
  readonly saves: number;
}

export class FolderStatsTable {
  readonly #transactions: Transactions;
  readonly #folder: StatementSync;
  readonly #insertFolder: StatementSync;
  readonly #updateFolder: StatementSync;
  readonly #parts: StatementSync;
  readonly #insert: StatementSync;
  readonly #delete: StatementSync;
  readonly #clear: StatementSync;

  constructor(transactions: Transactions) {
    this.#transactions = transactions;
    const { database } = transactions;
    this.#folder = database.prepare("SELECT folder, collections, saves FROM folders WHERE path = ? AND rules = ?");
    this.#insertFolder = database.prepare(
      "INSERT INTO folders (path, rules, collections, saves, used_at) VALUES (?, ?, ?, 1, ?)",
    );
    this.#updateFolder = database.prepare(
      "UPDATE folders SET collections = ?, saves = ?, used_at = ? WHERE folder = ?",
    );
    this.#parts = database.prepare("SELECT part, size, stats FROM folder_stats WHERE folder = ?");
    this.#insert = database.prepare("INSERT OR REPLACE INTO folder_stats VALUES (?, ?, ?, ?)");
    this.#delete = database.prepare("DELETE FROM folder_stats WHERE folder = ? AND part = ?");
    this.#clear = database.prepare("DELETE FROM folder_stats WHERE folder = ?");
  }

  /** The table as snapshots see it; `now` is when a folder was last used. */
  at(now: number): FolderStats {
    return { load: (key) => this.#load(key), save: (key, stats) => this.#save(key, stats, now) };
  }

  #load(key: FolderKey): ReturnType<FolderStats["load"]> {
    return this.#transactions.read(() => {
      const found = this.#find(key);
      if (!found) return undefined;
      const rows = this.#parts.all(found.folder) as unknown as { part: number; size: number; stats: Uint8Array }[];
      return {
        parts: new Map(rows.map(({ part, size, stats }) => [part, decompress(stats, size)])),
        collections: found.collections,
        saves: found.saves,
      };
    });
  }

  #save(key: FolderKey, { changed, all, collections, saves }: SavedStats, now: number): number {
    const known = this.#find(key);
    const folder =
      known?.folder ?? Number(this.#insertFolder.run(key.path, key.rules, collections, now).lastInsertRowid);
    const next = (known?.saves ?? 0) + 1;
    if (known) this.#updateFolder.run(collections, next, now, folder);
    let parts = changed;
    if ((known?.saves ?? 0) !== saves) {
      // Parts of two processes do not fit together, and some may be older than the last collection.
      this.#clear.run(folder);
      parts = all();
    }
    for (const [part, stats] of parts) {
      if (stats) this.#insert.run(folder, part, stats.length, compressNow(stats));
      else this.#delete.run(folder, part);
    }
    return next;
  }

  #find({ path, rules }: FolderKey): FolderRow | undefined {
    return this.#folder.get(path, rules) as unknown as FolderRow | undefined;
  }
}
