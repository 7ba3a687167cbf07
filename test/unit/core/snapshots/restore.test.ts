import { createHash } from "node:crypto";
import { chmod, link, lstat, mkdir, readFile, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { WorkspaceSnapshots } from "../../../../src/core/snapshots/workspaceSnapshots.ts";
import type { RestoreIntent } from "../../../../src/core/snapshots/workspaceRestores.ts";
import { createTemporaryFolder, type TemporaryFolder } from "../../../support/temporaryFolder.ts";
import { startRemote } from "../store/remoteProcess.ts";
import { noise, openTestObjects } from "../store/objectFixtures.ts";
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

const noIntent = { onIntent: async () => {} };

async function captured(files: Record<string, string | Uint8Array>): Promise<string> {
  await folder.write(files);
  return (await snapshots.capture()).manifest;
}

async function hashOf(manifest: string, path: string): Promise<string> {
  return (await snapshots.find(manifest, path))?.hash ?? "";
}

test("a restore makes the folder what it was, and can be undone", async () => {
  const manifest = await captured({ "a/one.txt": "one", "two.txt": "two", "gone/with/it.txt": "x" });
  const original = contentsOf(folder.path);
  await folder.write({ "a/one.txt": "changed", "b/new.txt": "new" });
  await rm(folder.join("gone"), { recursive: true });
  await chmod(folder.join("two.txt"), 0o600);
  const changed = contentsOf(folder.path);
  const plan = await snapshots.planRestore({ manifest });
  const intents: RestoreIntent[] = [];
  const seen: Record<string, string>[] = [];
  const outcome = await snapshots.applyRestore(plan, {
    onIntent: async (intent) => {
      intents.push(intent);
      seen.push(contentsOf(folder.path));
    },
  });
  expect(outcome.failed).toEqual([]);
  expect(seen).toEqual([changed]);
  expect(intents).toMatchObject([{ before: plan.before, after: plan.after }]);
  expect(contentsOf(folder.path)).toEqual(original);
  await restoreAll(snapshots, plan.before);
  expect(contentsOf(folder.path)).toEqual(changed);
});

test("when the intent cannot be recorded nothing is touched", async () => {
  const manifest = await captured({ "a.txt": "one" });
  await folder.write({ "a.txt": "two" });
  const plan = await snapshots.planRestore({ manifest });
  const failing = snapshots.applyRestore(plan, { onIntent: () => Promise.reject(new Error("no log")) });
  await expect(failing).rejects.toThrow("no log");
  expect(await folder.read("a.txt")).toBe("two");
});

test("files become folders and links and back", async () => {
  await folder.write({ thing: "a file", "other/in.txt": "in" });
  await symlink("thing", folder.join("link"));
  const first = (await snapshots.capture()).manifest;
  const atFirst = contentsOf(folder.path);
  await Promise.all(["thing", "other", "link"].map((path) => rm(folder.join(path), { recursive: true })));
  await folder.write({ "thing/a/b.txt": "deep", other: "a file", link: "a file" });
  const second = (await snapshots.capture()).manifest;
  const atSecond = contentsOf(folder.path);
  for (const [manifest, contents] of [
    [first, atFirst],
    [second, atSecond],
    [first, atFirst],
  ] as const) {
    await restoreAll(snapshots, manifest);
    expect(contentsOf(folder.path)).toEqual(contents);
  }
});

test("a folder is not taken away while something in it stays", async () => {
  const manifest = await captured({ ".gitignore": "*.log\n" });
  await folder.write({ "new/a.txt": "new", "new/kept.log": "ignored" });
  await mkdir(folder.join("new/repository/.git"), { recursive: true });
  await restoreAll(snapshots, manifest);
  expect(Object.keys(contentsOf(folder.path))).toEqual([
    ".gitignore",
    "new/",
    "new/kept.log",
    "new/repository/",
    "new/repository/.git/",
  ]);
});

test("what changed after the plan is left alone, and what is there already is not touched", async () => {
  const manifest = await captured({ "a.txt": "1", "b.txt": "1", "c.txt": "1", "d.txt": "1" });
  await folder.write({ "a.txt": "2", "b.txt": "2", "c.txt": "2", "new.txt": "2" });
  await rm(folder.join("d.txt"));
  const plan = await snapshots.planRestore({ manifest });
  await folder.write({ "a.txt": "3", "b.txt": "1", "new.txt": "3", "d.txt": "3" });
  const already = await stat(folder.join("b.txt"));
  const { failed, restored } = await snapshots.applyRestore(plan, noIntent);
  expect(failed.map(({ path, failure }) => [path, failure])).toEqual([
    ["a.txt", "changed"],
    ["d.txt", "changed"],
    ["new.txt", "changed"],
  ]);
  expect(restored).toEqual(["b.txt", "c.txt"]);
  expect(contentsOf(folder.path)).toEqual({
    "a.txt": "644 3",
    "b.txt": "644 1",
    "c.txt": "644 1",
    "d.txt": "644 3",
    "new.txt": "644 3",
  });
  expect((await stat(folder.join("b.txt"))).mtimeMs).toBe(already.mtimeMs);
});

test("a folder that became a link leads nowhere", async () => {
  await using outside = await createTemporaryFolder();
  await outside.write({ "in.txt": "theirs", "deeper/in.txt": "theirs" });
  const manifest = await captured({ "folder/in.txt": "1", "folder/deeper/in.txt": "1", "top.txt": "1" });
  await folder.write({ "folder/in.txt": "2", "folder/deeper/in.txt": "2", "top.txt": "2" });
  const plan = await snapshots.planRestore({ manifest });
  await rename(folder.join("folder"), folder.join("moved"));
  await symlink(outside.path, folder.join("folder"));
  const { failed, restored } = await snapshots.applyRestore(plan, noIntent);
  expect(restored).toEqual(["top.txt"]);
  expect(failed.map(({ path, failure }) => [path, failure])).toEqual([
    ["folder/deeper/in.txt", "inTheWay"],
    ["folder/in.txt", "inTheWay"],
  ]);
  expect(contentsOf(outside.path)).toEqual({ "deeper/": "755", "deeper/in.txt": "644 theirs", "in.txt": "644 theirs" });
  const again = await snapshots.planRestore({ manifest });
  const outcome = await snapshots.applyRestore(again, noIntent);
  expect(outcome.failed).toEqual([]);
  expect((await lstat(folder.join("folder"))).isDirectory()).toBe(true);
  expect(contentsOf(outside.path)["in.txt"]).toBe("644 theirs");
});

test("a file that became a link is replaced, not written through", async () => {
  await using outside = await createTemporaryFolder();
  await outside.write({ "in.txt": "theirs" });
  const many = Object.fromEntries(Array.from({ length: 150 }, (_, index) => [`${index}.txt`, "1"]));
  const manifest = await captured(many);
  const original = contentsOf(folder.path);
  await folder.write(Object.fromEntries(Object.keys(many).map((path) => [path, "2"])));
  await rm(folder.join("7.txt"));
  await symlink(outside.join("in.txt"), folder.join("7.txt"));
  await restoreAll(snapshots, manifest);
  expect(contentsOf(folder.path)).toEqual(original);
  expect(await outside.read("in.txt")).toBe("theirs");
});

test("another name of a file that is restored keeps its content", async () => {
  await using outside = await createTemporaryFolder();
  const many = Object.fromEntries(Array.from({ length: 150 }, (_, index) => [`${index}.txt`, "1"]));
  const manifest = await captured(many);
  await folder.write(Object.fromEntries(Object.keys(many).map((path) => [path, "2"])));
  await link(folder.join("7.txt"), outside.join("shared.txt"));
  await restoreAll(snapshots, manifest);
  expect([await folder.read("7.txt"), await outside.read("shared.txt")]).toEqual(["1", "2"]);
});

test("few files are replaced whole: another name keeps the old content, and nothing is left beside them", async () => {
  await using outside = await createTemporaryFolder();
  const manifest = await captured({ "a/one.txt": "1", "two.txt": "1", "b/three.txt": "1" });
  await symlink("two.txt", folder.join("link"));
  const linked = (await snapshots.capture()).manifest;
  const original = contentsOf(folder.path);
  await folder.write({ "a/one.txt": "2", "two.txt": "2" });
  await link(folder.join("two.txt"), outside.join("shared.txt"));
  await rm(folder.join("link"));
  await rm(folder.join("b"), { recursive: true });
  await restoreAll(snapshots, linked);
  expect(contentsOf(folder.path)).toEqual(original);
  expect(await outside.read("shared.txt")).toBe("2");
  expect(linked).not.toBe(manifest);
});

test("of few files the one that cannot be read back fails alone, in folders that get their modes all the same", async () => {
  await folder.write({ "closed/fine.txt": "1", "closed/missing.txt": noise(300_000, 1), "other/fine.txt": "1" });
  await chmod(folder.join("closed"), 0o750);
  const { manifest } = await snapshots.capture();
  const missing = await hashOf(manifest, "closed/missing.txt");
  await rm(folder.join("closed"), { recursive: true });
  await folder.write({ "other/fine.txt": "2" });
  const plan = await snapshots.planRestore({ manifest });
  const database = new DatabaseSync(bench.home.join("objects.db"));
  database.exec(`DELETE FROM blobs WHERE lower(hex(hash)) = '${missing}'`);
  database.close();
  const { failed } = await snapshots.applyRestore(plan, noIntent);
  expect(failed.map(({ path, failure }) => [path, failure])).toEqual([["closed/missing.txt", "missing"]]);
  expect(contentsOf(folder.path)).toEqual({
    "closed/": "750",
    "closed/fine.txt": "644 1",
    "other/": "755",
    "other/fine.txt": "644 1",
  });
});

test("a folder in which nothing may be changed is changed and closed again", async () => {
  await folder.write({ "closed/a.txt": "1" });
  await chmod(folder.join("closed/a.txt"), 0o444);
  await chmod(folder.join("closed"), 0o555);
  const manifest = (await snapshots.capture()).manifest;
  const original = contentsOf(folder.path);
  await chmod(folder.join("closed"), 0o755);
  await rm(folder.join("closed/a.txt"));
  await folder.write({ "closed/a.txt": "2", "closed/b.txt": "2" });
  await chmod(folder.join("closed"), 0o555);
  await restoreAll(snapshots, manifest);
  expect(contentsOf(folder.path)).toEqual(original);
});

test("content that is missing or corrupted is told by path, and everything else is restored", async () => {
  const manifest = await captured({
    "missing.txt": noise(300_000, 1),
    "corrupted.txt": noise(300_000, 2),
    "fine.txt": "fine",
  });
  const [missing, corrupted] = await Promise.all(
    ["missing.txt", "corrupted.txt"].map((path) => hashOf(manifest, path)),
  );
  for (const path of ["missing.txt", "corrupted.txt", "fine.txt"]) await writeFile(folder.join(path), "changed");
  const plan = await snapshots.planRestore({ manifest });
  const database = new DatabaseSync(bench.home.join("objects.db"));
  database.exec(
    `UPDATE packs SET bytes = zeroblob(10) WHERE pack = (SELECT pack FROM blobs WHERE lower(hex(hash)) = '${corrupted}')`,
  );
  database.exec(`DELETE FROM blobs WHERE lower(hex(hash)) = '${missing}'`);
  database.close();
  const { failed, restored } = await snapshots.applyRestore(plan, noIntent);
  expect(restored).toEqual(["fine.txt"]);
  expect(failed.map(({ path, failure }) => [path, failure])).toEqual([
    ["corrupted.txt", "corrupted"],
    ["missing.txt", "missing"],
  ]);
  expect(contentsOf(folder.path)).toEqual({
    "corrupted.txt": "644 changed",
    "fine.txt": "644 fine",
    "missing.txt": "644 changed",
  });
});

test("a tree that is missing or corrupted is told before anything is touched", async () => {
  const manifest = await captured({ "a/b.txt": "1" });
  await expect(snapshots.planRestore({ manifest: "0".repeat(64) })).rejects.toMatchObject({ code: "blob.missing" });
  await expect(snapshots.compare(manifest, await hashOf(manifest, "a/b.txt"))).rejects.toMatchObject({
    code: "blob.corrupted",
  });
});

test("an interrupted restore is finished by applying its intent again", async () => {
  const names = Array.from({ length: 300 }, (_, index) => `${index % 7}/${index}.bin`);
  const manifest = await captured(
    Object.fromEntries(names.map((name, index) => [name, noise(10_000 + index, index + 1)])),
  );
  const original = contentsOf(folder.path);
  await folder.write(Object.fromEntries(names.map((name, index) => [name, noise(9_000 + 10 * index, index + 1_000)])));
  await rm(folder.join("3"), { recursive: true });
  await folder.write({ "new/deep/file.txt": "new" });
  const plan = await snapshots.planRestore({ manifest });
  let intent: RestoreIntent | undefined;
  const stopping = new AbortController();
  const reason = new Error("stopped");
  const stopped = snapshots.applyRestore(plan, {
    onIntent: async (recorded) => void (intent = structuredClone(recorded)),
    signal: stopping.signal,
    onProgress: ({ phase }) => phase === "writing" && stopping.abort(reason),
  });
  await expect(stopped).rejects.toBe(reason);
  // As a kill in the middle of a write leaves it: begun with the new content, ended with the old one.
  const [half = "", hole = "", cut = ""] = [names[0], names[1], names[2]];
  const [was, is] = [noise(9_000, 1_000), noise(10_000, 1)];
  await writeFile(folder.join(half), Buffer.concat([is.subarray(0, 4_096), was.subarray(4_096)]));
  await writeFile(folder.join(hole), Buffer.concat([noise(10_001, 2).subarray(0, 100), Buffer.alloc(500)]));
  await writeFile(folder.join(cut), "somebody else wrote this meanwhile");
  if (!intent) throw new Error("no intent");
  const outcome = await snapshots.resumeRestore(intent);
  expect(outcome.failed).toMatchObject([{ path: cut, failure: "changed" }]);
  expect(contentsOf(folder.path)).toEqual({ ...original, [cut]: "644 somebody else wrote this meanwhile" });
  const again = await snapshots.resumeRestore(intent);
  expect(again.failed).toEqual(outcome.failed);
});

test("what a killed restore left beside a file is not captured, and removed when it is resumed", async () => {
  const manifest = await captured({ "a.txt": "1" });
  await folder.write({ "a.txt": "2" });
  const plan = await snapshots.planRestore({ manifest });
  const leftover = `.ai-orchestrator-${createHash("sha256").update("a.txt").digest("hex").slice(0, 16)}.tmp`;
  await folder.write({ [leftover]: "half" });
  expect([...(await snapshots.list((await snapshots.capture()).manifest)).keys()]).toEqual(["a.txt"]);
  const steps = plan.changes.map(({ path, before, after }) => ({
    path,
    ...(before && { before }),
    ...(after && { after }),
  }));
  await snapshots.resumeRestore({ before: plan.before, after: plan.after, steps });
  expect(contentsOf(folder.path)).toEqual({ "a.txt": "644 1" });
});

test("a snapshot can be put into an empty folder of another name", async () => {
  const manifest = await captured({ "a/b.txt": "1", "c.sh": "#!/bin/sh" });
  await chmod(folder.join("c.sh"), 0o755);
  const executable = (await snapshots.capture()).manifest;
  await using elsewhere = await createTemporaryFolder();
  await restoreAll(bench.of({ copy: elsewhere.path }), executable);
  expect(contentsOf(elsewhere.path)).toEqual(contentsOf(folder.path));
  expect(executable).not.toBe(manifest);
});

test("a file too large for memory's sake is restored whole", async () => {
  const large = noise(9_500_000, 3);
  await folder.write({ "large.bin": large });
  const preserved = await snapshots.preserve("large.bin");
  await folder.write({ "large.bin": "small now" });
  await snapshots.applyRestore(
    await snapshots.planRestore({ files: new Map([["large.bin", preserved.entry]]) }),
    noIntent,
  );
  expect((await readFile(folder.join("large.bin"))).equals(large)).toBe(true);
  await bench.store.close();
  const reopened = await openTestObjects(bench.home.path, bench.clock);
  expect(Buffer.from(await reopened.blobs.get(preserved.entry?.hash ?? "")).equals(large)).toBe(true);
  await reopened.close();
});

test("a restore whose process is killed is finished by the next one", async () => {
  const names = Array.from({ length: 2_000 }, (_, index) => `${index % 7}/${index}.bin`);
  const manifest = await captured(Object.fromEntries(names.map((name, index) => [name, noise(5_000, index + 1)])));
  const original = contentsOf(folder.path);
  await folder.write(Object.fromEntries(names.map((name, index) => [name, noise(5_000, index + 5_000)])));
  const plan = await snapshots.planRestore({ manifest });
  await using other = await startRemote(new URL("../store/objectsProcess.ts", import.meta.url), bench.home.path);
  const scope = { path: folder.path, maxFileBytes: 1_000_000, exclude: [], elsewhere: [] };
  const first = folder.join(names[0] ?? "");
  const before = (await stat(first)).mtimeMs;
  const killed = other
    .call("apply", { folder: scope, after: "", steps: plan.changes, isResumed: false })
    .catch(() => "killed");
  while ((await stat(first)).mtimeMs === before) await new Promise(setImmediate);
  await other.kill();
  expect(await killed).toBe("killed");
  const { failed } = await snapshots.resumeRestore({ before: plan.before, after: plan.after, steps: plan.changes });
  expect(failed).toEqual([]);
  expect(contentsOf(folder.path)).toEqual(original);
});
