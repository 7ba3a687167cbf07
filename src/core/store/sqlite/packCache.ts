/** Decompressed packs, the last used first: files that are read together were packed together. */
export class PackCache {
  readonly #limitBytes: number;
  /** In the order of use, the oldest first. */
  readonly #packs = new Map<number, Buffer>();
  #bytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  get(pack: number): Buffer | undefined {
    const bytes = this.#packs.get(pack);
    if (bytes) {
      this.#packs.delete(pack);
      this.#packs.set(pack, bytes);
    }
    return bytes;
  }

  add(pack: number, bytes: Buffer): void {
    this.delete(pack);
    this.#packs.set(pack, bytes);
    this.#bytes += bytes.length;
    for (const oldest of this.#packs.keys()) {
      if (this.#bytes <= this.#limitBytes || oldest === pack) break;
      this.delete(oldest);
    }
  }

  delete(pack: number): void {
    this.#bytes -= this.#packs.get(pack)?.length ?? 0;
    this.#packs.delete(pack);
  }
}
