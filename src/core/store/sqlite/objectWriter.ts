/**
 * Puts content into `objects.db`: hashes it, leaves out what is there already, packs the rest to about a
 * megabyte and compresses the packs on other threads while the next ones are filled.
 */
import { hash as digest } from "node:crypto";
import { compress } from "./compression.ts";
import type { BlobKind, CompressedPack, ObjectTable, PackMember } from "./objectTable.ts";

const PACK_BYTES = 1024 * 1024;
/** A longer blob gets a pack of its own: it gains little from neighbours, and they would be unpacked with it. */
const ALONE_BYTES = PACK_BYTES / 4;
/** Packs compressed at the same time. The threads are shared with everything else the process does. */
const PARALLEL = 2;
/** Compressed packs committed together. */
const COMMIT_PACKS = 16;

/** Content is not packed with trees: whoever reads trees reads many of them and nothing else. */
type PackUse = BlobKind | "alone";

/** Memory that content is put into; from `used` on it is free. */
interface Filling {
  readonly bytes: Buffer;
  readonly members: PackMember[];
  used: number;
}

interface ReadyPack extends CompressedPack {
  readonly members: readonly PackMember[];
}

export interface ObjectWriterOptions {
  /** The age of what is put, in milliseconds since the epoch. */
  readonly now: number;
  /** Give what is there already the new age too. Without it, somebody else must see to it that it stays. */
  readonly refresh: boolean;
}

export class ObjectWriter {
  readonly #objects: ObjectTable;
  readonly #options: ObjectWriterOptions;
  readonly #filling = new Map<PackUse, Filling>();
  readonly #compressing = new Set<Promise<void>>();
  /** Seen by this writer, so stored or about to be. */
  readonly #known = new Map<string, BlobKind>();
  /** There already; they get a new age. */
  readonly #refreshed = new Map<string, BlobKind>();
  readonly #spare: Buffer[] = [];
  /** Nothing to be found then; what others put meanwhile is noticed when the packs are inserted. */
  readonly #startedEmpty: boolean;
  #open: PackUse = "content";
  #ready: ReadyPack[] = [];
  #failure: { readonly error: unknown } | undefined;

  constructor(objects: ObjectTable, options: ObjectWriterOptions) {
    this.#objects = objects;
    this.#options = options;
    this.#startedEmpty = objects.isEmpty();
  }

  /** Where the next blob's bytes can be put: from `used` on, at least `size` of them. Until `take`. */
  room(size: number, kind: BlobKind = "content"): { readonly bytes: Buffer; readonly used: number } {
    const use = size > ALONE_BYTES && kind === "content" ? "alone" : kind;
    this.#open = use;
    let filling = this.#filling.get(use);
    if (!filling || size > filling.bytes.length - filling.used) {
      this.#seal(use);
      filling = { bytes: this.#allocate(size), members: [], used: 0 };
      this.#filling.set(use, filling);
    }
    return filling;
  }

  /** Takes the first `size` bytes of the last `room` as a blob. Gives its hash. */
  take(size: number, kind: BlobKind = "content"): string {
    const filling = this.#filling.get(this.#open);
    if (!filling) throw new Error("there is no room to take from");
    const hash = digest("sha256", filling.bytes.subarray(filling.used, filling.used + size));
    if (this.#isKnown(hash, kind)) return hash;
    filling.members.push({ hash, start: filling.used, size, kind });
    filling.used += size;
    if (this.#open === "alone" || filling.used >= PACK_BYTES) this.#seal(this.#open);
    return hash;
  }

  /** Takes content as a blob. Gives its hash. */
  add(content: Uint8Array, kind: BlobKind = "content"): string {
    const { bytes, used } = this.room(content.length, kind);
    bytes.set(content, used);
    return this.take(content.length, kind);
  }

  /** True when `settle` has something to wait for or to commit, so that callers need not await in every turn. */
  get isBehind(): boolean {
    return this.#compressing.size >= PARALLEL || this.#ready.length >= COMMIT_PACKS || this.#failure !== undefined;
  }

  /** Waits until more can be taken without running ahead of the disk. Throws what kept a pack from it. */
  async settle(): Promise<void> {
    while (this.#compressing.size >= PARALLEL && !this.#failure) await Promise.race(this.#compressing);
    this.#throwFailure();
    if (this.#ready.length < COMMIT_PACKS) return;
    // Not durable yet, nor need it be: nothing names it before `finish`, whose commit carries this one with it.
    this.#objects.transactions.write("normal", () => this.#insertReady());
    this.#ready = [];
  }

  /**
   * Makes everything taken durable, in one transaction with `also`, and resolves with the hashes that were
   * there when they were taken and have been collected since: none, unless a collection ran.
   *
   * What `also` throws rolls everything back; then `finish` may be called again, after taking more.
   */
  async finish(also: () => void = () => {}): Promise<string[]> {
    for (const use of [...this.#filling.keys()]) this.#seal(use);
    await Promise.all(this.#compressing);
    this.#throwFailure();
    const vanished = this.#objects.transactions.write("full", () => {
      this.#insertReady();
      const gone = [...this.#refreshed].filter(([hash, kind]) => !this.#objects.refresh(hash, kind, this.#options.now));
      also();
      return gone.map(([hash]) => hash);
    });
    this.#ready = [];
    this.#refreshed.clear();
    for (const hash of vanished) this.#known.delete(hash);
    return vanished;
  }

  /** After a collection: forgets what was there, but for what this writer is about to insert. */
  forgetKnown(): void {
    const waiting = new Set(this.#ready.flatMap(({ members }) => members.map(({ hash }) => hash)));
    for (const hash of this.#known.keys()) if (!waiting.has(hash)) this.#known.delete(hash);
    this.#refreshed.clear();
  }

  #isKnown(hash: string, kind: BlobKind): boolean {
    if (this.#known.get(hash) === kind) return true;
    this.#known.set(hash, kind);
    const row = this.#startedEmpty ? undefined : this.#objects.find(hash);
    if (!row) return false;
    const becomesTree = kind === "tree" && !this.#objects.isTree(row);
    if (this.#options.refresh || becomesTree) this.#refreshed.set(hash, kind);
    return true;
  }

  #allocate(size: number): Buffer {
    return (size <= PACK_BYTES ? this.#spare.pop() : undefined) ?? Buffer.allocUnsafeSlow(Math.max(size, PACK_BYTES));
  }

  #seal(use: PackUse): void {
    const filling = this.#filling.get(use);
    this.#filling.delete(use);
    if (!filling || filling.members.length === 0) return;
    const done = Promise.withResolvers<void>();
    this.#compressing.add(done.promise);
    void this.#compress(filling).finally(() => {
      this.#compressing.delete(done.promise);
      done.resolve();
    });
  }

  async #compress({ bytes, members, used }: Filling): Promise<void> {
    try {
      const compressed = await compress(bytes.subarray(0, used));
      // Only now: what was ready before has been inserted and forgotten meanwhile.
      this.#ready.push({ members, size: used, bytes: compressed });
      if (bytes.length === PACK_BYTES) this.#spare.push(bytes);
    } catch (error) {
      this.#failure = { error };
    }
  }

  /** Called inside a transaction, which may run again. */
  #insertReady(): void {
    for (const { members, ...pack } of this.#ready) this.#objects.insert(members, pack, this.#options.now);
  }

  #throwFailure(): void {
    if (this.#failure) throw this.#failure.error;
  }
}
