import { expect, test } from "vitest";
import { parseSessionReference } from "../../../src/cli/sessionReference.ts";

test.each([
  ["session_1", "session_1", "latest"],
  ["session_1/", "session_1", "latest"],
  ["session_1/latest", "session_1", "latest"],
  ["session_1/v12", "session_1", "v12"],
  ["sessions/session_1", "session_1", "latest"],
  ["sessions/session_1/latest", "session_1", "latest"],
  ["sessions/session_1/v2", "session_1", "v2"],
  // A session may have that name.
  ["sessions", "sessions", "latest"],
  ["sessions/v2", "sessions", "v2"],
  ["sessions/sessions/v2", "sessions", "v2"],
  // Whoever looks for the version says that there is none.
  ["session_1/first", "session_1", "first"],
])("%s", (text, sessionId, version) => {
  expect(parseSessionReference(text)).toEqual({ sessionId, version });
});

test.each(["a/b/c", "/etc/passwd", "../session_1/x/y", "sessions/a/b/c"])(
  "%s has no such form and stays what it is",
  (text) => {
    expect(parseSessionReference(text)).toEqual({ sessionId: text, version: "latest" });
  },
);
