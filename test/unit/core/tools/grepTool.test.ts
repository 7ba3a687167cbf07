import { chmod, symlink } from "node:fs/promises";
import { delimiter } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { PathGuard } from "../../../../src/core/policy/pathGuard.ts";
import { GrepTool } from "../../../../src/core/tools/grepTool.ts";
import { createTemporaryFolder, type TemporaryFolder } from "../../../support/temporaryFolder.ts";
import { Call } from "./toolHarness.ts";

let disk: TemporaryFolder;
let guard: PathGuard;
let grep: GrepTool;

beforeEach(async () => {
  disk = await createTemporaryFolder();
  await disk.write({
    "work/src/a.ts": "let a;\n// TODO: first\n",
    "work/src/deep/b.ts": "// TODO second: with colons: 12:\n",
    "work/README.md": "nothing\n",
    "work/node_modules/x.ts": "// TODO not mine\n",
    "outside/secret.ts": "// TODO secret\n",
    "home/config.json": "TODO key\n",
    "home/deep/log.txt": "TODO log\n",
  });
  guard = new PathGuard({ folders: [{ name: "work", path: disk.join("work") }], home: disk.join("home") });
  grep = new GrepTool({ guard, mayShow: () => true, searchPath: "" });
});

afterEach(() => disk[Symbol.asyncDispose]());

const lines = async (input: object, tool = grep, folders = guard): Promise<string[]> =>
  (await new Call(folders).run(tool, input)).content.split("\n").toSorted();

it("answers with workspace paths", async () => {
  expect(await lines({ pattern: "TODO" })).toEqual([
    "src/a.ts:2:// TODO: first",
    "src/deep/b.ts:1:// TODO second: with colons: 12:",
  ]);
  expect(await lines({ pattern: "TODO", path: "src/deep" })).toEqual([
    "src/deep/b.ts:1:// TODO second: with colons: 12:",
  ]);
  expect(await lines({ pattern: "TODO", path: "src/a.ts" })).toEqual(["src/a.ts:2:// TODO: first"]);
  expect(await lines({ pattern: "NOWHERE" })).toEqual(["no matches"]);
});

it("refuses what cannot be searched", async () => {
  await expect(lines({ pattern: "(" })).rejects.toThrow("grep: invalid regex");
  await expect(lines({ pattern: "x", path: "none" })).rejects.toThrow("grep: none: no such file or folder");
  await expect(lines({ pattern: "x", path: "../outside" })).rejects.toMatchObject({ code: "path.outside" });
});

it("follows no links", async () => {
  await symlink(disk.join("outside"), disk.join("work/out"));
  await symlink(disk.join("outside/secret.ts"), disk.join("work/secret.ts"));
  expect(await lines({ pattern: "secret" })).toEqual(["no matches"]);
  await expect(lines({ pattern: "secret", path: "out" })).rejects.toMatchObject({ code: "path.outside" });
});

it("never searches the home, wherever it lies below", async () => {
  for (const [path, home] of [
    [disk.path, "home"],
    [disk.path, "home/deep"],
  ] as const) {
    const everything = new PathGuard({ folders: [{ name: "all", path }], home: disk.join(home) });
    const tool = new GrepTool({ guard: everything, mayShow: () => true, searchPath: "" });
    const expected = [
      "outside/secret.ts:1:// TODO secret",
      "work/src/a.ts:2:// TODO: first",
      "work/src/deep/b.ts:1:// TODO second: with colons: 12:",
    ];
    expect(await lines({ pattern: "TODO" }, tool, everything)).toEqual([
      ...(home === "home" ? [] : ["home/config.json:1:TODO key"]),
      ...expected,
    ]);
  }
});

it("leaves out what rules keep from it", async () => {
  const tool = new GrepTool({
    guard,
    mayShow: (name, path) => !(name === "grep" && path.startsWith("src/deep/")),
    searchPath: "",
  });
  expect(await lines({ pattern: "TODO" }, tool)).toEqual(["src/a.ts:2:// TODO: first"]);
});

it("says when the output was cut", async () => {
  await disk.write({ "work/flood.txt": `${"match ".repeat(20)}\n`.repeat(2000) });
  const { content } = await new Call(guard).run(grep, { pattern: "match" });
  expect(content.length).toBeLessThan(103_000);
  expect(content).toMatch(/\n\[output truncated at 102400 bytes; narrow the pattern or give a path\]$/);
});

it("says when a tree is too large for the built-in search", async () => {
  // Below work: README.md, src, src/a.ts, src/deep, src/deep/b.ts.
  const limited = (walkLimit: number) => new GrepTool({ guard, mayShow: () => true, searchPath: "", walkLimit });
  expect(await lines({ pattern: "NOWHERE" }, limited(5))).toEqual(["no matches"]);
  expect(await lines({ pattern: "NOWHERE" }, limited(4))).toEqual([
    "[only the first 4 files and folders of . were searched; give a path for more]",
  ]);
  expect(await lines({ pattern: "NOWHERE", path: "src/deep" }, limited(4))).toEqual(["no matches"]);
});

describe("several folders", () => {
  it("are all searched, and together give no more than one may", async () => {
    const several = new PathGuard({
      folders: [
        { name: "app", path: disk.join("work") },
        { name: "lib", path: disk.join("outside") },
      ],
      home: disk.join("home"),
    });
    const tool = new GrepTool({ guard: several, mayShow: () => true, searchPath: "" });
    expect(await lines({ pattern: "TODO" }, tool, several)).toEqual([
      "app/src/a.ts:2:// TODO: first",
      "app/src/deep/b.ts:1:// TODO second: with colons: 12:",
      "lib/secret.ts:1:// TODO secret",
    ]);
    expect(await lines({ pattern: "TODO", path: "lib/secret.ts" }, tool, several)).toEqual([
      "lib/secret.ts:1:// TODO secret",
    ]);
    const flood = `${"match ".repeat(20)}\n`.repeat(600);
    await disk.write({ "work/flood.txt": flood, "outside/flood.txt": flood });
    const { content } = await new Call(several).run(tool, { pattern: "match" });
    expect(content.length).toBeLessThan(103_000);
    expect(content).toMatch(/\n\[output truncated at 102400 characters; narrow the pattern or give a path\]$/);
  });
});

it("reads ripgrep's answers, which do not name a file that is searched alone", async () => {
  // A stand-in that prints as ripgrep does; the real one is not on every machine.
  await disk.write({
    "bin/rg":
      '#!/bin/sh\nfor last; do :; done\nif [ -f "$last" ]; then grep -n TODO "$last"; else grep -rn TODO "$last/src"; fi\n',
  });
  await chmod(disk.join("bin/rg"), 0o755);
  const searchPath = [disk.join("bin"), process.env["PATH"]].join(delimiter);
  vi.stubEnv("PATH", searchPath);
  const tool = new GrepTool({ guard, mayShow: () => true, searchPath });
  expect(await lines({ pattern: "TODO", path: "src/a.ts" }, tool)).toEqual(["src/a.ts:2:// TODO: first"]);
  expect(await lines({ pattern: "TODO" }, tool)).toEqual([
    "src/a.ts:2:// TODO: first",
    "src/deep/b.ts:1:// TODO second: with colons: 12:",
  ]);
});
