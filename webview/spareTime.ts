/** Does a piece of work that may wait, and says whether there is more of it. */
export type Piece = () => boolean;

export interface SpareTimeOptions {
  /** Calls back when the next frame is drawn. */
  readonly requestFrame: (draw: () => void) => void;
  /** Milliseconds. */
  readonly now: () => number;
  /** Of each frame; a piece that has begun is done. */
  readonly milliseconds: number;
}

/** Work that may wait, done a little in every frame and in turn, so that no frame becomes long because of it. */
export class SpareTime {
  readonly #options: SpareTimeOptions;
  /** Whose turn it is comes first. */
  readonly #waiting = new Set<Piece>();
  #isRequested = false;

  constructor(options: SpareTimeOptions) {
    this.#options = options;
  }

  /** Calls for a piece again and again, until there is no more of it. */
  spend(piece: Piece): void {
    this.#waiting.add(piece);
    this.#request();
  }

  drop(piece: Piece): void {
    this.#waiting.delete(piece);
  }

  #request(): void {
    if (this.#isRequested || this.#waiting.size === 0) return;
    this.#isRequested = true;
    this.#options.requestFrame(() => {
      this.#isRequested = false;
      this.#work();
      this.#request();
    });
  }

  #work(): void {
    const { now, milliseconds } = this.#options;
    const until = now() + milliseconds;
    // One that has more to do goes to the end of the row, and comes again in this frame if there is time.
    for (const piece of this.#waiting) {
      this.#waiting.delete(piece);
      if (piece()) this.#waiting.add(piece);
      if (now() >= until) return;
    }
  }
}
