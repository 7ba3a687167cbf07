/** Waits for something to happen in the store, for loops that look again whenever it may have. */
import type { Clock } from "../ports.ts";
import type { SessionStore } from "./sessionStore.ts";

/** A process that dies changes nothing in the store, so a waiting loop also looks by itself this often. */
const LOOK_MILLISECONDS = 1_000;

export class StoreWatch implements Disposable {
  readonly #clock: Clock;
  readonly #listening: Disposable;
  #wake = Promise.withResolvers<void>();

  constructor(store: Pick<SessionStore, "onDidChangeElsewhere">, clock: Clock) {
    this.#clock = clock;
    this.#listening = store.onDidChangeElsewhere(() => this.wake());
  }

  /** Ends the wait under way, or the next one when there is none. */
  wake(): void {
    this.#wake.resolve();
  }

  /** Resolves when another process changed the store or `wake` was called since the last wait, or after a second. */
  async next(): Promise<void> {
    const timer = this.#clock.setTimer(LOOK_MILLISECONDS, () => this.wake());
    await this.#wake.promise;
    timer[Symbol.dispose]();
    this.#wake = Promise.withResolvers<void>();
  }

  [Symbol.dispose](): void {
    this.#listening[Symbol.dispose]();
    this.wake();
  }
}
