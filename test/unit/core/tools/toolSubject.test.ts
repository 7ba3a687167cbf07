import { expect, test } from "vitest";
import { toolSubject } from "../../../../src/core/tools/toolSubject.ts";

test("names the path, pattern or command of a call", () => {
  expect(toolSubject({ content: "long text", file_path: "a.md" })).toBe("a.md");
  expect(toolSubject({ pattern: "TODO" })).toBe("TODO");
  expect(toolSubject({ command: "npm test", timeout: 5 })).toBe("npm test");
  expect(toolSubject({ other: "something" })).toBe("something");
});

test("an input that is nothing of the kind has no subject", () => {
  for (const input of [undefined, null, 3, "text", [], {}, { count: 3 }, { path: "" }])
    expect(toolSubject(input)).toBe("");
});
