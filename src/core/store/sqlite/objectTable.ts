/** The rows of `objects.db`: packs of compressed content and where each blob lies in them. */
import { createHash, hash as digest } from "node:crypto";
import type { StatementSync } from "node:sqlite";
import { OrchestratorError } from "../../errors.ts";
import { decompress } from "./compression.ts";
import { PackCache } from "./packCache.ts";
import type { Transactions } from "./transactions.ts";

/** `tree`: its content names other blobs, which stay as long as it does. */
export type BlobKind = "content" | "tree";

/** A blob in pieces fills several packs, all of this size but the last, so that nobody has to hold it whole. */
export const PIECE_BYTES = 4 * 1024 * 1024;

/** `start` of a blob that fills the packs from `pack` on. */
export const IN_PIECES = -1;

const KINDS: Readonly<Record<BlobKind, number>> = { content: 0, tree: 1 };

/** An age that is younger than this is not written again. */
const REFRESH_MILLISECONDS = 60_000;

/** Decompressed packs kept at hand. */
const CACHE_BYTES = 32 * 1024 * 1024;

export interface BlobRow {
  readonly blob: number;
  readonly size: number;
  readonly pack: number;
  readonly start: number;
  readonly kind: number;
}

/** A blob in a pack that is about to be inserted. */
export interface PackMember {
  readonly hash: string;
  readonly start: number;
  readonly size: number;
  readonly kind: BlobKind;
}

/** A pack as it is inserted. */
export interface CompressedPack {
  /** Before compression. */
  readonly size: number;
  readonly bytes: Uint8Array;
}

export class ObjectTable {
  readonly transactions: Transactions;
  readonly #cache = new PackCache(CACHE_BYTES);
  readonly #find: StatementSync;
  readonly #any: StatementSync;
  readonly #readPack: StatementSync;
  readonly #insertPack: StatementSync;
  readonly #insertBlob: StatementSync;
  readonly #refresh: StatementSync;
  readonly #reserve: StatementSync;
  readonly #deletePack: StatementSync;
  readonly #collections: StatementSync;

  constructor(transactions: Transactions) {
    this.transactions = transactions;
    const { database } = transactions;
    this.#find = database.prepare("SELECT blob, size, pack, start, kind FROM blobs WHERE hash = ?");
    this.#any = database.prepare("SELECT 1 FROM blobs LIMIT 1");
    this.#readPack = database.prepare("SELECT size, bytes FROM packs WHERE pack = ?");
    this.#insertPack = database.prepare("INSERT INTO packs VALUES (?, ?, ?, ?)");
    this.#insertBlob = database.prepare(
      "INSERT OR IGNORE INTO blobs (hash, size, pack, start, kind, used_at) VALUES (?, ?, ?, ?, ?, ?)",
    );
    this.#refresh = database.prepare(
      `UPDATE blobs SET used_at = max(used_at, ?2), kind = max(kind, ?3)
       WHERE hash = ?1 AND (used_at < ?4 OR kind < ?3)`,
    );
    this.#reserve = database.prepare(
      "UPDATE meta SET value = value + ? WHERE key = 'next_pack' RETURNING value AS next",
    );
    this.#deletePack = database.prepare("DELETE FROM packs WHERE pack = ?");
    this.#collections = database.prepare("SELECT value FROM meta WHERE key = 'collections'");
  }

  find(hash: string): BlobRow | undefined {
    return this.transactions.read(() => this.#find.get(keyOf(hash)) as unknown as BlobRow | undefined);
  }

  has(hash: string): boolean {
    return this.find(hash) !== undefined;
  }

  isEmpty(): boolean {
    return this.transactions.read(() => this.#any.get()) === undefined;
  }

  isTree(row: BlobRow): boolean {
    return row.kind === KINDS.tree;
  }

  /** The content, checked; not to be changed. Throws `blob.missing` or `blob.corrupted`. */
  read(hash: string): Buffer {
    const pieces = [...this.pieces(hash)];
    return pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces);
  }

  /**
   * The content piece by piece, so that it need not be held whole. Throws `blob.missing` or `blob.corrupted`:
   * of a blob in several pieces only after the last, so what was made of them does not count before the end.
   */
  *pieces(hash: string): Generator<Buffer> {
    const row = this.find(hash);
    if (!row) throw new OrchestratorError("blob.missing", { hash });
    const { pack, start, size } = row;
    if (start !== IN_PIECES) {
      const content = this.unpack(pack, hash).subarray(start, start + size);
      if (digest("sha256", content) !== hash) throw new OrchestratorError("blob.corrupted", { hash });
      yield content;
      return;
    }
    const whole = createHash("sha256");
    for (let position = 0; position < piecesOf(size); position++) {
      const piece = this.unpack(pack + position, hash);
      whole.update(piece);
      yield piece;
    }
    if (whole.digest("hex") !== hash) throw new OrchestratorError("blob.corrupted", { hash });
  }

  /** A pack's bytes, decompressed. Throws `blob.corrupted` in the name of the blob `hash`. */
  unpack(pack: number, hash: string): Buffer {
    const known = this.#cache.get(pack);
    if (known) return known;
    const row = this.transactions.read(() => this.#readPack.get(pack)) as unknown as CompressedPack | undefined;
    if (!row) throw new OrchestratorError("blob.corrupted", { hash });
    const bytes = unpacked(row, hash);
    this.#cache.add(pack, bytes);
    return bytes;
  }

  /** Numbers for `count` packs, one after the other. Called inside a transaction. */
  reserve(count: number): number {
    const { next } = this.#reserve.get(count) as unknown as { next: number };
    return next - count;
  }

  /** Inserts those blobs nobody inserted before, and the pack if there are any. Called inside a transaction. */
  insert(members: readonly PackMember[], compressed: CompressedPack, now: number): void {
    const pack = this.reserve(1);
    let inserted = 0;
    for (const member of members) {
      if (this.insertBlob(member, pack, now)) inserted++;
      else this.refresh(member.hash, member.kind, now);
    }
    if (inserted > 0) this.insertPack(pack, compressed, now);
  }

  insertPack(pack: number, { size, bytes }: CompressedPack, now: number): void {
    this.#insertPack.run(pack, size, now, bytes);
  }

  /** False when the blob is there already. */
  insertBlob({ hash, size, start, kind }: PackMember, pack: number, now: number): boolean {
    return this.#insertBlob.run(keyOf(hash), size, pack, start, KINDS[kind], now).changes === 1;
  }

  deletePack(pack: number): void {
    this.#deletePack.run(pack);
    this.forget(pack);
  }

  /** Drops what is remembered of a pack that is not in the table any more. */
  forget(pack: number): void {
    this.#cache.delete(pack);
  }

  /** Makes a blob count as new. False when there is no such blob. Called inside a transaction. */
  refresh(hash: string, kind: BlobKind, now: number): boolean {
    const key = keyOf(hash);
    const { changes } = this.#refresh.run(key, now, KINDS[kind], now - REFRESH_MILLISECONDS);
    return changes === 1 || this.#find.get(key) !== undefined;
  }

  /** How often blobs have been removed. */
  collections(): number {
    const row = this.transactions.read(() => this.#collections.get()) as unknown as { value: number };
    return row.value;
  }
}

/** How many packs a blob of this size in pieces fills. */
export function piecesOf(size: number): number {
  return Math.max(1, Math.ceil(size / PIECE_BYTES));
}

export function keyOf(hash: string): Buffer {
  return Buffer.from(hash, "hex");
}

function unpacked({ size, bytes }: CompressedPack, hash: string): Buffer {
  try {
    const content = decompress(bytes, size);
    if (content.length === size) return content;
  } catch (error) {
    throw new OrchestratorError("blob.corrupted", { hash }, { cause: error });
  }
  throw new OrchestratorError("blob.corrupted", { hash });
}
