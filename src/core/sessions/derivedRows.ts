/** What the store keeps beside a session's log, worked out from the log alone. */
import type { OrchestratorEvent } from "../events/event.ts";
import type { DerivedRows } from "../store/storeMaintenance.ts";
import { VersionFold } from "../store/versionFold.ts";
import { SessionFold } from "./sessionFold.ts";
import { emptyState } from "./sessionState.ts";
import { initialSummary } from "./sessionSummary.ts";

/** Takes the events of one session from its first, in order. */
export class DerivedRowsFold {
  readonly #fold = new SessionFold({ summary: initialSummary({ goal: "", folders: [] }), state: emptyState(), seq: 0 });
  readonly #versions = new VersionFold();
  #lastSeq = 0;
  #epoch = 0;
  #createdAt: string | undefined;
  #updatedAt: string | undefined;

  /** Throws on an event that cannot be understood; what it stands for after that is not known. */
  apply(event: OrchestratorEvent): void {
    this.#fold.apply(event);
    this.#lastSeq = event.seq;
    this.#epoch = Math.max(this.#epoch, event.epoch);
    // An imported session is as old as its import, a fork as the fork: what comes before was elsewhere.
    const begins = event.type === "session_imported" || event.type === "session_forked";
    if (this.#createdAt === undefined || begins) this.#createdAt = event.timestamp;
    this.#updatedAt = event.timestamp;
    this.#versions.apply(event);
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
      versions: this.#versions.versions,
      checkpoint: this.checkpoint(),
    };
  }
}
