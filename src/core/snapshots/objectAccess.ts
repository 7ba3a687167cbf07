/**
 * What snapshots need of the store of objects, inside its worker, where everything is at hand at once. The
 * tables of store/sqlite have these methods; snapshots know nothing of SQLite.
 */

/** `tree`: its content names other blobs, which stay as long as it does. */
export type ObjectKind = "content" | "tree";

export interface ObjectReader {
  has(hash: string): boolean;
  /** The content, checked; not to be changed. Throws `blob.missing` or `blob.corrupted`. */
  read(hash: string): Buffer;
  /** The content in pieces; only after the last one is it known to be good. */
  pieces(hash: string): Iterable<Buffer>;
  /** Grows whenever content was removed, so that what was there earlier may not be any more. */
  collections(): number;
}

/** Puts content, in bulk; see objectWriter.ts. */
export interface ObjectSink {
  room(size: number, kind?: ObjectKind): { readonly bytes: Buffer; readonly used: number };
  take(size: number, kind?: ObjectKind): string;
  add(content: Uint8Array, kind?: ObjectKind): string;
  readonly isBehind: boolean;
  settle(): Promise<void>;
  finish(also?: () => void): Promise<readonly string[]>;
  forgetKnown(): void;
}

/** Content too long to be held in memory. */
export interface LongContent {
  readonly size: number;
  /** Reads `into.length` bytes at `position`; gives how many there were. */
  readonly read: (position: number, into: Buffer) => number;
  readonly signal?: AbortSignal;
  /** Lets others use the thread. */
  readonly pause: () => Promise<void>;
}

export interface Objects {
  readonly reader: ObjectReader;
  /** `refresh`: what is there already counts as new too. Without it, a tree that names it must see to that. */
  sink(options: { readonly refresh: boolean }): ObjectSink;
  /** Durable when it resolves; undefined when the content changed under the reader. */
  putLong(content: LongContent): Promise<string | undefined>;
  /** Makes a tree count as new, with all it reaches. False when it is gone. Inside `finish`. */
  refreshTree(hash: string): boolean;
  readonly stats: FolderStats;
}

/** Where the stats of folders are remembered between processes. */
export interface FolderStats {
  load(folder: FolderKey): LoadedStats | undefined;
  /** Inside `finish`. Gives the new `saves`. */
  save(folder: FolderKey, stats: SavedStats): number;
}

export interface LoadedStats {
  /** By their numbers. */
  readonly parts: ReadonlyMap<number, Buffer>;
  /** As they were when it was saved. */
  readonly collections: number;
  /** Grows with every save. */
  readonly saves: number;
}

export interface SavedStats {
  /** Of the last load or save; 0 for none. */
  readonly saves: number;
  /** Parts that have changed since; undefined for one that is gone. */
  readonly changed: ReadonlyMap<number, Buffer | undefined>;
  /** All parts, for when somebody else saved meanwhile. */
  readonly all: () => ReadonlyMap<number, Buffer>;
  readonly collections: number;
}

export interface FolderKey {
  /** Real path, as byte string. */
  readonly path: string;
  /** Stands for the settings the stats were taken with. */
  readonly rules: string;
}
