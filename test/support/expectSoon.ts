import { expect } from "vitest";

/** What a screen comes to show; the limit is only reached by a fault. */
export function expectSoon<Value>(read: () => Value | Promise<Value>) {
  return expect.poll(read, { timeout: 30_000 });
}
