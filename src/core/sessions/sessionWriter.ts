/** The one who writes to a session: commits events with the fold they add up to, and keeps the lease. */
import { isOrchestratorError } from "../errors.ts";
import type { OrchestratorEvent } from "../events/event.ts";
import type { Clock, Logger } from "../ports.ts";
import type { Lease, SessionStore, SessionSummary } from "../store/sessionStore.ts";
import { LeaseKeeper } from "./leaseKeeper.ts";
import type { SessionFold } from "./sessionFold.ts";
import type { SessionState } from "./sessionState.ts";

/** A fold is kept at the latest after so many events, so that opening a session reads few of them. */
const CHECKPOINT_EVENTS = 10_000;

/**
 * What checkpoints may cost, in characters: so many to begin with, which keeps every version of a usual
 * session, and so many for every event. An event row has 300 and more, so that all checkpoints together stay
 * a fraction of the log, however long the session and big its state.
 */
const FIRST_ALLOWANCE = 64 * 1024;
const ALLOWANCE_PER_EVENT = 100;

export interface SessionWriterOptions {
  readonly lease: Lease;
  /** The session up to `lastSeq`. */
  readonly fold: SessionFold;
  readonly lastSeq: number;
  readonly store: SessionStore;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Called once, when another owner has taken the session: whoever runs it must stop. */
  readonly onFenced?: () => void;
  /** Called after every commit. */
  readonly onDidCommit?: () => void;
}

export class SessionWriter {
  readonly sessionId: string;
  readonly lease: Lease;
  /** Highest `seq` in the store when the writer was opened. */
  readonly lastSeq: number;
  readonly #options: SessionWriterOptions;
  readonly #keeper: LeaseKeeper;
  #eventsSinceCheckpoint = 0;
  #allowance = FIRST_ALLOWANCE;
  /** Length of the state when it was last looked at: what it costs at least to look again. */
  #stateCharacters = 0;
  #fenced = false;
  #closing: Promise<void> | undefined;

  constructor(options: SessionWriterOptions) {
    const { lease, store, clock, logger } = options;
    this.#options = options;
    this.lease = lease;
    this.sessionId = lease.sessionId;
    this.lastSeq = options.lastSeq;
    this.#keeper = new LeaseKeeper({ lease, store, clock, logger, onFenced: () => this.#reportFenced() });
  }

  /** Makes the events durable, in order, all or none. Rejects with `session.fenced`, `store.busy` or `store.failed`. */
  async commit(events: readonly OrchestratorEvent[]): Promise<void> {
    const { fold, store, onDidCommit } = this.#options;
    for (const event of events) fold.apply(event);
    const checkpoint = this.#checkpointAfter(events);
    try {
      const batch = { lease: this.lease, events, summary: fold.summary };
      await store.append(checkpoint === undefined ? batch : { ...batch, checkpoint });
    } catch (error) {
      if (isOrchestratorError(error) && error.code === "session.fenced") this.#reportFenced();
      throw error;
    }
    onDidCommit?.();
  }

  readCommitted(afterSeq: number, limit: number): Promise<OrchestratorEvent[]> {
    return this.#options.store.readEvents(this.sessionId, afterSeq, limit);
  }

  /** A copy of the state after the last event given to `commit`. */
  state(): SessionState {
    return this.#options.fold.state;
  }

  summary(): SessionSummary {
    return this.#options.fold.summary;
  }

  /** Gives the lease back. Whoever uses a log flushes it before. */
  close(): Promise<void> {
    this.#closing ??= this.#release();
    return this.#closing;
  }

  async #release(): Promise<void> {
    this.#keeper[Symbol.dispose]();
    if (this.#fenced) return;
    try {
      await this.#options.store.releaseLease(this.lease);
    } catch (error) {
      // Somebody took it a moment ago: there is nothing left to give back.
      if (!isOrchestratorError(error) || error.code !== "session.fenced") throw error;
    }
  }

  /** A checkpoint at a version, or after many events, when the allowance pays for it. */
  #checkpointAfter(events: readonly OrchestratorEvent[]): string | undefined {
    this.#eventsSinceCheckpoint += events.length;
    this.#allowance += events.length * ALLOWANCE_PER_EVENT;
    const due =
      this.#eventsSinceCheckpoint >= CHECKPOINT_EVENTS || events.some((event) => event.type === "snapshot_created");
    if (!due || this.#stateCharacters > this.#allowance) return undefined;
    const checkpoint = this.#options.fold.toCheckpoint();
    this.#stateCharacters = checkpoint.length;
    if (checkpoint.length > this.#allowance) return undefined;
    this.#allowance -= checkpoint.length;
    this.#eventsSinceCheckpoint = 0;
    return checkpoint;
  }

  #reportFenced(): void {
    if (this.#fenced) return;
    this.#fenced = true;
    this.#keeper[Symbol.dispose]();
    this.#options.onFenced?.();
  }
}
