import type { Page } from "./page.ts";

export class BrowserPage implements Page {
  get isHidden(): boolean {
    return document.hidden;
  }

  now(): number {
    return Date.now();
  }

  requestFrame(draw: () => void): void {
    requestAnimationFrame(draw);
  }

  onVisibilityChange(listener: () => void): void {
    document.addEventListener("visibilitychange", listener);
  }

  setTimer(milliseconds: number, callback: () => void): Disposable {
    const timer = setTimeout(callback, milliseconds);
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  }
}
