import { expect, test } from "vitest";
import { countOf, formatAge, formatBytes, formatCost, formatCount, formatDuration } from "../../../src/cli/format.ts";

test("durations", () => {
  expect([0, 999, 61_000, 3_599_999, 3_723_000, -5].map(formatDuration)).toEqual([
    "0:00",
    "0:00",
    "1:01",
    "59:59",
    "1:02:03",
    "0:00",
  ]);
});

test("counts", () => {
  expect([0, 999, 1000, 12_345, 999_949, 999_950, 1_250_000].map(formatCount)).toEqual([
    "0",
    "999",
    "1.0k",
    "12.3k",
    "999.9k",
    "1.0M",
    "1.3M",
  ]);
});

test("sizes", () => {
  expect([0, 999, 1000, 12_345, 1_572_864, 2 * 1024 ** 3, 300 * 1024 ** 4].map(formatBytes)).toEqual([
    "0 B",
    "999 B",
    "1.0 kB",
    "12.1 kB",
    "1.5 MB",
    "2.0 GB",
    "300 TB",
  ]);
});

test("cost, and that it is not wholly known", () => {
  expect(formatCost(0, false)).toBe("$0.00");
  expect(formatCost(0.004, false)).toBe("<$0.01");
  expect(formatCost(1.239, false)).toBe("$1.24");
  expect(formatCost(0, true)).toBe("cost unknown");
  expect(formatCost(0.5, true)).toBe("more than $0.50");
});

test("ages", () => {
  const now = Date.UTC(2026, 0, 2, 12);
  expect(formatAge(now + 5000, now)).toBe("just now");
  expect(formatAge(now - 5 * 60_000, now)).toBe("5 min ago");
  expect(formatAge(now - 3 * 3_600_000, now)).toBe("3 h ago");
  expect(formatAge(now - 36 * 3_600_000, now)).toBe("2026-01-01");
});

test("one and many", () => {
  expect([0, 1, 2].map((count) => countOf(count, "step"))).toEqual(["0 steps", "1 step", "2 steps"]);
});
