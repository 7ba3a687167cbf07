import { describe, expect, it } from "vitest";
import { matchesPattern } from "../../../../src/core/policy/globPattern.ts";

describe("a pattern", () => {
  it.each([
    ["src/**", "src/a.ts", true],
    ["src/**", "src/deep/.hidden/a.ts", true],
    ["src/**", "src", false],
    ["src/**", "srcs/a.ts", false],
    ["src/", "src/deep/a.ts", true],
    ["./src/*.ts", "src/a.ts", true],
    ["src/*.ts", "src/deep/a.ts", false],
    ["**/*.ts", "a.ts", true],
    ["**/*.ts", "deep/er/a.ts", true],
    ["**", ".env", true],
    ["*", ".env", true],
    ["**/.env*", "deep/.env.local", true],
    ["a?c", "abc", true],
    ["a?c", "a/c", false],
    ["*.{ts,md}", "a.md", true],
    ["*.{ts,md}", "a.js", false],
    ["[a-c].ts", "b.ts", true],
    ["[!a-c].ts", "d.ts", true],
    ["[!a-c].ts", "b.ts", false],
    ["a.ts", "axts", false],
    ["a+b(1)$.md", "a+b(1)$.md", true],
    ["line*", "line\nbreak", true],
    ["{open", "{open", true],
    ["{a,b}{,c}", "b", true],
    ["**/{a,b/**}", "x/b/c", true],
    ["**/".repeat(60) + "b", "a/".repeat(60) + "c", false],
    ["*a".repeat(60) + "b", "a".repeat(4000), false],
    ["**a".repeat(60) + "b", "a/".repeat(2000), false],
    ["{a,a}".repeat(60), "a".repeat(61), false],
  ])("%j on %j is %s", (pattern, path, expected) => {
    expect(matchesPattern(path, pattern, false)).toBe(expected);
  });

  it("that refuses ignores letter case", () => {
    expect(matchesPattern("Secrets/Key", "secrets/**", true)).toBe(true);
    expect(matchesPattern("Secrets/Key", "secrets/**", false)).toBe(false);
  });

  it("that cannot be read allows nothing and refuses everything", () => {
    expect(matchesPattern("m", "[z-a]", false)).toBe(false);
    expect(matchesPattern("m", "[z-a]", true)).toBe(true);
  });
});
