import { expect, test } from "vitest";
import { countOf, formatCost, formatCount, formatDuration, isoDuration } from "../../../webview/format.ts";

test.each([
  [-5, "0:00"],
  [999, "0:00"],
  [65_000, "1:05"],
  [3_599_999, "59:59"],
  [3_723_000, "1:02:03"],
  [360_000_000, "100:00:00"],
])("%d ms last %s", (milliseconds, shown) => {
  expect(formatDuration(milliseconds)).toBe(shown);
});

test("a duration for machines is whole seconds", () => {
  expect(isoDuration(754_900)).toBe("PT754S");
});

test.each([
  [0, "0"],
  [950, "950"],
  [12_345, "12.3K"],
  [1_234_567, "1.2M"],
])("%d tokens are %s", (count, shown) => {
  expect(formatCount(count)).toBe(shown);
});

test.each([
  [0, false, "$0.00"],
  [0.004, false, "< $0.01"],
  [1234.5, false, "$1,234.50"],
  [0, true, "Cost unknown"],
  [0.25, true, "Over $0.25"],
])("%d dollars, partly unknown: %s, are %s", (costUsd, isPartial, shown) => {
  expect(formatCost(costUsd, isPartial)).toBe(shown);
});

test("one is not several", () => {
  expect([countOf(1, "step"), countOf(2, "step"), countOf(0, "step")]).toEqual(["1 step", "2 steps", "0 steps"]);
});
