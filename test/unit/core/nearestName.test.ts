import fc from "fast-check";
import { expect, test } from "vitest";
import { nearestName, nearestNames } from "../../../src/core/nearestName.ts";

test("finds a name that was mistyped by a letter, a missing letter or a swap", () => {
  const names = ["streaming", "session", "stop", "show"];
  expect(nearestName("streeming", names)).toBe("streaming");
  expect(nearestName("sesion", names)).toBe("session");
  expect(nearestName("shwo", names)).toBe("show");
  expect(nearestName("STREAMING", names)).toBe("streaming");
});

test("suggests nothing when nothing is close", () => {
  expect(nearestName("budget", ["streaming", "stop"])).toBeUndefined();
  expect(nearestName("x", [])).toBeUndefined();
});

test("a known name is its own nearest one", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1 }), (names) => {
      for (const name of names) expect(nearestName(name, names)).toBe(name);
    }),
  );
});

test("several names come closest first, at most three", () => {
  expect(nearestNames("coder", ["writer", "codex", "coder", "coders", "code"])).toEqual(["coder", "codex", "coders"]);
});
