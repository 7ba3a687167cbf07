/** What the monitor needs of the page it is in. */
export interface Page {
  readonly isHidden: boolean;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls `draw` once before the next frame; never while the page is hidden. */
  requestFrame(draw: () => void): void;
  /** Calls `listener` when the page was hidden and is seen again, and the other way round. */
  onVisibilityChange(listener: () => void): void;
  /** Calls `callback` once after `milliseconds`, unless disposed before. */
  setTimer(milliseconds: number, callback: () => void): Disposable;
}
