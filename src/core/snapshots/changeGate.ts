/**
 * Keeps our own tools from writing while the folders are looked at, so that no look finds half of a write: any
 * number of writes at a time, or one look. Who comes later waits behind who waits already.
 */
export class ChangeGate {
  #writes = 0;
  #isLooking = false;
  readonly #waiting: { readonly isLook: boolean; readonly enter: () => void }[] = [];

  /** Resolves when a write may begin; it is over when the result is disposed. */
  async write(): Promise<Disposable> {
    await this.#enter(false);
    let isOver = false;
    return {
      [Symbol.dispose]: () => {
        if (!isOver) this.#leave(false);
        isOver = true;
      },
    };
  }

  async look<Result>(work: () => Promise<Result>): Promise<Result> {
    await this.#enter(true);
    try {
      return await work();
    } finally {
      this.#leave(true);
    }
  }

  #enter(isLook: boolean): Promise<void> | undefined {
    if (this.#waiting.length === 0 && this.#admits(isLook)) return undefined;
    return new Promise((enter) => {
      this.#waiting.push({ isLook, enter });
    });
  }

  #leave(isLook: boolean): void {
    if (isLook) this.#isLooking = false;
    else this.#writes -= 1;
    for (let next = this.#waiting[0]; next && this.#admits(next.isLook); next = this.#waiting[0]) {
      this.#waiting.shift();
      next.enter();
    }
  }

  /** Counts whoever may enter. */
  #admits(isLook: boolean): boolean {
    if (this.#isLooking || (isLook && this.#writes > 0)) return false;
    if (isLook) this.#isLooking = true;
    else this.#writes += 1;
    return true;
  }
}
