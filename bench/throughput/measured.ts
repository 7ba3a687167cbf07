/** What one process of this benchmark prints. */

export interface Measured {
  readonly milliseconds: number;
}

export interface OwnChunks extends Measured {
  /** How many events the chunks were joined to. */
  readonly events: number;
  /** Milliseconds from an agent's call to the reader. */
  readonly delayP99: number;
}

export interface OwnSteps extends Measured {
  /** Of the store's file. */
  readonly bytes: number;
  /** Of the events as JSON. */
  readonly payload: number;
}
