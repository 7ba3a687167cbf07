/** How many requests are under way at one origin, over all agents of this process. */
import PQueue from "p-queue";
import type { Clock } from "../ports.ts";

/** Requests one origin gets at the same time; more agents than this wait for each other. */
const CONCURRENT_REQUESTS = 32;

export class RequestLimiter {
  readonly #clock: Clock;
  readonly #queues = new Map<string, PQueue>();
  readonly #pausedUntil = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Waits for a place. The caller gives it back by calling the result, once. */
  async acquire(origin: string, signal: AbortSignal | null | undefined): Promise<() => void> {
    const queue = this.#queueFor(origin);
    const granted = Promise.withResolvers<() => void>();
    const added = queue.add(
      () =>
        new Promise<void>((release) => {
          granted.resolve(release);
        }),
      signal ? { signal } : {},
    );
    added.catch((error: unknown) => granted.reject(error));
    return granted.promise;
  }

  /** Holds back new requests to an origin that asked for a pause (429 or 529 with `retry-after`). */
  pause(origin: string, milliseconds: number): void {
    const until = this.#clock.monotonic() + milliseconds;
    if (until <= (this.#pausedUntil.get(origin) ?? 0)) return;
    this.#pausedUntil.set(origin, until);
    const queue = this.#queueFor(origin);
    queue.pause();
    this.#clock.setTimer(milliseconds, () => {
      if (this.#pausedUntil.get(origin) === until) queue.start();
    });
  }

  #queueFor(origin: string): PQueue {
    let queue = this.#queues.get(origin);
    if (!queue) {
      queue = new PQueue({ concurrency: CONCURRENT_REQUESTS });
      this.#queues.set(origin, queue);
    }
    return queue;
  }
}
