/**
 * The port to content by its hash: payloads too long for the log, and what snapshots hold.
 *
 * Content is kept once for all sessions. Nobody deletes any: what no event and no version names any more is
 * collected. The implementation (sqlite/) keeps everything in `objects.db` behind a worker of its own, so
 * that a snapshot never delays an event.
 */

/** Content that nobody names stays so long after it was last put, so that whoever put it has time to name it. */
export const UNNAMED_MILLISECONDS = 60 * 60 * 1000;

/** Hashes are full SHA-256 in lower-case hex. */
export interface BlobStore {
  /**
   * Keeps each content, all of one kind, and resolves with the hashes, in order, when all of it is on the disk. Content that is
   * there already counts as new for the collection.
   */
  put(contents: readonly Uint8Array[], kind?: ContentKind): Promise<string[]>;
  /** Rejects with `blob.missing`, or with `blob.corrupted` when the bytes do not have the hash any more. */
  get(hash: string): Promise<Uint8Array>;
  /** As `get`, in order; rejects when one of them cannot be read. */
  getMany(hashes: readonly string[]): Promise<Uint8Array[]>;
  /** Which of them are there, in order. */
  has(hashes: readonly string[]): Promise<boolean[]>;

  /**
   * Removes what is not in `keep`, is not reached from a tree in `keep`, and was last put more than an hour
   * ago; trees put within the hour keep what they reach. Resolves with undefined when another process
   * collects at the moment.
   */
  collect(options: CollectOptions): Promise<CollectReport | undefined>;

  /** Reads these and everything reached from those that are trees, and tells what cannot be read. */
  examine(hashes: readonly string[], options?: { readonly signal?: AbortSignal }): Promise<BlobExamination>;

  /** What each group of hashes, with everything reached from its trees, takes on the disk. */
  usage(groups: readonly BlobGroup[]): Promise<BlobUsage[]>;
  totals(): Promise<BlobTotals>;
}

/** `tree`: what its content names stays as long as it does. */
export type ContentKind = "content" | "tree";

export interface BlobExamination {
  /** Blobs that were looked at. */
  readonly blobs: number;
  readonly missing: readonly string[];
  readonly corrupted: readonly string[];
}

export interface CollectOptions {
  /** Everything that an event or a version names. Read to its end before anything is removed. */
  readonly keep: Iterable<string> | AsyncIterable<string>;
  readonly signal?: AbortSignal;
}

export interface CollectReport {
  readonly blobs: number;
  /** Uncompressed. */
  readonly bytes: number;
  /** By which the file became smaller. */
  readonly freedBytes: number;
}

export interface BlobGroup {
  readonly id: string;
  readonly hashes: readonly string[];
}

export interface BlobUsage {
  readonly id: string;
  readonly blobs: number;
  /** Uncompressed. */
  readonly bytes: number;
  /** On the disk, estimated from how well the pack around each blob was compressed. */
  readonly storedBytes: number;
  /** Of `storedBytes`, what no other of the groups names: what its removal gives back. */
  readonly exclusiveBytes: number;
}

export interface BlobTotals {
  readonly blobs: number;
  /** Uncompressed. */
  readonly bytes: number;
  /** Compressed. */
  readonly storedBytes: number;
  /** Size of the file, tables and free pages included. */
  readonly fileBytes: number;
}
