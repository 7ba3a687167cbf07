import { execFileSync } from "node:child_process";
import { appendFile, chmod, link, mkdir, rename, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { LeftOutFile } from "../../../../src/core/snapshots/snapshotWork.ts";
import type { Progress } from "../../../../src/core/snapshots/workPace.ts";
import type { WorkspaceSnapshots } from "../../../../src/core/snapshots/workspaceSnapshots.ts";
import { createTemporaryFolder, type TemporaryFolder } from "../../../support/temporaryFolder.ts";
import { userWithoutPrivileges } from "../../../support/builtCli.ts";
import { startRemote } from "../store/remoteProcess.ts";
import { noise } from "../store/objectFixtures.ts";
import { createSnapshotBench, type SnapshotBench } from "./snapshotFixtures.ts";

let bench: SnapshotBench;
let folder: TemporaryFolder;
let snapshots: WorkspaceSnapshots;
beforeEach(async () => {
  bench = await createSnapshotBench();
  ({ folder, snapshots } = bench);
});
afterEach(async () => {
  await bench[Symbol.asyncDispose]();
});

async function pathsOf(manifest: string): Promise<string[]> {
  return [...(await snapshots.list(manifest))].filter(([, entry]) => entry.kind !== "leftOut").map(([path]) => path);
}

async function textAt(manifest: string, path: string): Promise<string | undefined> {
  const content = await snapshots.read(manifest, path);
  return content && Buffer.from(content).toString();
}

test("a capture holds every file with its mode, and says how many there are", async () => {
  await folder.write({ "a/one.txt": "one", "two.sh": "#!/bin/sh\n", "empty.txt": "", "binary.bin": noise(70_000) });
  await chmod(folder.join("two.sh"), 0o755);
  await mkdir(folder.join("hollow/inner"), { recursive: true });
  await symlink("a/one.txt", folder.join("to one"));
  await symlink("/nowhere/at/all", folder.join("to nothing"));
  const captured = await snapshots.capture();
  expect(captured).toMatchObject({ files: 6, bytes: 3 + 10 + 0 + 70_000 + 9 + 15, leftOut: [], changedWhileRead: [] });
  const entries = await snapshots.list(captured.manifest);
  expect(
    Object.fromEntries([...entries].map(([path, { kind, mode, size }]) => [path, [kind, mode.toString(8), size]])),
  ).toEqual({
    "a/one.txt": ["file", "644", 3],
    "binary.bin": ["file", "644", 70_000],
    "empty.txt": ["file", "644", 0],
    "hollow/inner": ["directory", "755", 0],
    "to nothing": ["symlink", "777", 15],
    "to one": ["symlink", "777", 9],
    "two.sh": ["file", "755", 10],
  });
  expect(await snapshots.read(captured.manifest, "binary.bin")).toEqual(noise(70_000));
  expect(await textAt(captured.manifest, "to one")).toBe("a/one.txt");
  expect(await snapshots.find(captured.manifest, "a/one.txt")).toMatchObject({ kind: "file", size: 3 });
  expect(await snapshots.find(captured.manifest, "a/none.txt")).toBeUndefined();
  expect(await snapshots.find(captured.manifest, "empty.txt/none")).toBeUndefined();
});

test("an unchanged folder gives the same manifest, also in another process and after everything was forgotten", async () => {
  await folder.write({ "a/one.txt": "one", "b.txt": "two" });
  const { manifest } = await snapshots.capture();
  expect((await snapshots.capture()).manifest).toBe(manifest);
  await using other = await createSnapshotBench();
  expect((await other.of({ app: folder.path }).capture()).manifest).toBe(manifest);
});

test("links are captured as links and never followed", async () => {
  await using outside = await createTemporaryFolder();
  await outside.write({ "secret.txt": "not yours" });
  await symlink(outside.path, folder.join("out"));
  await symlink(".", folder.join("loop"));
  const { manifest, files } = await snapshots.capture();
  expect(files).toBe(2);
  expect(await pathsOf(manifest)).toEqual(["loop", "out"]);
});

test("what git ignores is left out, with rules of every depth", async () => {
  await folder.write({
    ".gitignore": "*.log\n/build/\n!keep.log\n# comment\n\\#odd\ndocs/**/*.tmp\n",
    "a.log": "",
    "keep.log": "",
    "build/out.js": "",
    "src/build/kept.js": "",
    "src/.gitignore": "*.js\n!kept.js\n",
    "src/main.js": "",
    "src/main.ts": "",
    "docs/deep/er/x.tmp": "",
    "docs/x.txt": "",
    "#odd": "",
    "node_modules/left/index.js": "",
    "src/node_modules/right.js": "",
  });
  const { manifest, leftOut, leftOutCounts } = await snapshots.capture();
  expect(await pathsOf(manifest)).toEqual([
    ".gitignore",
    "docs/deep/er",
    "docs/x.txt",
    "keep.log",
    "src/.gitignore",
    "src/build/kept.js",
    "src/main.ts",
  ]);
  expect(leftOut.map(({ path }) => path)).toEqual([
    "#odd",
    "a.log",
    "build",
    "docs/deep/er/x.tmp",
    "node_modules",
    "src/main.js",
    "src/node_modules",
  ]);
  expect(leftOutCounts).toEqual({ ignored: 7, secret: 0, size: 0, special: 0, unreadable: 0 });
});

test("a folder that a rule further in takes back is captured, as git does", async () => {
  await folder.write({
    ".gitignore": "build/\n",
    "package/.gitignore": "!build/\n",
    "package/build/kept.js": "",
    "build/gone.js": "",
  });
  const { manifest } = await snapshots.capture();
  expect(await pathsOf(manifest)).toContain("package/build/kept.js");
  expect(await pathsOf(manifest)).not.toContain("build/gone.js");
});

test("git agrees about what is ignored", async () => {
  const patterns = ["*.a", "!x.a", "/b", "c/", "d/*", "!d/x", "**/e", "f/**", "[gh].txt", "i?", "!/b/x", "j\\ ", "*~"];
  const names = ["x", "x.a", "b", "c", "d", "e", "f", "g.txt", "i1", "j ", "k~"];
  const paths = names.flatMap((one) => names.map((other) => `${one}/${other}/x`));
  await folder.write({
    ...Object.fromEntries(paths.map((path) => [path, path])),
    ...Object.fromEntries(names.map((name) => [`top ${name}`, name])),
    ".gitignore": patterns.join("\n"),
    "x/.gitignore": "!*.a\nb\n",
    "x.a/e/.gitignore": "!x\n",
  });
  execFileSync("git", ["init", "-q"], { cwd: folder.path });
  const listed = execFileSync("git", ["ls-files", "-z", "--others", "--exclude-standard"], { cwd: folder.path });
  const { manifest } = await snapshots.capture();
  const entries = await snapshots.list(manifest);
  const files = [...entries].filter(([, { kind }]) => kind === "file").map(([path]) => path);
  expect(files.toSorted()).toEqual(listed.toString().split("\0").filter(Boolean).toSorted());
});

test("rules that change count for what was captured before", async () => {
  await folder.write({ "a.log": "log", "b.txt": "text", "deep/c.log": "log" });
  const before = await snapshots.capture();
  await folder.write({ ".gitignore": "*.log" });
  const ignoring = await snapshots.capture();
  expect(await pathsOf(ignoring.manifest)).toEqual([".gitignore", "b.txt", "deep"]);
  await folder.write({ ".gitignore": "" });
  const after = await snapshots.capture({ knownPaths: [".gitignore"] });
  expect(await pathsOf(after.manifest)).toEqual([".gitignore", "a.log", "b.txt", "deep/c.log"]);
  await rm(folder.join(".gitignore"));
  expect((await snapshots.capture({ knownPaths: [".gitignore"] })).manifest).toBe(before.manifest);
});

test("the user's own patterns leave out more, and nothing in the folder takes them back", async () => {
  await folder.write({ ".gitignore": "!*.big\n", "a.big": "", "b.txt": "", "private/c.txt": "" });
  const { manifest } = await bench.of({ app: folder.path }, { "snapshots.exclude": ["*.big", "private/"] }).capture();
  expect(await pathsOf(manifest)).toEqual([".gitignore", "b.txt"]);
});

test("repositories within the folder are captured by their own rules, and git's own files never", async () => {
  await folder.write({
    ".gitignore": "*.txt\n",
    "outer.txt": "ignored here",
    ".github/workflow.yml": "",
    ".gitkeep": "",
  });
  for (const path of [".", "inner"]) {
    await mkdir(folder.join(path), { recursive: true });
    execFileSync("git", ["init", "-q"], { cwd: folder.join(path) });
  }
  await folder.write({
    "inner/own.txt": "not ignored in there",
    "module/.git": "gitdir: ../.git/modules/module",
    "module/a.md": "",
  });
  const { manifest, leftOut } = await snapshots.capture();
  expect(await pathsOf(manifest)).toEqual([
    ".github/workflow.yml",
    ".gitignore",
    ".gitkeep",
    "inner/own.txt",
    "module/a.md",
  ]);
  expect(leftOut).toEqual([{ path: "outer.txt", reason: "ignored" }]);
});

test("large files, secrets, special and unreadable ones are left out, listed, and known by name", async () => {
  await folder.write({
    ".env": "KEY=1",
    "keys/id_rsa": "key",
    "big.bin": noise(1_048_577),
    "fits.bin": noise(1_048_576),
    "a.txt": "",
  });
  const server = createServer().listen(folder.join("socket"));
  execFileSync("mkfifo", [folder.join("pipe")]);
  const expected: LeftOutFile[] = [
    { path: ".env", reason: "secret" },
    { path: "big.bin", reason: "size" },
    { path: "keys/id_rsa", reason: "secret" },
    { path: "pipe", reason: "special" },
    { path: "socket", reason: "special" },
  ];
  const small = bench.of({ app: folder.path }, { "snapshots.maxFileSizeMb": 1 });
  const { manifest, leftOut } = await small.capture();
  expect(leftOut).toEqual(expected);
  expect(await snapshots.find(manifest, ".env")).toEqual({
    kind: "leftOut",
    mode: 0,
    size: 5,
    hash: "",
    reason: "secret",
  });
  expect(await snapshots.read(manifest, ".env")).toBeUndefined();
  expect(await pathsOf(manifest)).toEqual(["a.txt", "fits.bin"]);
  server.close();
});

test("what may not be read is left out, and captured once it may", async () => {
  const uid = userWithoutPrivileges();
  const owned = uid === undefined ? {} : { owner: uid };
  await using theirs = await createTemporaryFolder(owned);
  await theirs.write({ "open.txt": "open", "closed.txt": "closed", "shut/in.txt": "in" });
  await Promise.all([chmod(theirs.join("closed.txt"), 0), chmod(theirs.join("shut"), 0)]);
  await using home = await createTemporaryFolder(owned);
  const script = new URL("../store/objectsProcess.ts", import.meta.url);
  await using other = await startRemote(script, home.path, ...(uid === undefined ? [] : [String(uid)]));
  expect(await other.call("capture", theirs.path)).toMatchObject({
    files: 1,
    leftOut: [
      { path: "closed.txt", reason: "unreadable" },
      { path: "shut", reason: "unreadable" },
    ],
  });
  await Promise.all([chmod(theirs.join("closed.txt"), 0o644), chmod(theirs.join("shut"), 0o755)]);
  expect(await other.call("capture", theirs.path)).toMatchObject({ files: 3, leftOut: [] });
});

test("a list of what is left out is bounded, its counts are not", async () => {
  const files = Array.from({ length: 1_200 }, (_, index) => [`${index}.log`, ""]);
  await folder.write({ ...(Object.fromEntries(files) as Record<string, string>), ".gitignore": "*.log" });
  const { leftOut, leftOutCounts } = await snapshots.capture();
  expect(leftOut).toHaveLength(1_000);
  expect(leftOutCounts.ignored).toBe(1_200);
});

test("a change that leaves size and time as they were is seen", async () => {
  await folder.write({ "a.txt": "before" });
  const before = await snapshots.capture();
  const { manifest } = before;
  await folder.write({ "a.txt": "behind" });
  await utimes(folder.join("a.txt"), new Date(2020, 1, 1), new Date(2020, 1, 1));
  const second = await snapshots.capture();
  expect(second.manifest).not.toBe(manifest);
  expect(await textAt(second.manifest, "a.txt")).toBe("behind");
});

test("each change is seen on its own: content, mode, name, kind, empty folders", async () => {
  await folder.write({ "a/one.txt": "one", "b.txt": "two" });
  const seen = new Set([(await snapshots.capture()).manifest]);
  const changes = [
    () => appendFile(folder.join("b.txt"), "!"),
    () => chmod(folder.join("b.txt"), 0o600),
    () => chmod(folder.join("a"), 0o700),
    () => rename(folder.join("a/one.txt"), folder.join("a/two.txt")),
    () => mkdir(folder.join("hollow")),
    () => rm(folder.join("hollow"), { recursive: true }).then(() => symlink("a", folder.join("hollow"))),
    () => rm(folder.join("b.txt")).then(() => mkdir(folder.join("b.txt"))),
    () => rm(folder.join("a"), { recursive: true }),
  ];
  for (const change of changes) {
    await change();
    seen.add((await snapshots.capture()).manifest);
  }
  expect(seen).toHaveLength(changes.length + 1);
});

test("hard links are two files", async () => {
  await folder.write({ "one.txt": "same" });
  await link(folder.join("one.txt"), folder.join("two.txt"));
  const { manifest } = await snapshots.capture();
  expect(await pathsOf(manifest)).toEqual(["one.txt", "two.txt"]);
});

test("with known paths nothing else is looked at", async () => {
  await using fast = await createSnapshotBench({ racyMilliseconds: 0 });
  const { snapshots: own, folder: place } = fast;
  await place.write({ "a/one.txt": "one", "b.txt": "two" });
  const first = await own.capture();
  await place.write({ "a/one.txt": "another one", "b.txt": "changed too", "c/d/new.txt": "new" });
  const known = await own.capture({ knownPaths: ["a/one.txt", "c/d/new.txt"] });
  const changed = await own.compare(first.manifest, known.manifest);
  expect(changed.map(({ path, change }) => [path, change])).toEqual([
    ["a/one.txt", "modified"],
    ["c/d/new.txt", "created"],
  ]);
  const full = await own.capture();
  expect((await own.compare(known.manifest, full.manifest)).map(({ path }) => path)).toEqual(["b.txt"]);
});

test("known paths may be folders, gone, or below what is no folder any more", async () => {
  await folder.write({ "a/one.txt": "one", "a/two.txt": "two", "b.txt": "b", "d/e/f.txt": "f" });
  await snapshots.capture();
  await rm(folder.join("a"), { recursive: true });
  await folder.write({ a: "a file now", "new/deep/er.txt": "new" });
  await rm(folder.join("d/e"), { recursive: true });
  const known = await snapshots.capture({ knownPaths: ["a/one.txt", "a/two.txt", "new", "d/e/f.txt", "never/was"] });
  expect(known.manifest).toBe((await snapshots.capture()).manifest);
  expect(await pathsOf(known.manifest)).toEqual(["a", "b.txt", "d", "new/deep/er.txt"]);
});

test.each(["", "/etc/passwd", "../up", "a/../b", "a//b", "./a", "a/", "a\0b"])(
  "a path that leads elsewhere is refused: %j",
  async (path) => {
    await expect(snapshots.capture({ knownPaths: [path] })).rejects.toMatchObject({ code: "path.invalid" });
    await expect(snapshots.preserve(path)).rejects.toMatchObject({ code: "path.invalid" });
  },
);

test("a folder that is gone, is a file or may not be read is told", async () => {
  await rm(folder.path, { recursive: true });
  await expect(snapshots.capture()).rejects.toMatchObject({ code: "workspace.missing", params: { path: folder.path } });
  await writeFile(folder.path, "a file");
  await expect(snapshots.capture()).rejects.toMatchObject({ code: "workspace.notAFolder" });
  await rm(folder.path);
});

test("a capture tells how far it is, can be stopped, and goes on the next time", async () => {
  const files = Array.from({ length: 3_000 }, (_, index) => [`${index % 50}/${index}.bin`, noise(20_000, index + 1)]);
  await folder.write(Object.fromEntries(files) as Record<string, Uint8Array>);
  const stopping = new AbortController();
  const reason = new Error("stopped by a person");
  const heard: Progress[] = [];
  const stopped = snapshots.capture({
    signal: stopping.signal,
    onProgress: (progress) => {
      heard.push(progress);
      if (progress.phase === "reading") stopping.abort(reason);
    },
  });
  await expect(stopped).rejects.toBe(reason);
  expect(heard.at(-1)).toMatchObject({ phase: "reading", total: 3_000 });
  await expect(snapshots.capture({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  const { manifest, files: count } = await snapshots.capture();
  expect(count).toBe(3_000);
  const entries = [...(await snapshots.list(manifest)).values()];
  expect(await bench.store.blobs.has(entries.map(({ hash }) => hash))).toEqual(entries.map(() => true));
  expect(await snapshots.read(manifest, "7/57.bin")).toEqual(noise(20_000, 58));
});

test("captures of one folder at the same time wait for each other, and putting does not wait for them", async () => {
  const files = Array.from({ length: 1_000 }, (_, index) => [`${index % 10}/${index}.bin`, noise(10_000, index + 1)]);
  await folder.write(Object.fromEntries(files) as Record<string, Uint8Array>);
  const order: string[] = [];
  const captures = [1, 2].map(() => snapshots.capture().finally(() => order.push("captured")));
  await bench.store.blobs.put([noise(100)]).finally(() => order.push("put"));
  const [one, two] = await Promise.all(captures);
  expect(one?.manifest).toBe(two?.manifest);
  expect(order).toEqual(["put", "captured", "captured"]);
});

test("a file that is written all the time is captured and told", async () => {
  await using busy = await startRemote(new URL("./busyWriter.ts", import.meta.url), folder.join("busy.bin"));
  await busy.call("begin");
  let changed: readonly string[] = [];
  while (changed.length === 0) ({ changedWhileRead: changed } = await snapshots.capture());
  expect(changed).toEqual(["busy.bin"]);
  await busy.kill();
  const { manifest, changedWhileRead } = await snapshots.capture();
  expect(changedWhileRead).toEqual([]);
  expect(await snapshots.find(manifest, "busy.bin")).toMatchObject({ kind: "file" });
});
