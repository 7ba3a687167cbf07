/**
 * Named points at which something under test waits until the test lets it go on.
 *
 * Slowness in tests is made with gates and never with timers, so a test proves an order instead of
 * hoping for it.
 */
export interface Gate {
  /** Lets everybody through who waits now or comes later. */
  open(): void;
  /** Called by the held side: counts as an arrival and resolves when the gate is open. */
  pass(): Promise<void>;
  /** Resolves when at least `arrivals` (default 1) have come to the gate, open or not. */
  reached(arrivals?: number): Promise<void>;
}

/** A closed gate that opens when the test says so. */
export function createGate(): Gate {
  return new CountingGate(Number.POSITIVE_INFINITY);
}

/**
 * A gate that opens by itself as soon as `arrivals` wait at it. Whatever passes it has been under way at
 * the same time, which makes it a proof of parallelism: if the parts run one after the other, they never meet.
 */
export function createMeeting(arrivals: number): Gate {
  return new CountingGate(arrivals);
}

class CountingGate implements Gate {
  readonly #opened = Promise.withResolvers<void>();
  readonly #opensAt: number;
  #arrivals = 0;
  #watchers: { arrivals: number; resolve: () => void }[] = [];

  constructor(opensAt: number) {
    this.#opensAt = opensAt;
  }

  open(): void {
    this.#opened.resolve();
  }

  pass(): Promise<void> {
    this.#arrivals += 1;
    if (this.#arrivals >= this.#opensAt) this.open();
    for (const watcher of this.#watchers) {
      if (this.#arrivals >= watcher.arrivals) watcher.resolve();
    }
    this.#watchers = this.#watchers.filter((watcher) => watcher.arrivals > this.#arrivals);
    return this.#opened.promise;
  }

  reached(arrivals = 1): Promise<void> {
    if (this.#arrivals >= arrivals) return Promise.resolve();
    return new Promise((resolve) => {
      this.#watchers.push({ arrivals, resolve });
    });
  }
}
