/** What snapshots remember of folders between processes, so that an unchanged file is not read again. */
import type { StatementSync } from "node:sqlite";
import type { FolderKey, FolderStats, SavedStats } from "../../snapshots/objectAccess.ts";
import type { Transactions } from "./transactions.ts";

/** Rows of folders that are gone are dropped when there are so many more rows than folders. */
const SPARE_ROWS = 1_000;

export class FolderStatsTable {
  readonly #transactions: Transactions;
  readonly #folder: StatementSync;
  readonly #insertFolder: StatementSync;
  readonly #updateFolder: StatementSync;
  readonly #rows: StatementSync;
  readonly #count: StatementSync;
  readonly #insert: StatementSync;
  readonly #clear: StatementSync;

  constructor(transactions: Transactions) {
    this.#transactions = transactions;
    const { database } = transactions;
    this.#folder = database.prepare("SELECT folder, collections FROM folders WHERE path = ? AND rules = ?");
    this.#insertFolder = database.prepare(
      "INSERT INTO folders (path, rules, collections, used_at) VALUES (?, ?, ?, ?)",
    );
    this.#updateFolder = database.prepare("UPDATE folders SET collections = ?, used_at = ? WHERE folder = ?");
    this.#rows = database.prepare("SELECT path, stats FROM folder_stats WHERE folder = ?");
    this.#count = database.prepare("SELECT count(*) AS rows FROM folder_stats WHERE folder = ?");
    this.#insert = database.prepare("INSERT OR REPLACE INTO folder_stats VALUES (?, ?, ?)");
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
      const rows = this.#rows.all(found.folder) as unknown as { path: Uint8Array; stats: Uint8Array }[];
      return {
        rows: new Map(rows.map(({ path, stats }) => [viewOf(path).toString("latin1"), viewOf(stats)])),
        collections: found.collections,
      };
    });
  }

  #save(key: FolderKey, { changed, folders, collections, all }: SavedStats, now: number): void {
    const known = this.#find(key);
    const folder =
      known?.folder ?? Number(this.#insertFolder.run(key.path, key.rules, collections, now).lastInsertRowid);
    if (known) this.#updateFolder.run(collections, now, folder);
    const { rows } = this.#count.get(folder) as unknown as { rows: number };
    let saved = changed;
    if (rows > folders + SPARE_ROWS) {
      this.#clear.run(folder);
      saved = all();
    }
    for (const [path, stats] of saved) this.#insert.run(folder, Buffer.from(path, "latin1"), stats);
  }

  #find({ path, rules }: FolderKey): { folder: number; collections: number } | undefined {
    return this.#folder.get(path, rules) as unknown as { folder: number; collections: number } | undefined;
  }
}

function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
