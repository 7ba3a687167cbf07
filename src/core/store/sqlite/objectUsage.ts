/** How much of the disk content takes: all of it, and what single sessions have a share in. */
import type { StatementSync } from "node:sqlite";
import type { BlobGroup, BlobTotals, BlobUsage } from "../blobStore.ts";
import { namesIn, type NamedBy } from "./namesIn.ts";
import type { BlobRow, ObjectTable } from "./objectTable.ts";

/** Looks at so many blobs before others may use the thread. */
const SLICE_BLOBS = 2_000;

export class ObjectUsage {
  readonly #objects: ObjectTable;
  readonly #namedBy: NamedBy;
  readonly #pack: StatementSync;
  readonly #blobTotals: StatementSync;
  readonly #packTotals: StatementSync;

  constructor(objects: ObjectTable, namedBy: NamedBy) {
    this.#objects = objects;
    this.#namedBy = namedBy;
    const { database } = objects.transactions;
    this.#pack = database.prepare("SELECT size, length(bytes) AS stored FROM packs WHERE pack = ?");
    this.#blobTotals = database.prepare("SELECT count(*) AS blobs, coalesce(sum(size), 0) AS bytes FROM blobs");
    this.#packTotals = database.prepare("SELECT coalesce(sum(length(bytes)), 0) AS storedBytes FROM packs");
  }

  totals(): BlobTotals {
    const { database } = this.#objects.transactions;
    return this.#objects.transactions.read(() => {
      const pages = Number(database.prepare("PRAGMA page_count").get()?.["page_count"]);
      const pageSize = Number(database.prepare("PRAGMA page_size").get()?.["page_size"]);
      const blobs = this.#blobTotals.get() as unknown as { blobs: number; bytes: number };
      const packs = this.#packTotals.get() as unknown as { storedBytes: number };
      return { blobs: blobs.blobs, bytes: blobs.bytes, storedBytes: packs.storedBytes, fileBytes: pages * pageSize };
    });
  }

  async of(groups: readonly BlobGroup[], pause: () => Promise<void>): Promise<BlobUsage[]> {
    const reached: Map<number, BlobRow>[] = [];
    const owners = new Map<number, number>();
    for (const { hashes } of groups) {
      const blobs = await this.#reach(hashes, pause);
      for (const blob of blobs.keys()) owners.set(blob, (owners.get(blob) ?? 0) + 1);
      reached.push(blobs);
    }
    const ratios = new Map<number, number>();
    return groups.map(({ id }, index) => {
      const usage = { id, blobs: 0, bytes: 0, storedBytes: 0, exclusiveBytes: 0 };
      for (const row of reached[index]?.values() ?? []) {
        const stored = this.#storedBytes(row, ratios);
        usage.blobs++;
        usage.bytes += row.size;
        usage.storedBytes += stored;
        if (owners.get(row.blob) === 1) usage.exclusiveBytes += stored;
      }
      return { ...usage, storedBytes: Math.round(usage.storedBytes), exclusiveBytes: Math.round(usage.exclusiveBytes) };
    });
  }

  async #reach(hashes: readonly string[], pause: () => Promise<void>): Promise<Map<number, BlobRow>> {
    const reached = new Map<number, BlobRow>();
    const pending = [...hashes];
    for (let hash = pending.pop(); hash !== undefined; hash = pending.pop()) {
      const row = this.#objects.find(hash);
      if (!row || reached.has(row.blob)) continue;
      reached.set(row.blob, row);
      if (reached.size % SLICE_BLOBS === 0) await pause();
      if (this.#objects.isTree(row)) pending.push(...namesIn(this.#objects, hash, this.#namedBy));
    }
    return reached;
  }

  /** A blob's share of its pack, as compressed; of a blob in pieces the first one stands for all. */
  #storedBytes({ pack, size }: BlobRow, ratios: Map<number, number>): number {
    let ratio = ratios.get(pack);
    if (ratio === undefined) {
      const row = this.#objects.transactions.read(() => this.#pack.get(pack)) as unknown as
        | { size: number; stored: number }
        | undefined;
      ratio = row && row.size > 0 ? row.stored / row.size : 0;
      ratios.set(pack, ratio);
    }
    return ratio * size;
  }
}
