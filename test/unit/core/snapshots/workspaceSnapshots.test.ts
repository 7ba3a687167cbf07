import { mkdir, rm, symlink } from "node:fs/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { WorkspaceSnapshots } from "../../../../src/core/snapshots/workspaceSnapshots.ts";
import { createTemporaryFolder, folderAt, type TemporaryFolder } from "../../../support/temporaryFolder.ts";
import { noise } from "../store/objectFixtures.ts";
import { contentsOf, createSnapshotBench, restoreAll, type SnapshotBench } from "./snapshotFixtures.ts";

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

async function changesBetween(before: string, after: string): Promise<unknown> {
  const changes = await snapshots.compare(before, after);
  return changes.map(({ path, change, kind }) => [path, change, kind]);
}

async function textAt(manifest: string, path: string): Promise<string | undefined> {
  const content = await snapshots.read(manifest, path);
  return content && Buffer.from(content).toString();
}

/** Two folders, the second with a name of a path, and one inside the first. */
async function severalFolders(): Promise<{
  several: WorkspaceSnapshots;
  other: TemporaryFolder;
  inner: TemporaryFolder;
}> {
  const other = await createTemporaryFolder();
  await mkdir(folder.join("packages/inner"), { recursive: true });
  const inner = folderAt(folder.join("packages/inner"));
  return { several: bench.of({ app: folder.path, "lib/js": other.path, inner: inner.path }), other, inner };
}

test("a comparison tells what came, went and changed, and of folders only what their files do not tell", async () => {
  await folder.write({ "a/one.txt": "1", "a/two.txt": "1", "gone/in.txt": "1", thing: "a file", "mode.sh": "1" });
  await mkdir(folder.join("hollow"));
  const before = (await snapshots.capture()).manifest;
  await folder.write({ "a/one.txt": "2", "new/in.txt": "1" });
  await Promise.all(["gone", "hollow", "thing"].map((path) => rm(folder.join(path), { recursive: true })));
  await mkdir(folder.join("hollow too"));
  await symlink("a", folder.join("thing"));
  const after = (await snapshots.capture()).manifest;
  expect(await changesBetween(before, after)).toEqual([
    ["a/one.txt", "modified", "file"],
    ["gone/in.txt", "deleted", "file"],
    ["hollow", "deleted", "directory"],
    ["hollow too", "created", "directory"],
    ["new/in.txt", "created", "file"],
    ["thing", "modified", "symlink"],
  ]);
  const [first] = await snapshots.compare(before, after);
  expect(await bench.store.blobs.getMany([first?.before?.hash ?? "", first?.after?.hash ?? ""])).toEqual([
    new Uint8Array([0x31]),
    new Uint8Array([0x32]),
  ]);
  expect(await changesBetween(before, before)).toEqual([]);
});

test("several folders have one manifest, and their names begin the paths", async () => {
  const { several, other, inner } = await severalFolders();
  await folder.write({ "a.txt": "1", "packages/inner/own.txt": "1", "packages/outer.txt": "1" });
  await other.write({ "a.txt": "1", ".env": "secret" });
  const { manifest, files, leftOut } = await several.capture();
  expect(files).toBe(4);
  expect(leftOut).toEqual([{ path: "lib/js/.env", reason: "secret" }]);
  // What lies in the inner folder belongs to it alone.
  expect([...(await several.list(manifest)).keys()]).toEqual([
    "app/a.txt",
    "app/packages/outer.txt",
    "lib/js/.env",
    "lib/js/a.txt",
    "inner/own.txt",
  ]);
  await other.write({ "a.txt": "2" });
  await inner.write({ "own.txt": "2" });
  const known = await several.capture({ knownPaths: ["lib/js/a.txt", "inner/own.txt"] });
  expect((await several.compare(manifest, known.manifest)).map(({ path }) => path)).toEqual([
    "lib/js/a.txt",
    "inner/own.txt",
  ]);
  expect(await textAt(known.manifest, "lib/js/a.txt")).toBe("2");
  await expect(several.capture({ knownPaths: ["nowhere/a.txt"] })).rejects.toMatchObject({
    code: "path.unknownFolder",
    params: { path: "nowhere/a.txt", folders: "app, lib/js, inner" },
  });
  await restoreAll(several, manifest);
  expect([await other.read("a.txt"), await inner.read("own.txt")]).toEqual(["1", "1"]);
  await other[Symbol.asyncDispose]();
});

test("snapshots of other folders are compared by name, and single ones whatever their name", async () => {
  const { several, other } = await severalFolders();
  await folder.write({ "a.txt": "1" });
  const single = (await snapshots.capture()).manifest;
  await folder.write({ "a.txt": "2" });
  const renamed = (await bench.of({ "another name": folder.path }).capture()).manifest;
  expect(await changesBetween(single, renamed)).toEqual([["a.txt", "modified", "file"]]);
  await other.write({ "b.txt": "1" });
  const all = (await several.capture()).manifest;
  expect(await changesBetween(single, all)).toEqual([
    ["app/a.txt", "modified", "file"],
    ["app/packages/inner", "deleted", "directory"],
    ["lib/js/b.txt", "created", "file"],
  ]);
  await other[Symbol.asyncDispose]();
});

test("a snapshot with a folder that the workspace does not have is not restored half", async () => {
  const { several, other } = await severalFolders();
  await folder.write({ "a.txt": "1" });
  const { manifest } = await several.capture();
  await folder.write({ "a.txt": "2" });
  const fewer = bench.of({ app: folder.path, "lib/js": other.path });
  await expect(fewer.planRestore({ manifest })).rejects.toMatchObject({
    code: "path.unknownFolder",
    params: { path: "inner" },
  });
  await other[Symbol.asyncDispose]();
});

test("what a tool is about to change is stored first, whatever the rules say", async () => {
  await folder.write({
    ".gitignore": "*.log\n",
    "a.log": "ignored",
    "large.bin": noise(5_000_000),
    ".env": "SECRET=1",
    "a.txt": "text",
  });
  await symlink("a.txt", folder.join("link"));
  const states = await Promise.all(
    ["a.log", "large.bin", "link", ".env", "a.txt/below", "new/deep/er.txt"].map((path) => snapshots.preserve(path)),
  );
  expect(states.map(({ path, entry }) => [path, entry?.kind, entry?.reason])).toEqual([
    ["a.log", "file", undefined],
    ["large.bin", "file", undefined],
    ["link", "symlink", undefined],
    [".env", "leftOut", "secret"],
    ["a.txt", "file", undefined],
    ["new", undefined, undefined],
  ]);
  const hashes = states.flatMap(({ entry }) => entry?.hash || []);
  expect((await bench.store.blobs.getMany(hashes)).map(({ length }) => length)).toEqual([7, 5_000_000, 5, 4]);
});

test("files that the session changed are captured although the rules leave them out", async () => {
  await folder.write({
    ".gitignore": "*.log\nbuild/\n",
    "a.log": "1",
    "build/deep/out.js": "1",
    "large.bin": noise(5_000_000),
    ".env": "1",
  });
  const include = ["a.log", "build/deep/out.js", "large.bin", ".env", "none.log"];
  const captured = await snapshots.capture({ include });
  expect([...(await snapshots.list(captured.manifest))].map(([path, { kind }]) => [path, kind])).toEqual([
    [".env", "leftOut"],
    [".gitignore", "file"],
    ["a.log", "file"],
    ["build/deep/out.js", "file"],
    ["large.bin", "file"],
  ]);
  expect(captured).toMatchObject({ files: 4, leftOut: [{ path: ".env" }, { path: "build" }] });
  expect((await snapshots.capture({ include, knownPaths: [] })).manifest).toBe(captured.manifest);
  await folder.write({ "a.log": "2" });
  const changed = await snapshots.capture({ include, knownPaths: ["a.log"] });
  expect(await changesBetween(captured.manifest, changed.manifest)).toEqual([["a.log", "modified", "file"]]);
  await rm(folder.join("build"), { recursive: true });
  const removed = await snapshots.capture({ include });
  expect(await changesBetween(changed.manifest, removed.manifest)).toEqual([["build/deep/out.js", "deleted", "file"]]);
});

test("files that were included survive a collection of what nobody names", async () => {
  await folder.write({ ".gitignore": "*.log\n", "a.log": "1" });
  const first = await snapshots.capture({ include: ["a.log"] });
  await bench.clock.advance(2 * 60 * 60 * 1000);
  await bench.store.blobs.collect({ keep: [] });
  const second = await snapshots.capture({ include: ["a.log"] });
  expect(second.manifest).toBe(first.manifest);
  expect(await textAt(second.manifest, "a.log")).toBe("1");
});

test("the first snapshot holds what was there before the run changed it", async () => {
  const files = Object.fromEntries(
    Array.from({ length: 2_000 }, (_, index) => [`${index % 20}/${index}.txt`, "before"]),
  );
  await folder.write({ ...files, "z/last.txt": "before", "z/deleted.txt": "before" });
  const before = contentsOf(folder.path);
  const baseline = snapshots.baseline();
  for (const path of ["z/last.txt", "0/0.txt"]) {
    expect(await baseline.preserve(path)).toMatchObject({ entry: { kind: "file", size: 6 } });
    await folder.write({ [path]: "changed by a tool" });
  }
  await baseline.preserve("z/deleted.txt");
  await rm(folder.join("z/deleted.txt"));
  expect(await baseline.preserve("new/deep/file.txt")).toEqual({ path: "new", entry: null });
  await folder.write({ "new/deep/file.txt": "new" });
  // A second change is not what was there at first.
  await baseline.preserve("new/deep/file.txt");
  await baseline.preserve("z/last.txt");
  await folder.write({ "z/last.txt": "changed again" });
  const { manifest } = await baseline.done;
  expect(await baseline.preserve("z/last.txt")).toMatchObject({ path: "z/last.txt", entry: { size: 13 } });
  await restoreAll(snapshots, manifest);
  expect(contentsOf(folder.path)).toEqual(before);
});

test("a first snapshot that fails says so, and preserving goes on", async () => {
  await folder.write({ "a.txt": "1" });
  const baseline = snapshots.baseline({ signal: AbortSignal.abort(new Error("stopped")) });
  await expect(baseline.done).rejects.toThrow("stopped");
  expect(await baseline.preserve("a.txt")).toMatchObject({ entry: { kind: "file" } });
});

test("names that are no text are told as text, found by it, and restored", async () => {
  const odd = "caf\udce9\n\ud83d\udc80\\";
  await folder.write({ "plain.txt": "1" });
  const { writeFileSync, unlinkSync } = await import("node:fs");
  const bytes = Buffer.concat([
    Buffer.from(`${folder.path}/caf`),
    Buffer.from([0xe9]),
    Buffer.from("\n\ud83d\udc80\\"),
  ]);
  writeFileSync(bytes, "odd");
  const { manifest } = await snapshots.capture();
  expect([...(await snapshots.list(manifest)).keys()]).toEqual([odd, "plain.txt"]);
  expect(await textAt(manifest, odd)).toBe("odd");
  const original = contentsOf(folder.path);
  unlinkSync(bytes);
  expect(await snapshots.preserve(odd)).toEqual({ path: odd, entry: null });
  const { manifest: without } = await snapshots.capture({ knownPaths: [odd] });
  expect(await changesBetween(manifest, without)).toEqual([[odd, "deleted", "file"]]);
  await restoreAll(snapshots, manifest);
  expect(contentsOf(folder.path)).toEqual(original);
  await expect(snapshots.preserve("half a pair \ud83d")).rejects.toMatchObject({ code: "path.invalid" });
});
