import { createHash } from "node:crypto";
import { execFileSync } from "node:child_process";
import { chmod, mkdir, readFile, rename, stat, symlink, utimes, writeFile } from "node:fs/promises";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PathGuard } from "../../../../src/core/policy/pathGuard.ts";
import { FileChanges } from "../../../../src/core/tools/fileChanges.ts";
import { FileLocks } from "../../../../src/core/tools/fileLocks.ts";
import { EditTool, ReadTool, WriteTool } from "../../../../src/core/tools/workspaceFileTools.ts";
import { createTemporaryFolder, type TemporaryFolder } from "../../../support/temporaryFolder.ts";
import { Call, is, was } from "./toolHarness.ts";

let disk: TemporaryFolder;
let guard: PathGuard;
let call: Call;
let read: ReadTool;
let write: WriteTool;
let edit: EditTool;

beforeEach(async () => {
  disk = await createTemporaryFolder();
  await disk.write({ "work/a.txt": "one\ntwo\nthree\n", "outside/secret.txt": "secret" });
  guard = new PathGuard({ folders: [{ name: "work", path: disk.join("work") }], home: disk.join("home") });
  call = new Call(guard);
  const changes = new FileChanges({ guard, locks: new FileLocks() });
  read = new ReadTool(guard);
  write = new WriteTool(changes);
  edit = new EditTool(changes);
});

afterEach(() => disk[Symbol.asyncDispose]());

const sha256 = (text: string | Uint8Array): string => createHash("sha256").update(text).digest("hex");
const modeOf = async (path: string): Promise<number> => (await stat(disk.join(path))).mode & 0o777;

describe("read", () => {
  it("returns a file, or lines of it", async () => {
    expect(await call.run(read, { file_path: "a.txt" })).toEqual({ content: "one\ntwo\nthree\n" });
    expect(await call.run(read, { file_path: "a.txt", view_range: [2, 2] })).toEqual({ content: "two" });
    expect(await call.run(read, { file_path: disk.join("work/a.txt"), view_range: [2, -1] })).toEqual({
      content: "two\nthree\n",
    });
    expect(await call.run(read, { file_path: "a.txt", view_range: [9, 12] })).toEqual({
      content: "[no lines in this range]",
    });
    expect(call.begun).toEqual([]);
  });

  it("leaves the content as it is, even where it names the folder", async () => {
    await disk.write({ "work/log.txt": `in ${disk.join("work/log.txt")}` });
    expect(await call.run(read, { file_path: "log.txt" })).toEqual({ content: `in ${disk.join("work/log.txt")}` });
  });

  it("says that a file is empty, and refuses bytes, folders and what is not there, in workspace paths", async () => {
    await disk.write({ "work/empty": "", "work/image.png": Buffer.from([137, 80, 0, 71]) });
    expect(await call.run(read, { file_path: "empty" })).toEqual({ content: "[the file is empty]" });
    await expect(call.run(read, { file_path: "image.png" })).rejects.toThrow("image.png is not a text file");
    await expect(call.run(read, { file_path: "none.txt" })).rejects.toThrow(
      "read: none.txt: no such file or directory",
    );
    await expect(call.run(read, { file_path: "." })).rejects.toThrow("not a regular file");
  });

  it("asks for a range when a file is large, without naming where it lies", async () => {
    await disk.write({ "work/large.txt": "line\n".repeat(60_000) });
    await expect(call.run(read, { file_path: "large.txt" })).rejects.toThrow(
      /^read: large\.txt is 300000 bytes.*view_range/,
    );
    expect(await call.run(read, { file_path: "large.txt", view_range: [59_999, 60_000] })).toEqual({
      content: "line\nline",
    });
  });

  it.each([
    {},
    { file_path: "" },
    { file_path: "a", view_range: [1] },
    { file_path: "a", view_range: [1.5, 2] },
    { file_path: "a", lines: 3 },
  ])("does not take %j", (input) => {
    expect(read.inputSchema.safeParse(input).success).toBe(false);
  });
});

describe("write", () => {
  it("creates a file with the folders it needs, and tells before and after", async () => {
    call.onBegin = async () => expect(await disk.files()).not.toContain("work/docs/new/a.md");
    const outcome = await call.run(write, { file_path: "docs/new/a.md", content: "# Größe\n" });
    expect(outcome).toEqual({
      content: "created docs/new/a.md (10 bytes)",
      effects: [{ path: "docs/new/a.md", change: "created", ...is("# Größe\n") }],
    });
    expect(call.begun).toEqual([{ preImages: [{ path: "docs/new/a.md", after: is("# Größe\n").after }] }]);
    expect(await disk.read("work/docs/new/a.md")).toBe("# Größe\n");
    expect(await disk.files()).toEqual(["outside/secret.txt", "work/a.txt", "work/docs/new/a.md"]);
  });

  it("replaces a file", async () => {
    const outcome = await call.run(write, { file_path: "a.txt", content: "new" });
    expect(outcome.effects).toEqual([{ path: "a.txt", change: "modified", ...was("one\ntwo\nthree\n"), ...is("new") }]);
    expect(call.begun).toEqual([
      { preImages: [{ path: "a.txt", ...was("one\ntwo\nthree\n"), after: is("new").after }] },
    ]);
  });

  it("does nothing when the file has the content already", async () => {
    expect(await call.run(write, { file_path: "a.txt", content: "one\ntwo\nthree\n" })).toEqual({
      content: "a.txt has this content already; nothing was changed.",
    });
    expect(call.begun).toEqual([]);
  });

  it("gives new files and folders the mode of the user's umask, and keeps the mode of existing ones", async () => {
    execFileSync("/bin/sh", ["-c", "mkdir probe-folder && : > probe-file"], { cwd: disk.path });
    await call.run(write, { file_path: "new/deep/a.txt", content: "x" });
    expect(await modeOf("work/new/deep/a.txt")).toBe(await modeOf("probe-file"));
    expect(await modeOf("work/new")).toBe(await modeOf("probe-folder"));
    expect(await modeOf("work/new/deep")).toBe(await modeOf("probe-folder"));
    await chmod(disk.join("work/a.txt"), 0o751);
    await call.run(write, { file_path: "a.txt", content: "x" });
    expect(await modeOf("work/a.txt")).toBe(0o751);
  });

  it("does nothing when its intent cannot be committed", async () => {
    call.onBegin = () => {
      throw new Error("fenced");
    };
    await expect(call.run(write, { file_path: "a.txt", content: "new" })).rejects.toThrow("fenced");
    await expect(call.run(write, { file_path: "new/b.txt", content: "new" })).rejects.toThrow("fenced");
    expect(await disk.files()).toEqual(["outside/secret.txt", "work/a.txt"]);
    expect(await disk.read("work/a.txt")).toBe("one\ntwo\nthree\n");
  });

  it("does not overwrite what somebody saved while it was being committed", async () => {
    call.onBegin = () => writeFile(disk.join("work/a.txt"), "the user's own");
    await expect(call.run(write, { file_path: "a.txt", content: "new" })).rejects.toThrow(
      "a.txt was changed by somebody else",
    );
    expect(await disk.read("work/a.txt")).toBe("the user's own");
    call.onBegin = () => writeFile(disk.join("work/b.txt"), "the user's own");
    await expect(call.run(write, { file_path: "b.txt", content: "new" })).rejects.toThrow(
      "b.txt was changed by somebody else",
    );
    expect(await disk.read("work/b.txt")).toBe("the user's own");
  });

  it("notices a save even when size and time look the same", async () => {
    const { atime, mtime } = await stat(disk.join("work/a.txt"));
    call.onBegin = async () => {
      await writeFile(disk.join("work/a.txt"), "ONE\ntwo\nthree\n");
      await utimes(disk.join("work/a.txt"), atime, mtime);
    };
    await expect(call.run(write, { file_path: "a.txt", content: "new" })).rejects.toThrow("changed by somebody else");
  });

  it("does not follow a link that took a folder's place after the decision", async () => {
    await mkdir(disk.join("work/docs"));
    call.onBegin = async () => {
      await rename(disk.join("work/docs"), disk.join("work/docs-away"));
      await symlink(disk.join("outside"), disk.join("work/docs"));
    };
    await expect(call.run(write, { file_path: "docs/secret.txt", content: "new" })).rejects.toMatchObject({
      code: "path.changed",
    });
    expect(await disk.read("outside/secret.txt")).toBe("secret");
  });

  it("refuses to replace a folder or a pipe", async () => {
    execFileSync("mkfifo", [disk.join("work/pipe")]);
    await mkdir(disk.join("work/folder"));
    await expect(call.run(write, { file_path: "pipe", content: "x" })).rejects.toThrow("pipe is not a regular file");
    await expect(call.run(write, { file_path: "folder", content: "x" })).rejects.toThrow("folder is a folder");
    expect(call.begun).toEqual([]);
  });
});

describe("edit", () => {
  it("replaces one occurrence, or all of them", async () => {
    await disk.write({ "work/b.txt": "a $& a" });
    const outcome = await call.run(edit, { file_path: "a.txt", old_string: "two", new_string: "2 $& $1" });
    expect(outcome).toEqual({
      content: "edited a.txt (1 replacement(s))",
      effects: [
        {
          path: "a.txt",
          change: "modified",
          ...was("one\ntwo\nthree\n"),
          ...is("one\n2 $& $1\nthree\n"),
        },
      ],
    });
    expect(
      await call.run(edit, { file_path: "b.txt", old_string: "a", new_string: "b", replace_all: true }),
    ).toMatchObject({ content: "edited b.txt (2 replacement(s))" });
    expect(await disk.read("work/b.txt")).toBe("b $& b");
  });

  it("refuses what is not unique, not there, or the same", async () => {
    await disk.write({ "work/b.txt": "a a" });
    await expect(call.run(edit, { file_path: "b.txt", old_string: "a", new_string: "b" })).rejects.toThrow(
      "edit: old_string appears 2 times in b.txt",
    );
    await expect(call.run(edit, { file_path: "b.txt", old_string: "z", new_string: "b" })).rejects.toThrow(
      "edit: old_string not found in b.txt",
    );
    await expect(call.run(edit, { file_path: "none.txt", old_string: "z", new_string: "b" })).rejects.toThrow(
      "none.txt: no such file",
    );
    expect(await call.run(edit, { file_path: "a.txt", old_string: "two", new_string: "two" })).toEqual({
      content: "a.txt is unchanged: new_string is the same as old_string.",
    });
    expect(await disk.read("work/b.txt")).toBe("a a");
  });

  it("does not touch a file that is not UTF-8", async () => {
    const latin1 = Buffer.from("Gr\xf6\xdfe two", "latin1");
    await disk.write({ "work/latin1.txt": latin1 });
    await expect(call.run(edit, { file_path: "latin1.txt", old_string: "two", new_string: "2" })).rejects.toThrow(
      "latin1.txt is not UTF-8 text",
    );
    expect(await readFile(disk.join("work/latin1.txt"))).toEqual(latin1);
  });

  it("loses no edit of many made at the same time", async () => {
    const words = Array.from({ length: 24 }, (_, index) => `word${index}`);
    await disk.write({ "work/many.txt": words.join("\n") });
    const outcomes = await Promise.all(
      words.map((word) =>
        call.run(edit, {
          file_path: "many.txt",
          old_string: `${word}${word === "word23" ? "" : "\n"}`,
          new_string: `done${word === "word23" ? "" : "\n"}`,
        }),
      ),
    );
    expect(await disk.read("work/many.txt")).toBe(words.map(() => "done").join("\n"));
    // Each edit's before is another's after: they form one chain.
    const effects = outcomes.flatMap((outcome) => outcome.effects ?? []);
    const afters = new Set(effects.map((effect) => effect.after));
    expect(effects.filter((effect) => !afters.has(effect.before)).map((effect) => effect.before)).toEqual([
      sha256(words.join("\n")),
    ]);
  });
});

it("tells effects that lead from what was there to what is there", async () => {
  const step = fc.record({
    file_path: fc.constantFrom("p.txt", "q/r.txt"),
    content: fc.constantFrom("", "x", "y", "zz\n"),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 6 }), async (steps) => {
      const known = new Map<string, string>();
      for (const path of ["p.txt", "q/r.txt"]) {
        const text = await disk.read(`work/${path}`).catch(() => undefined);
        if (text !== undefined) known.set(path, text);
      }
      for (const { file_path, content } of steps) {
        const before = known.get(file_path);
        const { effects = [] } = await call.run(write, { file_path, content });
        const expected = {
          path: file_path,
          change: before === undefined ? "created" : "modified",
          ...(before === undefined ? {} : was(before)),
          ...is(content),
        };
        expect(effects).toEqual(before === content ? [] : [expected]);
        known.set(file_path, content);
        expect(await disk.read(`work/${file_path}`)).toBe(content);
      }
    }),
    { numRuns: 15 },
  );
});

describe("several folders", () => {
  it("are named by the first part of every path", async () => {
    const several = new PathGuard({
      folders: [
        { name: "app", path: disk.join("work") },
        { name: "lib", path: disk.join("outside") },
      ],
      home: disk.join("home"),
    });
    const other = new Call(several);
    const tools = new FileChanges({ guard: several, locks: new FileLocks() });
    expect(await other.run(new ReadTool(several), { file_path: "lib/secret.txt" })).toEqual({ content: "secret" });
    expect(await other.run(new WriteTool(tools), { file_path: "app/b.md", content: "x" })).toMatchObject({
      content: "created app/b.md (1 bytes)",
      effects: [{ path: "app/b.md" }],
    });
    expect(
      await other.run(new EditTool(tools), { file_path: "lib/secret.txt", old_string: "secret", new_string: "s" }),
    ).toMatchObject({ content: "edited lib/secret.txt (1 replacement(s))" });
    await expect(
      other.run(new EditTool(tools), { file_path: "lib/secret.txt", old_string: "gone", new_string: "s" }),
    ).rejects.toThrow("not found in lib/secret.txt");
  });
});
