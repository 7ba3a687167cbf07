/**
 * The port to the store's own health: what a doctor looks at, and the rows it may write because they are derived
 * from the events.
 */
import type { SessionSummary, VersionRow } from "./sessionStore.ts";

export interface StoreInspection {
  /** What SQLite's `quick_check` finds; empty when the file is sound. */
  readonly damage: readonly string[];
  /** Tables, columns and indexes that are not as the schema says; empty when all are. */
  readonly schema: readonly string[];
}

/** The events of a session as they stand in the store. */
export interface EventCount {
  readonly count: number;
  readonly lastSeq: number;
}

/** What the store keeps beside a session's log, worked out from the log alone. */
export interface DerivedRows {
  readonly lastSeq: number;
  /** Highest epoch of an event; 0 without events. */
  readonly epoch: number;
  /** ISO 8601: when the session was created here, and its last event. Absent without events. */
  readonly createdAt?: string;
  readonly updatedAt?: string;
  readonly summary: SessionSummary;
  readonly versions: readonly VersionRow[];
  /** The state at `lastSeq`, as a checkpoint holds it. */
  readonly checkpoint: string;
}

export interface FreedLease {
  readonly sessionId: string;
  /** Host and process that held it. */
  readonly owner: string;
}

/** What one event says of contents that are stored. */
export interface NamedContent {
  readonly sessionId: string;
  /** Kind of the event. */
  readonly type: string;
  /** Hashes it mentions, but for `manifest`. */
  readonly hashes: readonly string[];
  /** The manifest it names. */
  readonly manifest?: string;
  /** What it is about: versions, a tool call or a restore. */
  readonly keys: readonly string[];
}

export interface NamedContentPage {
  readonly items: readonly NamedContent[];
  /** Where the next page begins; absent at the end. */
  readonly next?: number;
}

export interface StoreMaintenance {
  inspect(): Promise<StoreInspection>;
  countEvents(sessionId: string): Promise<EventCount>;
  /**
   * Replaces list entry, versions and kept states of a session nobody runs. False, and nothing is changed, when
   * its events no longer end at `lastSeq`. Rejects with `session.unknown` or `session.running`.
   */
  replaceDerived(sessionId: string, rows: DerivedRows): Promise<boolean>;
  /** Gives back the leases of processes on this machine that are certainly gone. */
  freeDeadLeases(): Promise<FreedLease[]>;
  /** Removes what imports that never ended left behind; gives how many. */
  removeLeftovers(): Promise<number>;
  /**
   * The events that mention contents, or end what others mention, in the order of the log: session by session, or of
   * one. `after` is 0, then what the page before gives. A page may be empty though it is not the last.
   */
  namedContents(request: { readonly after: number; readonly sessionId?: string }): Promise<NamedContentPage>;
}
