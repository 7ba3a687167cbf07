/** Time under a test's control: nothing happens until the test says how much of it has passed. */
import type { Clock } from "../../src/core/ports.ts";

interface FakeTimer {
  readonly due: number;
  /** Order of creation, which decides between timers due at the same moment. */
  readonly order: number;
  readonly callback: () => void;
}

/** 1 January 2026, 00:00 UTC. */
const START = Date.UTC(2026, 0, 1);

export class FakeClock implements Clock {
  readonly #timers = new Set<FakeTimer>();
  readonly #ids = new Map<string, number>();
  #watchers: { count: number; resolve: () => void }[] = [];
  #elapsed = 0;
  #wall: number;
  #created = 0;

  constructor(start: number = START) {
    this.#wall = start;
  }

  now(): number {
    return this.#wall + this.#elapsed;
  }

  monotonic(): number {
    return this.#elapsed;
  }

  /** `prefix_1`, `prefix_2`, …, counted for each prefix, so that ids of one kind do not depend on the others. */
  newId(prefix: string): string {
    const number = (this.#ids.get(prefix) ?? 0) + 1;
    this.#ids.set(prefix, number);
    return `${prefix}_${number}`;
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const timer = this.setTimer(milliseconds, () => {
        signal?.removeEventListener("abort", abort);
        resolve();
      });
      const abort = (): void => {
        timer[Symbol.dispose]();
        reject(signal?.reason);
      };
      signal?.addEventListener("abort", abort, { once: true });
    });
  }

  setTimer(milliseconds: number, callback: () => void): Disposable {
    const timer = { due: this.#elapsed + Math.max(0, milliseconds), order: (this.#created += 1), callback };
    this.#timers.add(timer);
    const reached = this.#watchers.filter((watcher) => watcher.count <= this.#timers.size);
    this.#watchers = this.#watchers.filter((watcher) => !reached.includes(watcher));
    for (const watcher of reached) watcher.resolve();
    return { [Symbol.dispose]: () => void this.#timers.delete(timer) };
  }

  /**
   * Lets time pass. Timers that come due are called in order, each at its own moment, and what they set
   * off runs before the next one, so that timers set on the way count too.
   */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#elapsed + milliseconds;
    await runReadyWork();
    for (let timer = this.#next(end); timer !== undefined; timer = this.#next(end)) {
      this.#timers.delete(timer);
      this.#elapsed = timer.due;
      timer.callback();
      await runReadyWork();
    }
    this.#elapsed = end;
  }

  /** Moves the wall clock, as a person or a time server does; durations are not touched. */
  jump(milliseconds: number): void {
    this.#wall += milliseconds;
  }

  /** Timers that have been set and not yet called or disposed. */
  get pendingTimers(): number {
    return this.#timers.size;
  }

  /** Resolves when at least `count` timers are pending, for code that sets one after real input or output. */
  timersSet(count = 1): Promise<void> {
    if (this.#timers.size >= count) return Promise.resolve();
    return new Promise((resolve) => {
      this.#watchers.push({ count, resolve });
    });
  }

  #next(end: number): FakeTimer | undefined {
    const due = [...this.#timers].filter((timer) => timer.due <= end);
    return due.toSorted((left, right) => left.due - right.due || left.order - right.order)[0];
  }
}

/** Runs every promise reaction that is ready, however long their chain. */
function runReadyWork(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
