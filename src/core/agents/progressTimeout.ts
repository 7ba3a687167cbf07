import type { Clock } from "../ports.ts";

/** Calls back once when nothing has made progress for a while. */
export class ProgressTimeout implements Disposable {
  readonly #clock: Clock;
  readonly #milliseconds: number;
  readonly #onExpire: () => void;
  #timer: Disposable | undefined;
  #lastProgress: number;
  #expired = false;

  constructor(clock: Clock, milliseconds: number, onExpire: () => void) {
    this.#clock = clock;
    this.#milliseconds = milliseconds;
    this.#onExpire = onExpire;
    this.#lastProgress = clock.monotonic();
    this.#arm(milliseconds);
  }

  get expired(): boolean {
    return this.#expired;
  }

  /** Cheap enough to be called for every chunk: the timer is moved only when it fires. */
  progress(): void {
    this.#lastProgress = this.#clock.monotonic();
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
  }

  #arm(milliseconds: number): void {
    this.#timer = this.#clock.setTimer(milliseconds, () => {
      const left = this.#lastProgress + this.#milliseconds - this.#clock.monotonic();
      if (left > 0) {
        this.#arm(left);
        return;
      }
      this.#expired = true;
      this.#onExpire();
    });
  }
}
