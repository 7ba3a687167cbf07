/**
 * The pace of long work in a thread that others use too: it runs in slices, tells how far it is, and stops
 * when it is asked to.
 */

/** How long the others wait at most. */
const SLICE_MILLISECONDS = 8;
/** How often is told how far it is. */
const TELL_MILLISECONDS = 50;

export interface Progress {
  readonly phase: "looking" | "reading" | "writing";
  readonly done: number;
  /** Known only once everything was looked at. */
  readonly total?: number;
}

export class WorkPace {
  readonly signal: AbortSignal;
  readonly #tell: (progress: Progress) => void;
  #sliceEnd = performance.now() + SLICE_MILLISECONDS;
  #nextTell = 0;

  constructor(signal: AbortSignal, tell: (progress: Progress) => void) {
    this.signal = signal;
    this.#tell = tell;
  }

  /** True when it is time to pause, so that callers need not await in every turn. */
  get isDue(): boolean {
    return performance.now() >= this.#sliceEnd;
  }

  /** Lets others use the thread. Throws the signal's reason when aborted. */
  async pause(progress?: Progress): Promise<void> {
    if (progress && performance.now() >= this.#nextTell) {
      this.#tell(progress);
      this.#nextTell = performance.now() + TELL_MILLISECONDS;
    }
    await new Promise(setImmediate);
    this.signal.throwIfAborted();
    this.#sliceEnd = performance.now() + SLICE_MILLISECONDS;
  }
}
