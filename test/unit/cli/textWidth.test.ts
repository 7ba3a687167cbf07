import fc from "fast-check";
import { expect, test } from "vitest";
import { cutEnd, cutStart, fill, widthOf } from "../../../src/cli/textWidth.ts";

test("cuts by columns and marks the cut", () => {
  expect(cutEnd("abcdef", 6)).toBe("abcdef");
  expect(cutEnd("abcdef", 5)).toBe("abcd…");
  expect(cutStart("abcdef", 5)).toBe("…cdef");
  expect(cutEnd("日本語", 5)).toBe("日本…");
  expect(cutEnd("日本語", 4)).toBe("日…");
  expect(cutStart("日本語", 4)).toBe("…語");
  expect(cutEnd("abc", 0)).toBe("");
});

test("never cuts a character of several code points in two", () => {
  expect(cutEnd("👩‍👩‍👧👩‍👩‍👧", 3)).toBe("👩‍👩‍👧…");
  expect(cutEnd("e\u0301e\u0301", 1)).toBe("…");
  expect(cutEnd("e\u0301e\u0301e\u0301", 2)).toBe("e\u0301…");
});

test("fills to exactly the columns asked for", () => {
  expect(fill("ab", 4)).toBe("ab  ");
  expect(fill("日本語", 4)).toBe("日… ");
});

test("what is cut is never wider than asked for", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 60 }), fc.nat(40), (text, columns) => {
      expect(widthOf(cutEnd(text, columns))).toBeLessThanOrEqual(columns);
      expect(widthOf(cutStart(text, columns))).toBeLessThanOrEqual(columns);
      expect(widthOf(fill(text, columns))).toBe(columns);
    }),
  );
});
