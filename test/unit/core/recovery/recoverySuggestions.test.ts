import { expect, test } from "vitest";
import { fromErrorInfo, OrchestratorError, toErrorInfo } from "../../../../src/core/errors.ts";
import { recoveryFrom, recoverySuggestions } from "../../../../src/core/recovery/recoverySuggestions.ts";

const running = new OrchestratorError("session.running", { id: "s", owner: "terminal" });

test("the best suggestion comes with what else could be done", () => {
  const [best, ...others] = recoverySuggestions(running);
  expect(others).not.toEqual([]);
  expect(recoveryFrom(running)).toEqual({ ...best, alternatives: others });
});

test("an event's error is understood as the error it tells of", () => {
  expect(recoveryFrom(toErrorInfo(running))).toEqual(recoveryFrom(running));
  expect(fromErrorInfo(toErrorInfo(running))).toMatchObject({ code: "session.running", params: running.params });
});

test.each([[new Error("boom")], ["boom"], [undefined], [{ code: "future.code", params: {}, message: "x" }]])(
  "of %o nothing better is known than to look",
  (error) => {
    expect(recoveryFrom(error)).toMatchObject({ action: "look_at_session", automatic: false, alternatives: [] });
  },
);
