/** The second half of a collection: deletes rows, packs that are empty, and the holes in the others. */
import type { StatementSync } from "node:sqlite";
import { isOrchestratorError } from "../../errors.ts";
import type { CollectReport } from "../blobStore.ts";
import { compressNow } from "./compression.ts";
import { IN_PIECES, piecesOf, type ObjectTable } from "./objectTable.ts";

/** Blobs looked at in one transaction: others wait for its end. */
const BATCH_BLOBS = 2_000;
/** Packs written anew in one transaction. */
const BATCH_PACKS = 8;
/** Free pages given back to the file system in one transaction. */
const BATCH_PAGES = 2_000;

interface SweptRow {
  readonly blob: number;
  readonly size: number;
  readonly pack: number;
  readonly start: number;
  readonly used_at: number;
}

export interface ObjectSweepOptions {
  readonly isMarked: (blob: number) => boolean;
  /** What was put later stays. */
  readonly cutoff: number;
  readonly now: number;
}

export class ObjectSweep {
  readonly #objects: ObjectTable;
  readonly #options: ObjectSweepOptions;
  readonly #next: StatementSync;
  readonly #delete: StatementSync;
  readonly #live: StatementSync;
  readonly #packSize: StatementSync;
  readonly #move: StatementSync;
  readonly #unused: StatementSync;
  readonly #longOnes: StatementSync;
  readonly #countCollection: StatementSync;
  readonly #report = { blobs: 0, bytes: 0, freedBytes: 0 };
  readonly #touchedPacks = new Set<number>();
  readonly #deletedPacks: number[] = [];
  readonly #pagesAtStart: number;
  #after = 0;
  #lookedForUnused = false;

  constructor(objects: ObjectTable, options: ObjectSweepOptions) {
    this.#objects = objects;
    this.#options = options;
    const { database } = objects.transactions;
    this.#next = database.prepare(
      "SELECT blob, size, pack, start, used_at FROM blobs WHERE blob > ? ORDER BY blob LIMIT ?",
    );
    this.#delete = database.prepare("DELETE FROM blobs WHERE blob = ?");
    this.#live = database.prepare("SELECT blob, size, start FROM blobs WHERE pack = ? ORDER BY start");
    this.#packSize = database.prepare("SELECT size FROM packs WHERE pack = ?");
    this.#move = database.prepare("UPDATE blobs SET pack = ?, start = ? WHERE blob = ?");
    this.#unused = database.prepare(
      "SELECT pack FROM packs WHERE created_at < ? AND pack NOT IN (SELECT pack FROM blobs)",
    );
    this.#longOnes = database.prepare("SELECT pack, size FROM blobs WHERE start = ?");
    this.#pagesAtStart = this.#pragma("page_count");
    this.#countCollection = database.prepare("UPDATE meta SET value = value + 1 WHERE key = 'collections'");
  }

  get report(): CollectReport {
    return this.#report;
  }

  /** One transaction's work, called inside it. False when nothing is left to do. */
  removeSome(): boolean {
    const rows = this.#next.all(this.#after, BATCH_BLOBS) as unknown as SweptRow[];
    if (rows.length > 0) {
      this.#removeBlobs(rows);
      return true;
    }
    const packs = [...this.#touchedPacks].slice(0, BATCH_PACKS);
    if (packs.length > 0) {
      for (const pack of packs) this.#tidyPack(pack);
      return true;
    }
    if (!this.#lookedForUnused) this.#removeUnusedPacks();
    return false;
  }

  /** What was decompressed of packs that are gone. */
  forgetPacks(): void {
    for (const pack of this.#deletedPacks) this.#objects.forget(pack);
  }

  /** Makes the file smaller by some of its free pages. False when there are none. */
  shrinkSome(): boolean {
    if (this.#pragma("freelist_count") === 0) return false;
    const { transactions } = this.#objects;
    const before = this.#pragma("page_count");
    transactions.read(() => transactions.database.exec(`PRAGMA incremental_vacuum(${BATCH_PAGES})`));
    const after = this.#pragma("page_count");
    this.#report.freedBytes = (this.#pagesAtStart - after) * this.#pragma("page_size");
    return after < before;
  }

  #removeBlobs(rows: readonly SweptRow[]): void {
    const { isMarked, cutoff } = this.#options;
    this.#after = rows.at(-1)?.blob ?? this.#after;
    const swept = rows.filter(({ blob, used_at: usedAt }) => usedAt < cutoff && !isMarked(blob));
    if (swept.length === 0) return;
    this.#countCollection.run();
    for (const { blob, size, pack, start } of swept) {
      this.#delete.run(blob);
      this.#report.blobs++;
      this.#report.bytes += size;
      if (start !== IN_PIECES) this.#touchedPacks.add(pack);
      else for (let piece = pack; piece < pack + piecesOf(size); piece++) this.#deletePack(piece);
    }
  }

  /** Deletes an empty pack, and writes one anew that is more hole than content. */
  #tidyPack(pack: number): void {
    this.#touchedPacks.delete(pack);
    const live = this.#live.all(pack) as unknown as { blob: number; size: number; start: number }[];
    if (live.length === 0) return this.#deletePack(pack);
    const size = (this.#packSize.get(pack) as unknown as { size: number } | undefined)?.size ?? 0;
    const bytes = live.reduce((sum, blob) => sum + blob.size, 0);
    if (bytes > size / 2) return;
    const content = this.#unpack(pack);
    if (!content) return;
    const moved = this.#objects.reserve(1);
    const kept = Buffer.concat(live.map((blob) => content.subarray(blob.start, blob.start + blob.size)));
    this.#objects.insertPack(moved, { size: kept.length, bytes: compressNow(kept) }, this.#options.now);
    let start = 0;
    for (const blob of live) {
      this.#move.run(moved, start, blob.blob);
      start += blob.size;
    }
    this.#deletePack(pack);
  }

  /** A pack that cannot be read is left as it is: part of it may be of use to somebody who repairs it. */
  #unpack(pack: number): Buffer | undefined {
    try {
      return this.#objects.unpack(pack, `pack ${pack}`);
    } catch (error) {
      if (isOrchestratorError(error) && error.code === "blob.corrupted") return undefined;
      throw error;
    }
  }

  /** Pieces of blobs whose writer died. */
  #removeUnusedPacks(): void {
    this.#lookedForUnused = true;
    const used = new Set<number>();
    for (const { pack, size } of this.#longOnes.all(IN_PIECES) as unknown as { pack: number; size: number }[]) {
      for (let piece = pack; piece < pack + piecesOf(size); piece++) used.add(piece);
    }
    const unused = this.#unused.all(this.#options.cutoff) as unknown as { pack: number }[];
    for (const { pack } of unused) if (!used.has(pack)) this.#deletePack(pack);
  }

  #deletePack(pack: number): void {
    this.#objects.deletePack(pack);
    this.#deletedPacks.push(pack);
  }

  #pragma(name: "freelist_count" | "page_count" | "page_size"): number {
    const row = this.#objects.transactions.read(() =>
      this.#objects.transactions.database.prepare(`PRAGMA ${name}`).get(),
    );
    return Number(row?.[name]);
  }
}
