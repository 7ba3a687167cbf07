/** Reads blobs and what their trees lead to, to find out what is missing or damaged. */
import { isOrchestratorError } from "../../errors.ts";
import type { BlobExamination } from "../blobStore.ts";
import type { NamedBy } from "./namesIn.ts";
import type { BlobRow, ObjectTable } from "./objectTable.ts";

/** Reads so many blobs before others may use the thread. */
const SLICE_BLOBS = 200;

export class ObjectExamination {
  readonly #objects: ObjectTable;
  readonly #namedBy: NamedBy;

  constructor(objects: ObjectTable, namedBy: NamedBy) {
    this.#objects = objects;
    this.#namedBy = namedBy;
  }

  async of(hashes: readonly string[], pause: () => Promise<void>): Promise<BlobExamination> {
    const seen = new Set<string>();
    const missing: string[] = [];
    const corrupted: string[] = [];
    const contents: { readonly hash: string; readonly row: BlobRow }[] = [];
    const pending = [...hashes];
    for (let hash = pending.pop(); hash !== undefined; hash = pending.pop()) {
      if (seen.has(hash)) continue;
      seen.add(hash);
      if (seen.size % SLICE_BLOBS === 0) await pause();
      const row = this.#objects.find(hash);
      if (!row) missing.push(hash);
      else if (!this.#objects.isTree(row)) contents.push({ hash, row });
      else {
        const names = this.#namesIn(hash);
        if (names) pending.push(...names);
        else corrupted.push(hash);
      }
    }
    // In the order of the packs, each of which is then decompressed once.
    const inOrder = contents.toSorted(
      ({ row: one }, { row: other }) => one.pack - other.pack || one.start - other.start,
    );
    for (const [index, { hash }] of inOrder.entries()) {
      if (index % SLICE_BLOBS === 0) await pause();
      if (!this.#isReadable(hash)) corrupted.push(hash);
    }
    return { blobs: seen.size, missing, corrupted };
  }

  /** Undefined where the tree is damaged. */
  #namesIn(hash: string): readonly string[] | undefined {
    try {
      return this.#namedBy(this.#objects.read(hash));
    } catch (error) {
      if (isOrchestratorError(error) && error.code === "store.busy") throw error;
      return undefined;
    }
  }

  #isReadable(hash: string): boolean {
    try {
      // All of it: only after the last piece it is known to be good.
      for (const _ of this.#objects.pieces(hash)) continue;
      return true;
    } catch (error) {
      if (isOrchestratorError(error) && error.code.startsWith("blob.")) return false;
      throw error;
    }
  }
}
