import { rm } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { WorkspaceSnapshots } from "../../../../src/core/snapshots/workspaceSnapshots.ts";
import type { ObjectStore } from "../../../../src/core/store/sqlite/openObjectStore.ts";
import { openTestObjects } from "../store/objectFixtures.ts";
import { createSnapshotBench, fixedSettings, type SnapshotBench } from "./snapshotFixtures.ts";

let bench: SnapshotBench;
let others: ObjectStore[];
beforeEach(async () => {
  // Every time stamp counts at once, so that what is remembered is used.
  bench = await createSnapshotBench({ racyMilliseconds: 0 });
  others = [];
});
afterEach(async () => {
  await Promise.all(others.map((store) => store.close()));
  await bench[Symbol.asyncDispose]();
});

/** Snapshots of the same folder as another process takes them: it shares the store and remembers for itself. */
async function anotherProcess(home = bench.home.path): Promise<WorkspaceSnapshots> {
  const store = await openTestObjects(home, bench.clock, { racyMilliseconds: 0 });
  others.push(store);
  return new WorkspaceSnapshots({
    folders: [{ name: "app", path: bench.folder.path }],
    blobs: store.blobs,
    work: store.snapshots,
    settings: fixedSettings({}),
  });
}

/** What a capture finds that remembers nothing. */
async function manifestOfDisk(): Promise<string> {
  const elsewhere = bench.home.join("elsewhere");
  const { manifest } = await (await anotherProcess(elsewhere)).capture();
  return manifest;
}

function filesOf(folders: number): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: folders }, (_, index) => [`${index % 10}/${index}/file.txt`, `${index}`]),
  );
}

/** Rows in which the folder is remembered. */
function parts(): number {
  using database = new DatabaseSync(bench.home.join("objects.db"), { readOnly: true });
  return Number(database.prepare("SELECT count(*) AS parts FROM folder_stats").get()?.["parts"]);
}

test("what is remembered takes few rows, and none for what is gone", async () => {
  await bench.folder.write(filesOf(300));
  await bench.snapshots.capture();
  const before = parts();
  expect(before).toBeLessThan(20);
  for (let index = 0; index < 10; index++) await rm(bench.folder.join(String(index)), { recursive: true });
  await bench.folder.write({ "a/b.txt": "all that is left" });
  const { manifest } = await bench.snapshots.capture();
  expect(parts()).toBeLessThan(before);
  expect((await (await anotherProcess()).capture({ knownPaths: [] })).manifest).toBe(manifest);
});

test("a process goes on with what the last one remembered, whatever was added and removed", async () => {
  await bench.folder.write(filesOf(100));
  let snapshots = await anotherProcess();
  await snapshots.capture();
  for (let round = 0; round < 5; round++) {
    await rm(bench.folder.join(`${round}/${round + 10}`), { recursive: true });
    await bench.folder.write({
      [`${round}/${round + 10}/again.txt`]: "again",
      [`new${round}/deep/er/file.txt`]: `${round}`,
    });
    const { manifest } = await snapshots.capture();
    snapshots = await anotherProcess();
    expect((await snapshots.capture({ knownPaths: [] })).manifest).toBe(manifest);
  }
  expect((await snapshots.capture()).manifest).toBe(await manifestOfDisk());
});

test("processes that capture one folder in turn leave what fits together", async () => {
  await bench.folder.write(filesOf(100));
  const [one, other] = [await anotherProcess(), await anotherProcess()];
  await one.capture();
  await other.capture();
  for (let round = 0; round < 3; round++) {
    const [theirs, mine, old] = [`theirs${round}/a/b.txt`, `mine${round}/a/b.txt`, `${round}/${round + 20}/file.txt`];
    await bench.folder.write({ [theirs]: "theirs" });
    await other.capture({ knownPaths: [theirs] });
    await bench.folder.write({ [mine]: "mine" });
    await one.capture({ knownPaths: [mine] });
    await bench.folder.write({ [old]: `in round ${round}` });
    const { manifest } = await other.capture({ knownPaths: [old] });
    const next = await anotherProcess();
    expect((await next.capture({ knownPaths: [] })).manifest).toBe(manifest);
  }
  const disk = await manifestOfDisk();
  for (const process of [one, other, await anotherProcess()]) expect((await process.capture()).manifest).toBe(disk);
});
