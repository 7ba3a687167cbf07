import { rm } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { SnapshotBench } from "../../snapshots/snapshotFixtures.ts";
import { createSnapshotBench } from "../../snapshots/snapshotFixtures.ts";
import { HOUR, noise } from "../objectFixtures.ts";

const LENGTH = 9_000_000;

let bench: SnapshotBench;
beforeEach(async () => {
  bench = await createSnapshotBench();
});
afterEach(async () => {
  await bench[Symbol.asyncDispose]();
});

async function preserveLarge(seed = 1): Promise<string> {
  await bench.folder.write({ "large.bin": noise(LENGTH, seed) });
  const { entry } = await bench.snapshots.preserve("large.bin");
  return entry?.hash ?? "";
}

async function isReadable(hash: string, seed = 1): Promise<boolean> {
  return Buffer.from(await bench.store.blobs.get(hash)).equals(noise(LENGTH, seed));
}

function query(sql: string): unknown {
  const database = new DatabaseSync(bench.home.join("objects.db"));
  const rows = database.prepare(sql).all();
  database.close();
  return rows;
}

test("a long file is kept in pieces, once", async () => {
  const hash = await preserveLarge();
  expect(await isReadable(hash)).toBe(true);
  expect(await preserveLarge()).toBe(hash);
  expect(query("SELECT count(*) AS packs FROM packs")).toEqual([{ packs: 3 }]);
  const [put] = await bench.store.blobs.put([noise(LENGTH)]);
  expect(put).toBe(hash);
  expect(query("SELECT count(*) AS packs FROM packs")).toEqual([{ packs: 3 }]);
});

test("a piece that is corrupted is noticed", async () => {
  const hash = await preserveLarge();
  query("UPDATE packs SET bytes = (SELECT bytes FROM packs ORDER BY pack LIMIT 1) WHERE pack = 2 RETURNING pack");
  await expect(bench.store.blobs.get(hash)).rejects.toMatchObject({ code: "blob.corrupted", params: { hash } });
});

test("collected, it takes all its pieces with it; kept, none", async () => {
  const [first, second] = [await preserveLarge(1), await preserveLarge(2)];
  await bench.clock.advance(2 * HOUR);
  expect(await bench.store.blobs.collect({ keep: [second] })).toMatchObject({ blobs: 1, bytes: LENGTH });
  expect(await bench.store.blobs.has([first, second])).toEqual([false, true]);
  expect(await isReadable(second, 2)).toBe(true);
  expect(query("SELECT count(*) AS packs FROM packs")).toEqual([{ packs: 3 }]);
});

test("pieces whose writer died are collected once they are an hour old", async () => {
  const hash = await preserveLarge();
  query(`INSERT INTO packs VALUES (100, 5, ${bench.clock.now()}, x'0102030405') RETURNING pack`);
  await bench.store.blobs.collect({ keep: [hash] });
  expect(query("SELECT count(*) AS packs FROM packs")).toEqual([{ packs: 4 }]);
  await bench.clock.advance(2 * HOUR);
  await bench.store.blobs.collect({ keep: [hash] });
  expect(query("SELECT count(*) AS packs FROM packs")).toEqual([{ packs: 3 }]);
  expect(await isReadable(hash)).toBe(true);
});

test("a file that does not fit on the disk leaves nothing behind", async () => {
  await using full = await createSnapshotBench({ maximumPages: 500 });
  await full.folder.write({ "large.bin": noise(LENGTH), "small.txt": "small" });
  await expect(full.snapshots.preserve("large.bin")).rejects.toMatchObject({ code: "store.failed" });
  expect(await full.store.blobs.totals()).toMatchObject({ blobs: 0, storedBytes: 0 });
  expect(await full.snapshots.preserve("small.txt")).toMatchObject({ entry: { kind: "file" } });
});

test("a folder that does not fit on the disk is told, and captured once it does", async () => {
  await using full = await createSnapshotBench({ maximumPages: 500 });
  const files = Array.from({ length: 60 }, (_, index) => [`${index}.bin`, noise(100_000, index + 1)]);
  await full.folder.write(Object.fromEntries(files) as Record<string, Uint8Array>);
  await expect(full.snapshots.capture()).rejects.toMatchObject({ code: "store.failed" });
  await Promise.all(files.slice(10).map(([name]) => rm(full.folder.join(name as string))));
  const { manifest } = await full.snapshots.capture();
  expect(await full.snapshots.read(manifest, "7.bin")).toEqual(noise(100_000, 8));
});
