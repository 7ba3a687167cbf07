import { expect, test } from "vitest";
import { exitCodeFor } from "../../../src/cli/exitCodes.ts";

test("what was typed wrong is told apart from what failed", () => {
  expect(exitCodeFor("workspace.missing")).toBe(2);
  expect(exitCodeFor("session.unknown")).toBe(2);
  expect(exitCodeFor("model.noKey")).toBe(2);
  expect(exitCodeFor("settings.invalid")).toBe(2);
  expect(exitCodeFor("store.failed")).toBe(1);
  expect(exitCodeFor("session.notRunning")).toBe(1);
  expect(exitCodeFor("internal")).toBe(1);
});
