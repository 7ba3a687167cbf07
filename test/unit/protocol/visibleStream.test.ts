import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { visibleText } from "../../../src/core/policy/visibleText.ts";
import { VisibleStream } from "../../../src/protocol/visibleStream.ts";

/** Characters whose meaning depends on their neighbours, and some that never may pass. */
const unit = fc.constantFrom(
  "\r",
  "\n",
  "a",
  "é",
  "👩",
  "\u200d",
  "🏽",
  "\ufe0f",
  "🚀",
  "\u202e",
  "\u001b",
  "\ud83d",
  "\ude80",
);

describe("a text made visible piece by piece", () => {
  test("reads as if it had come at once", () => {
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 24 }), fc.array(fc.nat(30), { maxLength: 6 }), (units, cuts) => {
        const text = units.join("");
        const stream = new VisibleStream(visibleText);
        const positions = [0, ...cuts.map((cut) => Math.min(cut, text.length)).sort((a, b) => a - b), text.length];
        const parts = positions.slice(1).map((end, index) => text.slice(positions[index], end));
        expect(parts.map((part) => stream.push(part)).join("") + stream.flush()).toBe(visibleText(text));
      }),
      { numRuns: 2000 },
    );
  });

  test("forgets what it held back when that became void", () => {
    const stream = new VisibleStream(visibleText);
    expect(stream.push("line\r")).toBe("line");
    stream.reset();
    expect(stream.push("\nnext")).toBe("\nnext");
  });
});
