import fc from "fast-check";
import { expect, it } from "vitest";
import { OutputCapture } from "../../../../src/core/tools/outputCapture.ts";

function capture(pieces: readonly string[], kept: number, live = 1000) {
  const shown: string[] = [];
  const output = new OutputCapture((text) => shown.push(text), { kept, live });
  for (const piece of pieces) output.add(piece);
  return { text: output.text(), shown };
}

it("keeps short output whole", () => {
  expect(capture(["a", "", "bc"], 10).text).toBe("abc");
  expect(capture([], 10)).toEqual({ text: "", shown: [] });
});

it("keeps both ends of long output and says what is missing", () => {
  expect(capture(["0123456789", "abcdefghij"], 8).text).toBe("0123\n[… 12 characters left out …]\nghij");
});

it("shows output as it comes, then says once that it stops", () => {
  const { shown } = capture(["12345", "67890", "abc"], 100, 7);
  expect(shown).toEqual(["12345", "67", "\n[further output is not shown while the command runs]\n"]);
});

it("is kept up to the limit, beginning and end, however it comes in pieces", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 30 })), fc.integer({ min: 2, max: 40 }), (pieces, kept) => {
      const whole = pieces.join("");
      const half = Math.floor(kept / 2);
      const missing = whole.length - 2 * half;
      const expected =
        missing <= 0 ? whole : `${whole.slice(0, half)}\n[… ${missing} characters left out …]\n${whole.slice(-half)}`;
      expect(capture(pieces, kept).text).toBe(expected);
    }),
  );
});
