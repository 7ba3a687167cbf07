import { stat } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { FolderCaptured } from "../../../../../src/core/snapshots/snapshotWork.ts";
import { SystemClock } from "../../../../../src/core/systemClock.ts";
import { createTemporaryFolder, type TemporaryFolder } from "../../../../support/temporaryFolder.ts";
import { noise, openTestObjects } from "../objectFixtures.ts";
import { startRemote, type RemoteProcess } from "../remoteProcess.ts";

const objectsProcess = new URL("../objectsProcess.ts", import.meta.url);

let home: TemporaryFolder;
let processes: RemoteProcess[];
beforeEach(async () => {
  home = await createTemporaryFolder();
  processes = [];
});
afterEach(async () => {
  await Promise.all(processes.map((one) => one[Symbol.asyncDispose]()));
  await home[Symbol.asyncDispose]();
});

async function start(count: number): Promise<RemoteProcess[]> {
  const started = await Promise.all(Array.from({ length: count }, () => startRemote(objectsProcess, home.path)));
  processes.push(...started);
  return started;
}

/** What SQLite finds wrong with the file. */
function faults(): unknown[] {
  const database = new DatabaseSync(home.join("objects.db"));
  const found = database.prepare("PRAGMA quick_check").all();
  database.close();
  return found.map((row) => row["quick_check"]);
}

/** Resolves when the store's log has grown: something has been committed. */
async function committed(): Promise<void> {
  const size = async (): Promise<number> => (await stat(home.join("objects.db-wal"))).size;
  const before = await size();
  while ((await size()) === before) await new Promise(setImmediate);
}

test("processes that put the same content at the same time keep it once, and lose none", async () => {
  const started = await start(3);
  const seeds = Array.from({ length: 60 }, (_, index) => index + 1);
  const hashes = await Promise.all(started.map((one) => one.call("put", seeds, 30_000)));
  expect(new Set(hashes.map((list) => JSON.stringify(list)))).toHaveLength(1);
  const store = await openTestObjects(home.path, new SystemClock());
  expect(await store.blobs.totals()).toMatchObject({ blobs: 60, bytes: 60 * 30_000 });
  expect(await store.blobs.getMany(hashes[0] as string[])).toEqual(seeds.map((seed) => noise(30_000, seed)));
  await store.close();
});

test("two processes capture one folder at the same time", async () => {
  await using workspace = await createTemporaryFolder();
  const files = Array.from({ length: 300 }, (_, index) => [
    `folder${index % 20}/${index}.txt`,
    `text ${index}`.repeat(50),
  ]);
  await workspace.write(Object.fromEntries(files) as Record<string, string>);
  const started = await start(2);
  const captured = (await Promise.all(started.map((one) => one.call("capture", workspace.path)))) as FolderCaptured[];
  expect(captured[0]).toEqual(captured[1]);
  expect(captured[0]).toMatchObject({ files: 300 });
  const store = await openTestObjects(home.path, new SystemClock());
  const entries = await store.snapshots.list({ tree: captured[0]?.tree ?? "" });
  expect(await store.blobs.has([...entries.values()].map(({ hash }) => hash))).toEqual(files.map(() => true));
  await store.close();
});

test("a process killed in the middle of putting leaves a sound store with everything it was told is there", async () => {
  const [one] = (await start(1)) as [RemoteProcess];
  const kept = (await one.call("put", [1, 2, 3], 100_000)) as string[];
  const seeds = Array.from({ length: 2_000 }, (_, index) => index + 10);
  const unfinished = one.call("put", seeds, 100_000).catch(() => "killed");
  await committed();
  await one.kill();
  expect(await unfinished).toBe("killed");
  expect(faults()).toEqual(["ok"]);
  const store = await openTestObjects(home.path, new SystemClock());
  expect(await store.blobs.getMany(kept)).toEqual([1, 2, 3].map((seed) => noise(100_000, seed)));
  const { blobs } = await store.blobs.totals();
  expect(blobs).toBeGreaterThanOrEqual(3);
  expect(blobs).toBeLessThan(2_003);
  const again = await store.blobs.put(seeds.slice(0, 20).map((seed) => noise(100_000, seed)));
  expect(await store.blobs.getMany(again)).toEqual(seeds.slice(0, 20).map((seed) => noise(100_000, seed)));
  await store.close();
});

test("a process killed in the middle of captures leaves a store from which the next capture goes on", async () => {
  await using workspace = await createTemporaryFolder();
  const [one] = (await start(1)) as [RemoteProcess];
  const write = async (round: number): Promise<void> => {
    const files = Array.from({ length: 40 }, (_, index) => [
      `folder${index % 5}/${index}`,
      `${round} ${index}`.repeat(2_000),
    ]);
    await workspace.write(Object.fromEntries(files) as Record<string, string>);
  };
  await write(0);
  await one.call("capture", workspace.path);
  const unfinished = one.call("captureForever", workspace.path).catch(() => "killed");
  for (let round = 1; round <= 5; round++) await write(round);
  await one.kill();
  expect(await unfinished).toBe("killed");
  expect(faults()).toEqual(["ok"]);
  const store = await openTestObjects(home.path, new SystemClock());
  const folder = { path: workspace.path, maxFileBytes: 10_000_000, exclude: [], elsewhere: [] };
  const { tree } = await store.snapshots.capture({ folder });
  const entries = await store.snapshots.list({ tree });
  expect(entries.size).toBe(40);
  const contents = await store.blobs.getMany([...entries.values()].map(({ hash }) => hash));
  for (const [index, path] of [...entries.keys()].entries()) {
    expect(new TextDecoder().decode(contents[index])).toBe(await workspace.read(path));
  }
  await store.close();
});
