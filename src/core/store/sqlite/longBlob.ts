/** Blobs too long to be held in memory: read twice, compressed and committed piece by piece. */
import { createHash } from "node:crypto";
import { compress } from "./compression.ts";
import { IN_PIECES, PIECE_BYTES, piecesOf, type ObjectTable } from "./objectTable.ts";

export interface LongContent {
  readonly size: number;
  /** Reads `into.length` bytes at `position`; gives how many there were. */
  readonly read: (position: number, into: Buffer) => number;
  readonly signal?: AbortSignal;
  /** Lets others use the thread. */
  readonly pause: () => Promise<void>;
}

/**
 * Stores the content, durably, and resolves with its hash, or with undefined when it changed under the reader.
 * The first reading finds out whether it is there already, so that it is not written in vain.
 */
export async function putLong(objects: ObjectTable, content: LongContent, now: number): Promise<string | undefined> {
  const { transactions } = objects;
  const seen = createHash("sha256");
  for await (const piece of pieces(content)) seen.update(piece);
  const hash = seen.digest("hex");
  if (transactions.write("full", () => objects.refresh(hash, "content", now))) return hash;

  const count = piecesOf(content.size);
  const first = transactions.write("normal", () => objects.reserve(count));
  const drop = (): void => {
    for (let pack = first; pack < first + count; pack++) objects.deletePack(pack);
  };
  try {
    const stored = createHash("sha256");
    let pack = first;
    for await (const piece of pieces(content)) {
      stored.update(piece);
      const bytes = await compress(piece);
      const number = pack++;
      transactions.write("normal", () => objects.insertPack(number, { size: piece.length, bytes }, now));
    }
    const unchanged = pack === first + count && stored.digest("hex") === hash;
    transactions.write("full", () => {
      // Somebody else may have stored the same content meanwhile.
      const member = { hash, start: IN_PIECES, size: content.size, kind: "content" } as const;
      if (!unchanged || !objects.insertBlob(member, first, now)) drop();
      if (unchanged) objects.refresh(hash, "content", now);
    });
    return unchanged ? hash : undefined;
  } catch (error) {
    try {
      transactions.write("normal", drop);
    } catch {
      // The collection removes pieces that belong to nothing.
    }
    throw error;
  }
}

async function* pieces({ size, read, signal, pause }: LongContent): AsyncGenerator<Buffer> {
  for (let position = 0; position < size; position += PIECE_BYTES) {
    signal?.throwIfAborted();
    const piece = Buffer.allocUnsafe(Math.min(PIECE_BYTES, size - position));
    const length = read(position, piece);
    yield piece.subarray(0, length);
    if (length < piece.length) return;
    await pause();
  }
}
