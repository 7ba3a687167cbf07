/** What the store keeps beside a session's log, worked out from the log alone. */
import type { OrchestratorEvent } from "../events/event.ts";
import type { SessionSummary, VersionRow } from "../store/sessionStore.ts";
import { SessionFold } from "./sessionFold.ts";
import { emptyState } from "./sessionState.ts";
import { initialSummary } from "./sessionSummary.ts";

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

/** Takes the events of one session from its first, in order. */
export class DerivedRowsFold {
  readonly #fold = new SessionFold({ summary: initialSummary({ goal: "", folders: [] }), state: emptyState(), seq: 0 });
  readonly #versions: VersionRow[] = [];
  #lastSeq = 0;
  #epoch = 0;
  #createdAt: string | undefined;
  #updatedAt: string | undefined;

  apply(event: OrchestratorEvent): void {
    this.#fold.apply(event);
    this.#lastSeq = event.seq;
    this.#epoch = Math.max(this.#epoch, event.epoch);
    // An imported session is as old as its import: what it says of earlier is another machine's word.
    if (this.#createdAt === undefined || event.type === "session_imported") this.#createdAt = event.timestamp;
    this.#updatedAt = event.timestamp;
    if (event.type === "snapshot_created") {
      const { versionId, seq, reason, stepId = null, timestamp: createdAt } = event;
      this.#versions.push({ versionId, seq, reason, stepId, createdAt });
    }
  }

  /** The state so far, as a checkpoint holds it. */
  checkpoint(): string {
    return this.#fold.toCheckpoint();
  }

  rows(): DerivedRows {
    return {
      lastSeq: this.#lastSeq,
      epoch: this.#epoch,
      ...(this.#createdAt === undefined ? {} : { createdAt: this.#createdAt }),
      ...(this.#updatedAt === undefined ? {} : { updatedAt: this.#updatedAt }),
      summary: this.#fold.summary,
      versions: this.#versions,
      checkpoint: this.checkpoint(),
    };
  }
}
