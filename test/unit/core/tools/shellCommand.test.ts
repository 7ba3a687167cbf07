import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { plainArgv } from "../../../../src/core/tools/shellCommand.ts";

describe("a plain command", () => {
  it.each([
    ["git status", ["git", "status"]],
    ["  npm\trun  test  ", ["npm", "run", "test"]],
    ["git log --oneline -n 5 HEAD~3..HEAD^", ["git", "log", "--oneline", "-n", "5", "HEAD~3..HEAD^"]],
    ["make CC=gcc -j4", ["make", "CC=gcc", "-j4"]],
    ["./scripts/build.sh a,b c@1.2 50%", ["./scripts/build.sh", "a,b", "c@1.2", "50%"]],
    ["cat Größe.md", ["cat", "Größe.md"]],
    ["echo exit", ["echo", "exit"]],
  ])("%j is its words", (command, argv) => {
    expect(plainArgv(command)).toEqual(argv);
  });

  it.each([
    "",
    "   ",
    "a | b",
    "a && b",
    "a; b",
    "a &",
    "a > b",
    "a < b",
    "a $HOME",
    "a `b`",
    "a $(b)",
    "a 'b'",
    'a "b"',
    "a \\b",
    "a *",
    "a b?",
    "a [b]",
    "a {b,c}",
    "a # b",
    "a !b",
    "a\nb",
    "a\rb",
    "a\u00a0b",
    "a\u200bb",
    "ls ~",
    "ls ~/.ssh",
    "make PREFIX=~/x",
    "X=1 make",
    "X=1",
    "cd src",
    "exec ls",
    "eval ls",
    ". ./env",
    "source env",
    "if true",
    "time ls",
    "(ls)",
  ])("%j takes a shell", (command) => {
    expect(plainArgv(command)).toBeUndefined();
  });

  it("is what a shell would have made of it", () => {
    const text = fc.string({
      unit: fc.oneof(
        fc.constantFrom(..." \t\n~=:*?$`'\"\\|&;<>(){}[]#!%^@,.-+/abc"),
        fc.string({ minLength: 1, maxLength: 1 }),
      ),
      minLength: 1,
      maxLength: 6,
    });
    let plain = 0;
    fc.assert(
      fc.property(text, (rest) => {
        const argv = plainArgv(`printf ${rest}`);
        if (argv === undefined) return;
        plain++;
        const asShell = execFileSync(
          "/bin/bash",
          ["-c", `show() { for a in "$@"; do printf '%s\\n' "$a"; done; }\nshow ${rest}`],
          { cwd: "/", encoding: "utf8" },
        );
        expect(asShell.split("\n").slice(0, -1)).toEqual(argv.slice(1));
      }),
      { numRuns: 600 },
    );
    expect(plain).toBeGreaterThan(30);
  });
});
