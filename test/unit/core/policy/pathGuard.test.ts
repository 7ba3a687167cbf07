import { mkdir, realpath, rename, rm, symlink } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PathGuard } from "../../../../src/core/policy/pathGuard.ts";
import { createTemporaryFolder, type TemporaryFolder } from "../../../support/temporaryFolder.ts";

let disk: TemporaryFolder;
let workspace: string;
let outside: string;
let home: string;
let guard: PathGuard;

beforeEach(async () => {
  disk = await createTemporaryFolder();
  await disk.write({
    "work/src/main.ts": "main",
    "work/README.md": "read me",
    "work-other/secret.txt": "not yours",
    "outside/secret.txt": "not yours",
    "home/config.json": "{}",
  });
  workspace = disk.join("work");
  outside = disk.join("outside");
  home = disk.join("home");
  guard = new PathGuard({ folders: [{ name: "work", path: workspace }], home });
});

afterEach(() => disk[Symbol.asyncDispose]());

const code = (expected: string) => expect.objectContaining({ code: expected });

describe("in one folder", () => {
  it("resolves relative and absolute paths alike", async () => {
    const expected = { absolute: join(workspace, "src", "main.ts"), workspacePath: "src/main.ts", protected: false };
    for (const path of ["src/main.ts", "./src/./main.ts", "src/../src//main.ts", join(workspace, "src/main.ts")]) {
      expect(await guard.resolve(path, "read")).toMatchObject(expected);
    }
  });

  it("resolves what does not exist yet", async () => {
    expect(await guard.resolve("new/deep/file.md", "write")).toMatchObject({
      absolute: join(workspace, "new/deep/file.md"),
      workspacePath: "new/deep/file.md",
    });
  });

  it("calls the folder itself `.`", async () => {
    expect(await guard.resolve(".", "read")).toMatchObject({ absolute: workspace, workspacePath: "." });
    expect(await guard.resolve(workspace, "read")).toMatchObject({ workspacePath: "." });
  });

  it.each([
    ["..", "path.outside"],
    ["../outside/secret.txt", "path.outside"],
    ["src/../../outside/secret.txt", "path.outside"],
    ["missing/../../outside/secret.txt", "path.outside"],
    ["/etc/passwd", "path.outside"],
    ["/", "path.outside"],
    ["~", "path.outside"],
    ["~/.ssh/id_rsa", "path.outside"],
    ["", "path.invalid"],
    ["src/main\0.ts", "path.invalid"],
    ["\ud800", "path.invalid"],
    ["README.md/child", "path.invalid"],
    ["\\\\server\\share\\file", "path.invalid"],
    ["//server/share/file", "path.invalid"],
    ["\\\\?\\C:\\file", "path.invalid"],
    ["C:\\Windows\\win.ini", "path.invalid"],
    ["C:/Windows/win.ini", "path.invalid"],
    ["file.txt::$DATA", "path.invalid"],
    ["file.txt:hidden:$DATA", "path.invalid"],
    ["a/".repeat(3000), "path.invalid"],
    ["n".repeat(256), "path.invalid"],
  ])("refuses %j with %s", async (path, expected) => {
    await expect(guard.resolve(path, "read")).rejects.toEqual(code(expected));
    await expect(guard.resolve(path, "write")).rejects.toEqual(code(expected));
  });

  it("does not take a folder whose name begins the same for the folder", async () => {
    await expect(guard.resolve(disk.join("work-other/secret.txt"), "read")).rejects.toEqual(code("path.outside"));
    await expect(guard.resolve("../work-other/secret.txt", "read")).rejects.toEqual(code("path.outside"));
  });

  it("takes a name with a newline or a backslash for what it is", async () => {
    await disk.write({ "work/two\nlines": "", "work/..\\secret": "" });
    expect(await guard.resolve("two\nlines", "read")).toMatchObject({ workspacePath: "two\nlines" });
    expect(await guard.resolve("..\\secret", "read")).toMatchObject({ workspacePath: "..\\secret" });
  });

  it("keeps Unicode forms apart where the file system does", async () => {
    await disk.write({ "work/caf\u00e9": "composed", "work/cafe\u0301": "decomposed" });
    const composed = await guard.resolve("caf\u00e9", "read");
    const decomposed = await guard.resolve("cafe\u0301", "read");
    expect(composed.absolute).toBe(await realpath(join(workspace, "caf\u00e9")));
    expect(decomposed.absolute).toBe(await realpath(join(workspace, "cafe\u0301")));
  });

  it("never creates a file with the name of a Windows device, and reads one that is there", async () => {
    await disk.write({ "work/drivers/aux.c": "an I2C driver has this name" });
    expect(await guard.resolve("drivers/aux.c", "read")).toMatchObject({ workspacePath: "drivers/aux.c" });
    expect(await guard.resolve("drivers/aux.c", "write")).toMatchObject({ workspacePath: "drivers/aux.c" });
    for (const path of ["con", "docs/NUL.txt", "com1 .md", "lpt9/x"]) {
      await expect(guard.resolve(path, "write")).rejects.toEqual(code("path.invalid"));
    }
  });
});

describe("symbolic links", () => {
  it("follows one to a file and one to a folder inside", async () => {
    await symlink("src/main.ts", join(workspace, "link.ts"));
    await symlink(join(workspace, "src"), join(workspace, "sources"));
    expect(await guard.resolve("link.ts", "write")).toMatchObject({ workspacePath: "src/main.ts" });
    expect(await guard.resolve("sources/new.ts", "write")).toMatchObject({ workspacePath: "src/new.ts" });
  });

  it.each([
    ["a file", "secret.txt", "link"],
    ["a folder", "", "link/secret.txt"],
    ["a folder, for something new", "", "link/new/file.txt"],
    ["nothing yet", "later.txt", "link"],
  ])("refuses one that leads outside to %s", async (_, target, path) => {
    await symlink(join(outside, target), join(workspace, "link"));
    await expect(guard.resolve(path, "read")).rejects.toEqual(code("path.outside"));
    await expect(guard.resolve(path, "write")).rejects.toEqual(code("path.outside"));
    await expect(guard.resolve(join(workspace, path), "write")).rejects.toEqual(code("path.outside"));
  });

  it("follows a chain to its end, also to nothing", async () => {
    await symlink("two", join(workspace, "one"));
    await symlink("three", join(workspace, "two"));
    await symlink("../outside/later.txt", join(workspace, "three"));
    await expect(guard.resolve("one", "write")).rejects.toEqual(code("path.outside"));
    await rm(join(workspace, "three"));
    await symlink("src/later.ts", join(workspace, "three"));
    expect(await guard.resolve("one", "write")).toMatchObject({ workspacePath: "src/later.ts" });
  });

  it("follows a link to nothing through a link in the middle", async () => {
    await symlink(outside, join(workspace, "away"));
    await symlink("away/later.txt", join(workspace, "dangling"));
    await expect(guard.resolve("dangling", "write")).rejects.toEqual(code("path.outside"));
  });

  it("takes `..` after a link for the parent of where the link leads, as the system does", async () => {
    await mkdir(join(outside, "deep"));
    await symlink(join(outside, "deep"), join(workspace, "src", "link"));
    await expect(guard.resolve("src/link/../secret.txt", "read")).rejects.toEqual(code("path.outside"));
  });

  it("refuses a loop", async () => {
    await symlink("b", join(workspace, "a"));
    await symlink("a", join(workspace, "b"));
    await symlink("self", join(workspace, "self"));
    for (const path of ["a", "a/file", "self"])
      await expect(guard.resolve(path, "write")).rejects.toEqual(code("path.invalid"));
  });

  it("does not tell what lies outside", async () => {
    await symlink(join(outside, "secret.txt", "child"), join(workspace, "probe"));
    await expect(guard.resolve("probe", "read")).rejects.toEqual(code("path.outside"));
    await expect(guard.resolve("/etc/passwd/child", "read")).rejects.toEqual(code("path.outside"));
  });

  it("works in a folder that is one, and stays where it led at the beginning", async () => {
    const link = disk.join("link-to-work");
    await symlink(workspace, link);
    const linked = new PathGuard({ folders: [{ name: "work", path: link }], home });
    expect(await linked.resolve("src/main.ts", "read")).toMatchObject({
      absolute: join(workspace, "src/main.ts"),
      workspacePath: "src/main.ts",
    });
    expect(await linked.resolve(join(link, "src/main.ts"), "read")).toMatchObject({ workspacePath: "src/main.ts" });
    expect(linked.display(join(link, "src/main.ts"))).toBe("src/main.ts");
    await rm(link);
    await symlink(outside, link);
    await expect(linked.resolve(join(link, "secret.txt"), "read")).rejects.toEqual(code("path.outside"));
    expect(await linked.resolve("src/main.ts", "read")).toMatchObject({ absolute: join(workspace, "src/main.ts") });
  });
});

describe("the home", () => {
  it("is refused inside the folder, outside of it, itself and below", async () => {
    const everything = new PathGuard({ folders: [{ name: "disk", path: disk.path }], home });
    for (const path of ["home", "home/config.json", "home/new/file", home, "work/../home/config.json"]) {
      await expect(everything.resolve(path, "read")).rejects.toEqual(code("path.home"));
      await expect(everything.resolve(path, "write")).rejects.toEqual(code("path.home"));
    }
    await expect(guard.resolve(join(home, "config.json"), "read")).rejects.toEqual(code("path.home"));
  });

  it("is refused through links, and when the home itself is one", async () => {
    await symlink(home, join(workspace, "innocent"));
    await symlink(join(home, "config.json"), join(workspace, "notes.json"));
    await expect(guard.resolve("innocent/config.json", "read")).rejects.toEqual(code("path.home"));
    await expect(guard.resolve("notes.json", "write")).rejects.toEqual(code("path.home"));
    await symlink(home, disk.join("home-link"));
    const linked = new PathGuard({ folders: [{ name: "disk", path: disk.path }], home: disk.join("home-link") });
    await expect(linked.resolve("home/config.json", "read")).rejects.toEqual(code("path.home"));
    await expect(linked.resolve("home-link/config.json", "read")).rejects.toEqual(code("path.home"));
  });

  it("cannot be created before the program does", async () => {
    const early = new PathGuard({ folders: [{ name: "work", path: workspace }], home: join(workspace, ".home") });
    await expect(early.resolve(".home/config.json", "write")).rejects.toEqual(code("path.home"));
    await expect(early.resolve(".HOME/config.json", "write")).rejects.toEqual(code("path.home"));
  });

  it("makes a workspace inside it useless", async () => {
    const inside = new PathGuard({ folders: [{ name: "home", path: home }], home });
    await expect(inside.resolve("config.json", "read")).rejects.toEqual(code("path.home"));
  });

  it("is named to those who search above it", async () => {
    const everything = new PathGuard({ folders: [{ name: "disk", path: disk.path }], home });
    expect(await everything.homeBelow(disk.path)).toBe(home);
    expect(await everything.homeBelow(workspace)).toBeUndefined();
  });
});

describe("several folders", () => {
  let several: PathGuard;

  beforeEach(async () => {
    await disk.write({ "library/index.ts": "", "work/library/own.ts": "" });
    several = new PathGuard({
      folders: [
        { name: "app", path: workspace },
        { name: "lib", path: disk.join("library") },
        { name: "inner", path: join(workspace, "src") },
      ],
      home,
    });
  });

  it("takes the first name for the folder", async () => {
    expect(await several.resolve("lib/index.ts", "read")).toMatchObject({
      absolute: disk.join("library/index.ts"),
      workspacePath: "lib/index.ts",
    });
    expect(await several.resolve("./app/library/own.ts", "read")).toMatchObject({
      workspacePath: "app/library/own.ts",
    });
    expect(await several.resolve("lib", "read")).toMatchObject({ workspacePath: "lib" });
    expect(await several.resolve(disk.join("library/index.ts"), "read")).toMatchObject({
      workspacePath: "lib/index.ts",
    });
  });

  it.each([
    ["index.ts", "path.unknownFolder"],
    [".", "path.unknownFolder"],
    ["library/index.ts", "path.unknownFolder"],
    ["LIB/index.ts", "path.unknownFolder"],
    ["../library/index.ts", "path.outside"],
    ["app/../outside/secret.txt", "path.outside"],
  ])("refuses %j with %s", async (path, expected) => {
    await expect(several.resolve(path, "read")).rejects.toEqual(code(expected));
  });

  it("names the folders when none fits", async () => {
    await expect(several.resolve("nowhere/x", "read")).rejects.toMatchObject({
      params: { path: "nowhere/x", folders: "app, lib, inner" },
    });
  });

  it("gives a path to the innermost folder", async () => {
    expect(await several.resolve("app/src/main.ts", "read")).toMatchObject({
      workspacePath: "inner/main.ts",
      folder: { name: "inner" },
    });
  });

  it("crosses from one folder into another by where the path really leads", async () => {
    expect(await several.resolve("app/../library/index.ts", "read")).toMatchObject({ workspacePath: "lib/index.ts" });
  });

  it("shows paths with the folder's name", () => {
    expect(several.display(disk.join("library/index.ts"))).toBe("lib/index.ts");
    expect(several.display(disk.join("library"))).toBe("lib");
    expect(several.display(disk.join("outside/secret.txt"))).toBe("…/secret.txt");
  });
});

describe("a file system that ignores letter case", () => {
  // Identity by the folded path: what the disk of such a system would answer.
  const identify = (path: string): Promise<string> => Promise.resolve(path.toLowerCase().normalize("NFC"));

  it("takes another spelling of the folder for the folder, and of the home for the home", async () => {
    await disk.write({ "WORK/Readme.md": "", "HOME/config.json": "" });
    const folders = [{ name: "work", path: workspace }];
    const insensitive = new PathGuard({ folders, home, identify });
    expect(await insensitive.resolve(disk.join("WORK/Readme.md"), "read")).toMatchObject({
      absolute: join(workspace, "Readme.md"),
      workspacePath: "Readme.md",
    });
    await expect(insensitive.resolve(disk.join("HOME/config.json"), "read")).rejects.toEqual(code("path.home"));
    const sensitive = new PathGuard({ folders, home });
    await expect(sensitive.resolve(disk.join("WORK/Readme.md"), "read")).rejects.toEqual(code("path.outside"));
    await expect(sensitive.resolve(disk.join("HOME/config.json"), "read")).rejects.toEqual(code("path.outside"));
  });
});

describe("recheck", () => {
  it("accepts what has not changed, existing or not, and what was created since", async () => {
    const existing = await guard.resolve("src/main.ts", "write");
    const fresh = await guard.resolve("new/file.ts", "write");
    await expect(guard.recheck(existing)).resolves.toBeUndefined();
    await expect(guard.recheck(fresh)).resolves.toBeUndefined();
    await disk.write({ "work/new/file.ts": "" });
    await expect(guard.recheck(fresh)).resolves.toBeUndefined();
  });

  it("refuses a file or folder that was swapped for a link after the decision", async () => {
    const file = await guard.resolve("src/main.ts", "write");
    const fresh = await guard.resolve("build/out.txt", "write");
    await rename(join(workspace, "src"), join(workspace, "src-away"));
    await symlink(outside, join(workspace, "src"));
    await symlink(outside, join(workspace, "build"));
    await expect(guard.recheck(file)).rejects.toEqual(code("path.changed"));
    await expect(guard.recheck(fresh)).rejects.toEqual(code("path.changed"));
  });
});

it("accepts no path that leads out of the folder", async () => {
  // A workspace full of links in every direction; paths are made of their names.
  await symlink(outside, join(workspace, "out"));
  await symlink("..", join(workspace, "up"));
  await symlink("src", join(workspace, "in"));
  await symlink("/", join(workspace, "src", "root"));
  await symlink("../../outside/none", join(workspace, "src", "none"));
  await symlink(home, join(workspace, "src", "home"));
  await symlink(workspace, join(outside, "back"));
  const name = fc.constantFrom(
    "out",
    "up",
    "in",
    "src",
    "root",
    "none",
    "home",
    "back",
    "..",
    ".",
    "",
    "main.ts",
    "new",
    "work",
    "outside",
  );
  const paths = fc.tuple(
    fc.constantFrom("", workspace + sep, disk.path + sep, "/"),
    fc.array(name, { minLength: 1, maxLength: 8 }),
  );
  let accepted = 0;
  await fc.assert(
    fc.asyncProperty(paths, fc.constantFrom("read" as const, "write" as const), async ([start, names], access) => {
      const path = start + names.join("/");
      const resolved = await guard.resolve(path, access).catch(() => undefined);
      if (resolved === undefined) return;
      accepted++;
      const real = await realAncestor(resolved.absolute);
      for (const [root, inside] of [
        [workspace, true],
        [home, false],
      ] as const) {
        const way = relative(root, real);
        expect(way !== ".." && !way.startsWith(`..${sep}`)).toBe(inside);
      }
      expect(real).toBe(resolved.absolute.slice(0, real.length));
    }),
    { numRuns: 400 },
  );
  expect(accepted).toBeGreaterThan(20);
});

async function realAncestor(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    return realAncestor(dirname(path));
  }
}
