/**
 * The log of one session while this process owns it: gives every event its place, makes it durable and
 * tells the readers.
 *
 * - `seq` is given once, without gaps, and delivery is in `seq` order.
 * - A control event is committed before anybody is told. Text and samples are delivered at once and committed with
 *   the next control event, at the latest 50 ms later.
 * - Neighbouring chunks of one agent are joined for up to 16 ms before they get a `seq`, never after.
 * - A reader is a cursor over a ring bounded in bytes; one that falls behind pages from the store, so no
 *   text is lost and no reader can make memory grow.
 */
import type { EventDraft, OrchestratorEvent } from "./event.ts";
import { VOLATILE_KINDS } from "./eventKinds.ts";
import { EventRing } from "./eventRing.ts";
import { TextJoiner, type TextDraft } from "./textJoiner.ts";

/** Time as the log needs it; `core/ports.ts` Clock fits. Events import nothing but zod, hence this shape. */
export interface LogClock {
  now(): number;
  monotonic(): number;
  setTimer(milliseconds: number, callback: () => void): Disposable;
}

/** What a sampler hands to the log. */
export type SampleDraft = Extract<EventDraft, { type: "metrics_sampled" }>;

export interface SessionLogOptions {
  readonly sessionId: string;
  readonly epoch: number;
  /** Highest `seq` already in the store; the next event gets the one after it. */
  readonly lastSeq: number;
  readonly clock: LogClock;
  /** Makes the events durable, in order, all or none. */
  readonly commit: (events: readonly OrchestratorEvent[]) => Promise<void>;
  /** Committed events with `seq > afterSeq`, at most `limit`, for readers that fell behind. */
  readonly readCommitted: (afterSeq: number, limit: number) => Promise<readonly OrchestratorEvent[]>;
  /** Called once per event, in order, when it may be seen. */
  readonly onDeliver?: (event: OrchestratorEvent) => void;
  /** Bytes the ring keeps for readers; committed events beyond are paged from the store. Default 8 MB. */
  readonly ringBytes?: number;
  /** Uncommitted bytes from which producers have to wait. Default 4 MB. */
  readonly uncommittedBytes?: number;
}

const JOIN_MILLISECONDS = 16;
const TEXT_COMMIT_MILLISECONDS = 50;
/** A producer that awaits its emits gives the event loop a turn after so long a slice. */
const SLICE_MILLISECONDS = 4;
const BATCH_EVENTS = 4_000;
const PAGE_EVENTS = 500;
/** Fixed cost of an event in memory, beside its text. */
const EVENT_OVERHEAD_BYTES = 256;

interface Waiter {
  readonly seq: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export class SessionLog {
  readonly sessionId: string;
  readonly epoch: number;
  readonly #options: SessionLogOptions;
  readonly #ring: EventRing;
  readonly #joiner: TextJoiner;
  readonly #uncommittedLimit: number;
  #lastSeq: number;
  #committedSeq: number;
  #deliveredSeq: number;
  /** Events with a seq that are not durable yet, and the control events among them, both in order. */
  #pending: OrchestratorEvent[] = [];
  #pendingControlSeqs: number[] = [];
  #uncommitted = 0;
  #committing = false;
  #closed = false;
  #failure: { readonly error: unknown } | undefined;
  #waiters: Waiter[] = [];
  #drained: PromiseWithResolvers<void> | undefined;
  #changed = Promise.withResolvers<void>();
  #textTimer: Disposable | undefined;
  #sliceStart: number;
  #textsInSlice = 0;

  constructor(options: SessionLogOptions) {
    this.#options = options;
    this.sessionId = options.sessionId;
    this.epoch = options.epoch;
    this.#lastSeq = this.#committedSeq = this.#deliveredSeq = options.lastSeq;
    this.#ring = new EventRing(options.lastSeq + 1, options.ringBytes ?? 8 * 1024 * 1024);
    this.#uncommittedLimit = options.uncommittedBytes ?? 4 * 1024 * 1024;
    this.#joiner = new TextJoiner(options.clock, JOIN_MILLISECONDS, (draft) => this.#admit(draft, false));
    this.#sliceStart = options.clock.monotonic();
  }

  /** Highest `seq` given so far. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  /**
   * Adds a control event. Resolves when it is durable; rejects when it cannot be made so (the session was
   * taken over, the disk is full), after which the log takes nothing more.
   */
  async emit(draft: EventDraft): Promise<void> {
    this.#assertOpen();
    this.#joiner.flush();
    const seq = this.#admit(draft, true);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiters.push({ seq, resolve, reject });
    this.#commitSoon();
    await promise;
  }

  /**
   * Adds text for eyes. Returns a promise when the producer should wait before it goes on: too much is
   * uncommitted, or it has held the event loop for a slice.
   */
  emitText(draft: TextDraft): Promise<void> | undefined {
    this.#assertOpen();
    this.#uncommitted += draft.content.length;
    this.#joiner.add(draft);
    if (this.#uncommitted > this.#uncommittedLimit) {
      this.#joiner.flush();
      this.#commitSoon();
      this.#drained ??= Promise.withResolvers<void>();
      return this.#drained.promise;
    }
    // Reading the clock for every chunk would cost more than the chunk.
    if ((++this.#textsInSlice & 31) === 0) {
      const now = this.#options.clock.monotonic();
      if (now - this.#sliceStart > SLICE_MILLISECONDS) {
        return new Promise((resolve) =>
          setImmediate(() => {
            this.#sliceStart = this.#options.clock.monotonic();
            resolve();
          }),
        );
      }
    }
    return undefined;
  }

  /** Adds a sample for charts. One that comes when the log takes nothing more is not missed. */
  emitSample(draft: SampleDraft): void {
    if (!this.#closed && !this.#failure) this.#admit(draft, false);
  }

  /** Resolves when everything added so far is durable. */
  async flush(): Promise<void> {
    this.#joiner.flush();
    if (this.#failure) throw this.#failure.error;
    if (this.#committedSeq >= this.#lastSeq) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiters.push({ seq: this.#lastSeq, resolve, reject });
    this.#commitSoon();
    await promise;
  }

  /** Makes everything durable and ends the readers after the last event. */
  async close(): Promise<void> {
    if (this.#closed) return;
    try {
      if (!this.#failure) await this.flush();
    } finally {
      this.#closed = true;
      this.#joiner[Symbol.dispose]();
      this.#textTimer?.[Symbol.dispose]();
      this.#wakeReaders();
    }
  }

  /**
   * Events after `after` in order, for as long as the log is open. Ends when the log closes, and rejects
   * when the log failed (after the last event that was told) or the signal aborts.
   */
  async *read(options: { after?: number; signal?: AbortSignal } = {}): AsyncGenerator<OrchestratorEvent, void, void> {
    let next = (options.after ?? 0) + 1;
    for (;;) {
      options.signal?.throwIfAborted();
      if (next > this.#deliveredSeq) {
        if (this.#failure) throw this.#failure.error;
        if (this.#closed) return;
        await waitFor(this.#changed.promise, options.signal);
      } else if (next < this.#ring.firstSeq) {
        for (const event of await this.#options.readCommitted(next - 1, PAGE_EVENTS)) {
          yield event;
          next = event.seq + 1;
        }
      } else {
        yield this.#ring.at(next);
        next += 1;
      }
    }
  }

  /** Gives the draft its place and puts it where readers and the next commit find it. */
  #admit(draft: EventDraft | TextDraft, control: boolean): number {
    const seq = ++this.#lastSeq;
    const event: OrchestratorEvent = {
      ...draft,
      id: `evt_${this.epoch}_${seq}`,
      seq,
      epoch: this.epoch,
      timestamp: new Date(this.#options.clock.now()).toISOString(),
      sessionId: this.sessionId,
    };
    const bytes = bytesOf(event);
    // The characters of text were counted when it arrived.
    this.#uncommitted += control ? bytes : EVENT_OVERHEAD_BYTES;
    this.#pending.push(event);
    this.#ring.push(event, bytes);
    if (control) this.#pendingControlSeqs.push(seq);
    else this.#commitTextLater();
    this.#deliver();
    return seq;
  }

  /** Text may be seen up to the first control event that is not durable yet. */
  #deliver(): void {
    const firstControl = this.#pendingControlSeqs[0];
    const upTo = firstControl === undefined ? this.#lastSeq : firstControl - 1;
    if (upTo <= this.#deliveredSeq) return;
    const from = this.#deliveredSeq + 1;
    this.#deliveredSeq = upTo;
    const { onDeliver } = this.#options;
    if (onDeliver) for (let seq = from; seq <= upTo; seq++) onDeliver(this.#ring.at(seq));
    this.#wakeReaders();
  }

  #commitTextLater(): void {
    if (this.#textTimer || this.#committing) return;
    this.#textTimer = this.#options.clock.setTimer(TEXT_COMMIT_MILLISECONDS, () => {
      this.#textTimer = undefined;
      this.#commitSoon();
    });
  }

  #commitSoon(): void {
    if (this.#committing || this.#failure) return;
    this.#committing = true;
    // One microtask later, so that events added in the same turn share a commit.
    queueMicrotask(() => void this.#commitPending());
  }

  async #commitPending(): Promise<void> {
    this.#textTimer?.[Symbol.dispose]();
    this.#textTimer = undefined;
    try {
      while (this.#pending.length > 0) {
        const batch = nextBatch(this.#pending);
        this.#pending = batch === this.#pending ? [] : this.#pending.slice(batch.length);
        await this.#options.commit(batch);
        this.#afterCommit(batch);
        // Text alone waits for its own time; a control event that came meanwhile does not.
        if (this.#pendingControlSeqs.length === 0 && this.#waiters.length === 0 && !this.#drained) break;
      }
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#committing = false;
    }
    if (this.#pending.length > 0 && !this.#failure) this.#commitTextLater();
  }

  #afterCommit(batch: readonly OrchestratorEvent[]): void {
    this.#committedSeq = batch[batch.length - 1]?.seq ?? this.#committedSeq;
    for (const event of batch) this.#uncommitted -= bytesOf(event);
    while ((this.#pendingControlSeqs[0] ?? Infinity) <= this.#committedSeq) this.#pendingControlSeqs.shift();
    this.#deliver();
    this.#ring.evictThrough(Math.min(this.#committedSeq, this.#deliveredSeq));
    const ready = this.#waiters.filter((waiter) => waiter.seq <= this.#committedSeq);
    this.#waiters = this.#waiters.filter((waiter) => waiter.seq > this.#committedSeq);
    for (const waiter of ready) waiter.resolve();
    if (this.#drained && this.#uncommitted <= this.#uncommittedLimit / 2) {
      this.#drained.resolve();
      this.#drained = undefined;
    }
  }

  #fail(error: unknown): void {
    this.#failure = { error };
    for (const waiter of this.#waiters) waiter.reject(error);
    this.#waiters = [];
    this.#drained?.resolve();
    this.#drained = undefined;
    this.#joiner[Symbol.dispose]();
    this.#wakeReaders();
  }

  #wakeReaders(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }

  #assertOpen(): void {
    if (this.#failure) throw this.#failure.error;
    if (this.#closed) throw new Error(`The log of session ${this.sessionId} is closed.`);
  }
}

/**
 * The first of the pending events, as many as one commit takes. Neighbouring control events are not separated:
 * what is added in one turn of the event loop is one transaction.
 */
function nextBatch(pending: OrchestratorEvent[]): OrchestratorEvent[] {
  if (pending.length <= BATCH_EVENTS) return pending;
  let end = BATCH_EVENTS;
  while (end > 0 && isControl(pending[end - 1]) && isControl(pending[end])) end--;
  return pending.slice(0, end > 0 ? end : BATCH_EVENTS);
}

function isControl(event: OrchestratorEvent | undefined): boolean {
  return event !== undefined && !VOLATILE_KINDS.has(event.type);
}

/** What an event costs in memory, roughly: a fixed part and its text. */
function bytesOf(event: OrchestratorEvent): number {
  return EVENT_OVERHEAD_BYTES + ("content" in event ? event.content.length : 0);
}

async function waitFor(promise: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (!signal) return promise;
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(signal.reason as Error);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
