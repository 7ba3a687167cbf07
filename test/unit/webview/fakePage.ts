import { FakeClock } from "../../support/fakeClock.ts";
import type { Page } from "../../../webview/page.ts";

/** A page whose frames, timers and visibility are a test's to decide. */
export class FakePage implements Page {
  readonly clock = new FakeClock();
  #isHidden = false;
  #frames: (() => void)[] = [];
  readonly #listeners: (() => void)[] = [];

  get isHidden(): boolean {
    return this.#isHidden;
  }

  get requestedFrames(): number {
    return this.#frames.length;
  }

  now(): number {
    return this.clock.now();
  }

  requestFrame(draw: () => void): void {
    this.#frames.push(draw);
  }

  onVisibilityChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  setTimer(milliseconds: number, callback: () => void): Disposable {
    return this.clock.setTimer(milliseconds, callback);
  }

  /** The browser draws. */
  frame(): void {
    for (const draw of this.#frames.splice(0)) draw();
  }

  setHidden(isHidden: boolean): void {
    this.#isHidden = isHidden;
    for (const listener of this.#listeners) listener();
  }
}
