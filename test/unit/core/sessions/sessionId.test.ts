import { expect, test } from "vitest";
import { checkSessionId, nearestSessionIds } from "../../../../src/core/sessions/sessionId.ts";

test.each(["a", "session_1", "A-b_C-9", "x".repeat(64)])("%s is an id", (id) => {
  expect(() => checkSessionId(id)).not.toThrow();
});

test.each(["", "a b", "../up", "a/b", "ä", "x".repeat(65), "a\n"])("%j is no id", (id) => {
  expect(() => checkSessionId(id)).toThrowError(expect.objectContaining({ code: "session.invalidId", params: { id } }));
});

test("ids that begin with what was typed come first, then those with few typing errors, three at most", () => {
  const known = ["report_long_name", "reports", "repotr", "other", "report_two", "report_three"];
  expect(nearestSessionIds("report", known)).toEqual(["report_long_name", "reports", "report_two"]);
  expect(nearestSessionIds("repotrs", ["reports", "other"])).toEqual(["reports"]);
  expect(nearestSessionIds("zzz", known)).toEqual([]);
});
