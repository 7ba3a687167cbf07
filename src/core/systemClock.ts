import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "./ports.ts";

/** The real time and random ids. */
export class SystemClock implements Clock {
  now(): number {
    return Date.now();
  }

  monotonic(): number {
    return performance.now();
  }

  newId(prefix: string): string {
    return `${prefix}_${randomUUID().replaceAll("-", "").slice(0, 20)}`;
  }

  async sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    try {
      await sleep(milliseconds, undefined, signal ? { signal } : {});
    } catch (error) {
      // Node wraps the reason in its own AbortError; callers want the reason they aborted with.
      throw signal?.aborted ? signal.reason : error;
    }
  }

  setTimer(milliseconds: number, callback: () => void): Disposable {
    const timer = setTimeout(callback, milliseconds);
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  }
}
