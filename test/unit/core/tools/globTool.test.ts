import { mkdir, rm, symlink, utimes } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PathGuard } from "../../../../src/core/policy/pathGuard.ts";
import { GlobTool } from "../../../../src/core/tools/globTool.ts";
import { createTemporaryFolder, type TemporaryFolder } from "../../../support/temporaryFolder.ts";
import { Call } from "./toolHarness.ts";

let disk: TemporaryFolder;
let guard: PathGuard;
let glob: GlobTool;

beforeEach(async () => {
  disk = await createTemporaryFolder();
  await disk.write({
    "work/src/a.ts": "a",
    "work/src/deep/b.ts": "bb",
    "work/README.md": "ccc",
    "work/LICENSE": "dddd",
    "work/.github/ci.yml": "e",
    "work/node_modules/x/index.ts": "f",
    "work/.git/config": "g",
    "outside/secret.ts": "h",
    "home/config.json": "i",
  });
  const names = ["src/a.ts", "src/deep/b.ts", "README.md", "LICENSE"];
  for (const [age, name] of names.entries()) await utimes(disk.join("work", name), 0, 1_000_000 - age);
  guard = new PathGuard({ folders: [{ name: "work", path: disk.join("work") }], home: disk.join("home") });
  glob = new GlobTool({ guard, mayShow: () => true });
});

afterEach(() => disk[Symbol.asyncDispose]());

const found = async (input: object, tool = glob, folders = guard): Promise<string> =>
  (await new Call(folders).run(tool, input)).content;

it("lists files newest first, without .git, node_modules and hidden ones", async () => {
  expect(await found({ pattern: "**/*" })).toBe("src/a.ts\nsrc/deep/b.ts\nREADME.md\nLICENSE");
  expect(await found({ pattern: "**/*.ts", path: "src/deep" })).toBe("src/deep/b.ts");
  expect(await found({ pattern: ".github/*" })).toBe(".github/ci.yml");
  expect(await found({ pattern: "*.{md,txt}" })).toBe("README.md");
  expect(await found({ pattern: "*.none" })).toBe("no matches");
});

it("adds exact totals", async () => {
  expect(await found({ pattern: "**/*", summary: true })).toBe(
    [
      "src/a.ts",
      "src/deep/b.ts",
      "README.md",
      "LICENSE",
      "",
      "summary of all matches:",
      "files: 4",
      "bytes: 10",
      "extension .ts: 2 files, 3 bytes",
      "extension (none): 1 files, 4 bytes",
      "extension .md: 1 files, 3 bytes",
      "largest LICENSE: 4 bytes",
      "largest README.md: 3 bytes",
      "largest src/deep/b.ts: 2 bytes",
      "largest src/a.ts: 1 bytes",
    ].join("\n"),
  );
});

it("says how many there are when it shows fewer, and counts all of them", async () => {
  await disk.write(Object.fromEntries(Array.from({ length: 250 }, (_, index) => [`work/many/f${index}.TXT`, "xy"])));
  const lines = (await found({ pattern: "many/*", summary: true })).split("\n");
  expect(lines[200]).toBe("[showing 200 of 250 files, newest first; narrow the pattern or set summary]");
  expect(lines.slice(201, 206)).toEqual([
    "",
    "summary of all matches:",
    "files: 250",
    "bytes: 500",
    "extension .txt: 250 files, 500 bytes",
  ]);
  expect(lines).toHaveLength(216);
});

it.each([
  ["../*", "is not permitted"],
  ["{a,..}/*", "is not permitted"],
  ["/etc/*", "absolute pattern"],
])("refuses the pattern %j", async (pattern, words) => {
  await expect(found({ pattern })).rejects.toThrow(words);
});

it("refuses to search in a file or outside", async () => {
  await expect(found({ pattern: "*", path: "README.md" })).rejects.toThrow("glob: README.md is not a folder");
  await expect(found({ pattern: "*", path: "../outside" })).rejects.toMatchObject({ code: "path.outside" });
});

describe("links", () => {
  it("lead nowhere outside, even when the pattern names them, and to no file twice", async () => {
    await symlink(disk.join("outside"), disk.join("work/out"));
    await symlink(disk.join("outside/secret.ts"), disk.join("work/secret.ts"));
    await symlink("..", disk.join("work/src/up"));
    await symlink("src", disk.join("work/in"));
    expect(await found({ pattern: "out/*" })).toBe("no matches");
    expect(await found({ pattern: "{src,in}/*.ts" })).toBe("src/a.ts");
    expect(await found({ pattern: "**/*.ts" })).toBe("src/a.ts\nsrc/deep/b.ts");
  });
});

it("never looks into the home", async () => {
  await symlink(disk.join("home"), disk.join("work/innocent"));
  const everything = new PathGuard({ folders: [{ name: "all", path: disk.path }], home: disk.join("home") });
  const tool = new GlobTool({ guard: everything, mayShow: () => true });
  for (const pattern of ["**/*.json", "home/*", "*/config.json", "work/innocent/*"])
    expect(await found({ pattern }, tool, everything)).toBe("no matches");
  expect(await found({ pattern: "*/secret.ts" }, tool, everything)).toBe("outside/secret.ts");
});

it("leaves out what rules keep from it, in totals too", async () => {
  const tool = new GlobTool({ guard, mayShow: (name, path) => !(name === "glob" && path.startsWith("src/")) });
  expect(await found({ pattern: "**/*", summary: true }, tool)).toContain("files: 2\nbytes: 7\n");
});

it("shows a name with a newline on one line", async () => {
  await rm(disk.join("work/src"), { recursive: true });
  await disk.write({ "work/src/two\nlines.ts": "x" });
  expect(await found({ pattern: "src/*" })).toBe('"src/two\\nlines.ts"');
});

describe("several folders", () => {
  it("are searched together, or one of them by path or by the pattern's first name", async () => {
    const several = new PathGuard({
      folders: [
        { name: "app", path: disk.join("work") },
        { name: "lib", path: disk.join("outside") },
      ],
      home: disk.join("home"),
    });
    await utimes(disk.join("outside/secret.ts"), 0, 1);
    await mkdir(disk.join("work/lib"));
    const tool = new GlobTool({ guard: several, mayShow: () => true });
    expect(await found({ pattern: "**/*.ts" }, tool, several)).toBe("app/src/a.ts\napp/src/deep/b.ts\nlib/secret.ts");
    expect(await found({ pattern: "lib/*.ts" }, tool, several)).toBe("lib/secret.ts");
    expect(await found({ pattern: "app/**/*.ts" }, tool, several)).toBe("app/src/a.ts\napp/src/deep/b.ts");
    expect(await found({ pattern: "*.ts", path: "lib" }, tool, several)).toBe("lib/secret.ts");
    expect(tool.intent({ pattern: "lib/*.ts" }, several.folders)).toEqual({
      access: "read",
      paths: ["lib"],
      subject: "lib/*.ts",
    });
  });
});
