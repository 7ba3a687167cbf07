import { describe, expect, it } from "vitest";
import { matchesArgv, ruleCovers, type RuledCall } from "../../../../src/core/policy/rules.ts";

describe("an argv rule", () => {
  it.each([
    ["git status", "git status", true],
    ["git status", "git status --short", false],
    ["git status --short", "git status", false],
    ["git log *", "git log", false],
    ["git log *", "git log -1", true],
    ["git log *", "git log -1 --stat src", true],
    ["npm run * -- *", "npm run test -- --watch", true],
    ["npm run * -- *", "npm run test", false],
    ["* status", "git status", false],
    ["*", "git", false],
    ["git", "/usr/bin/git", false],
    ["git", "Git", false],
  ])("%j on %j is %s", (rule, argv, expected) => {
    expect(matchesArgv(rule.split(" "), argv.split(" "))).toBe(expected);
  });

  it("with many stars takes no exponential time", () => {
    const stars = ["x", ...Array.from({ length: 40 }, () => "*"), "end"];
    expect(matchesArgv(stars, ["x", ...Array.from({ length: 400 }, () => "a")])).toBe(false);
  });
});

function command(line: string, argv?: string[]): RuledCall {
  return { tool: "bash", access: "execute", paths: [], line, ...(argv ? { argv } : {}) };
}

describe("a rule that allows", () => {
  it("covers the very argv and no shell line", () => {
    const rule = { tool: "bash", decision: "allow" as const, argv: ["git", "show", "*"] };
    expect(ruleCovers(rule, command("git show HEAD", ["git", "show", "HEAD"]))).toBe(true);
    expect(ruleCovers(rule, command("git show > ~/.ssh/key"))).toBe(false);
    expect(ruleCovers(rule, command("git show HEAD; rm -rf ."))).toBe(false);
  });

  it("covers no command when it names no argv, by whatever name of the tool", () => {
    for (const tool of ["bash", "*", "ba*"]) {
      expect(ruleCovers({ tool, decision: "allow" }, command("git status", ["git", "status"]))).toBe(false);
    }
  });

  it("covers a call only with all of its paths", () => {
    const rule = { tool: "write", decision: "allow" as const, path: "docs/**" };
    const call = { tool: "write", access: "write" as const, line: "" };
    expect(ruleCovers(rule, { ...call, paths: ["docs/a.md"] })).toBe(true);
    expect(ruleCovers(rule, { ...call, paths: ["docs/a.md", "src/a.ts"] })).toBe(false);
    expect(ruleCovers(rule, { ...call, paths: [] })).toBe(false);
  });

  it("names tools with a star", () => {
    const call = { tool: "mcp__github__get_issue", access: "none" as const, paths: [], line: "" };
    expect(ruleCovers({ tool: "mcp__github__*", decision: "allow" }, call)).toBe(true);
    expect(ruleCovers({ tool: "mcp__gitlab__*", decision: "allow" }, call)).toBe(false);
    expect(ruleCovers({ tool: "mcp.*", decision: "allow" }, call)).toBe(false);
  });

  it("with domains says nothing about a tool that has none", () => {
    expect(
      ruleCovers(
        { tool: "*", decision: "allow", domains: ["example.org"] },
        { tool: "mcp__x__y", access: "none", paths: [], line: "" },
      ),
    ).toBe(false);
  });
});

describe("a rule that denies", () => {
  const push = { tool: "bash", decision: "deny" as const, argv: ["git", "push", "*"] };

  it("covers the program wherever it lies", () => {
    expect(ruleCovers(push, command("/usr/bin/git push origin", ["/usr/bin/git", "push", "origin"]))).toBe(true);
    expect(ruleCovers(push, command("git pull origin", ["git", "pull", "origin"]))).toBe(false);
  });

  it.each([
    "cd sub && git push origin main",
    "git -C sub push --force",
    "sh -c 'git push'",
    'bash -c "git  \\push"',
    "x=$(git push)",
    "`/usr/bin/git push`",
    'g"i"t push',
  ])("covers the shell line %j", (line) => {
    expect(ruleCovers(push, command(line))).toBe(true);
  });

  it.each(["git status && git fetch", "push; git status"])("leaves the shell line %j", (line) => {
    expect(ruleCovers(push, command(line))).toBe(false);
  });

  it("without argv covers every command, and with a star for the program any of them", () => {
    expect(ruleCovers({ tool: "bash", decision: "deny" }, command("a | b"))).toBe(true);
    expect(
      ruleCovers(
        { tool: "bash", decision: "ask", argv: ["*", "--force"] },
        command("tool --force", ["tool", "--force"]),
      ),
    ).toBe(true);
  });

  it("counts when one path of several matches", () => {
    const rule = { tool: "*", decision: "deny" as const, path: "secrets/**" };
    expect(ruleCovers(rule, { tool: "read", access: "read", paths: ["a", "Secrets/key"], line: "" })).toBe(true);
  });
});
