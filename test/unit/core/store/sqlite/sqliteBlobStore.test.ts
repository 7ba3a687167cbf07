import { createHash } from "node:crypto";
import { stat, writeFile } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { BlobStore } from "../../../../../src/core/store/blobStore.ts";
import type { ObjectStore } from "../../../../../src/core/store/sqlite/openObjectStore.ts";
import { FakeClock } from "../../../../support/fakeClock.ts";
import { createTemporaryFolder, type TemporaryFolder } from "../../../../support/temporaryFolder.ts";
import { bytesOf, HOUR, noise, openTestObjects } from "../objectFixtures.ts";

const MEGABYTE = 1024 * 1024;

let home: TemporaryFolder;
let clock: FakeClock;
let store: ObjectStore;
let blobs: BlobStore;
beforeEach(async () => {
  home = await createTemporaryFolder();
  clock = new FakeClock();
  await reopen();
});
afterEach(async () => {
  await store.close();
  await home[Symbol.asyncDispose]();
});

async function reopen(limits?: Parameters<typeof openTestObjects>[2]): Promise<void> {
  await store?.close();
  store = await openTestObjects(home.path, clock, limits);
  blobs = store.blobs;
}

/** Changes the database behind the store's back. */
function tamper(change: (database: DatabaseSync) => void): void {
  const database = new DatabaseSync(home.join("objects.db"));
  change(database);
  database.close();
}

function sha256(content: Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

test("content is found by its SHA-256, by this process and the next", async () => {
  const contents = [bytesOf("one"), bytesOf(""), bytesOf("one"), noise(3 * MEGABYTE), noise(300_000)];
  const hashes = await blobs.put(contents);
  expect(hashes).toEqual(contents.map(sha256));
  expect(await blobs.getMany(hashes)).toEqual(contents);
  await reopen();
  expect(await blobs.getMany(hashes)).toEqual(contents);
  expect(await blobs.has([...hashes, sha256(bytesOf("other"))])).toEqual([true, true, true, true, true, false]);
  expect(await home.files()).toContain("objects.db");
});

test("whatever is put is read back, however often and in whatever order", async () => {
  const content = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.tuple(fc.nat({ max: 500_000 }), fc.nat({ max: 5 })).map(([length, seed]) => noise(length, seed)),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(content, { maxLength: 8 }), { maxLength: 4 }), async (puts) => {
      const hashes = await Promise.all(puts.map((contents) => blobs.put(contents)));
      expect(hashes).toEqual(puts.map((contents) => contents.map(sha256)));
      expect(await blobs.getMany(hashes.flat())).toEqual(puts.flat());
    }),
    { numRuns: 20, seed: 1 },
  );
});

test("the same content is kept once, for whoever puts it", async () => {
  const content = noise(MEGABYTE);
  await blobs.put([content, content]);
  const before = await blobs.totals();
  await Promise.all([blobs.put([content]), blobs.put([content])]);
  expect(await blobs.totals()).toEqual(before);
  expect(before).toMatchObject({ blobs: 1, bytes: MEGABYTE });
});

test("many small contents share packs, so that they take a fraction of their size", async () => {
  const contents = Array.from({ length: 2_000 }, (_, index) =>
    bytesOf(`export function name${index}(): number {\n  return ${index};\n}\n`.repeat(20)),
  );
  await blobs.put(contents);
  const { bytes, storedBytes, fileBytes } = await blobs.totals();
  expect(storedBytes).toBeLessThan(bytes / 20);
  expect(fileBytes).toBeLessThan(bytes / 5);
  tamper((database) => {
    const row = database.prepare("SELECT count(*) AS packs FROM packs").get();
    expect(row?.["packs"]).toBeLessThan(10);
  });
});

test("content that is missing is told by its hash", async () => {
  const [there = ""] = await blobs.put([bytesOf("there")]);
  const missing = sha256(bytesOf("missing"));
  const told = { code: "blob.missing", params: { hash: missing } };
  await expect(blobs.get(missing)).rejects.toMatchObject(told);
  await expect(blobs.getMany([there, missing])).rejects.toMatchObject(told);
  await expect(blobs.get("no hash")).rejects.toMatchObject({ code: "blob.missing" });
});

test.each([
  [
    "other bytes that can be decompressed",
    "UPDATE packs SET bytes = (SELECT bytes FROM packs ORDER BY pack DESC LIMIT 1)",
  ],
  ["bytes that are no compressed content", "UPDATE packs SET bytes = randomblob(length(bytes))"],
  ["a wrong length", "UPDATE packs SET size = size + 1"],
  ["no pack", "DELETE FROM packs"],
])("corrupted content is told and never given: %s", async (_, damage) => {
  const [hash = ""] = await blobs.put([bytesOf("precious")]);
  await blobs.put([bytesOf("something")]);
  await store.close();
  tamper((database) => database.exec(damage));
  await reopen();
  await expect(blobs.get(hash)).rejects.toMatchObject({ code: "blob.corrupted", params: { hash } });
});

test("content is unreadable to other users, and so is what a looser mode let in", async () => {
  expect((await stat(home.join("objects.db"))).mode & 0o777).toBe(0o600);
  expect((await stat(home.join("objects.db-wal"))).mode & 0o777).toBe(0o600);
});

test("a store of a newer version is refused and left as it is", async () => {
  await store.close();
  tamper((database) => database.exec("PRAGMA user_version = 99"));
  await expect(openTestObjects(home.path, clock)).rejects.toMatchObject({
    code: "store.newer",
    params: { path: home.join("objects.db"), found: 99, supported: 1 },
  });
  tamper((database) => database.exec("PRAGMA user_version = 1"));
});

test("a file that is no database is refused", async () => {
  await using other = await createTemporaryFolder();
  await writeFile(other.join("objects.db"), "this is no database, but it is long enough to be looked at".repeat(20));
  await expect(openTestObjects(other.path, clock)).rejects.toMatchObject({ code: "store.failed" });
});

test("on a full disk nothing is half there, and what was there stays", async () => {
  const [kept = ""] = await blobs.put([bytesOf("kept")]);
  await reopen({ maximumPages: 400 });
  const contents = Array.from({ length: 40 }, (_, index) => noise(200_000, index + 1));
  await expect(blobs.put(contents)).rejects.toMatchObject({
    code: "store.failed",
    params: { detail: expect.stringContaining("full") },
  });
  const some = await blobs.has(contents.map(sha256));
  const readable = contents.filter((_, index) => some[index]).map(sha256);
  expect(await blobs.getMany(readable)).toHaveLength(readable.length);
  expect(await blobs.get(kept)).toEqual(bytesOf("kept"));
  await reopen();
  expect(await blobs.put(contents)).toEqual(contents.map(sha256));
  expect(await blobs.getMany(contents.map(sha256))).toEqual(contents);
});

test("free pages can be given back to the file system", async () => {
  await store.close();
  tamper((database) => {
    expect(database.prepare("PRAGMA auto_vacuum").get()).toEqual({ auto_vacuum: 2 });
  });
  await reopen();
});

test("a closed store says so", async () => {
  await store.close();
  await expect(blobs.put([bytesOf("late")])).rejects.toMatchObject({ code: "store.failed" });
});

test("a tree that was put keeps what it names, and an examination follows it", async () => {
  const [one = "", two = ""] = await blobs.put([bytesOf("one"), noise(300_000)]);
  const line = (hash: string, name: string): string => `f 644 3 ${hash} ${name}\n`;
  const lost = "0".repeat(64);
  const [tree = ""] = await blobs.put([bytesOf(`tree 1\n${line(one, "a")}${line(two, "b")}`)], "tree");
  expect(await blobs.examine([tree])).toEqual({ blobs: 3, missing: [], corrupted: [] });
  await clock.advance(2 * HOUR);
  await blobs.collect({ keep: [tree] });
  expect(await blobs.has([tree, one, two])).toEqual([true, true, true]);

  const [holed = ""] = await blobs.put([bytesOf(`tree 1\n${line(lost, "a")}${line(two, "b")}`)], "tree");
  const [nonsense = ""] = await blobs.put([bytesOf("tree 2")], "tree");
  await store.close();
  tamper((database) => database.exec("UPDATE packs SET bytes = zeroblob(length(bytes)) WHERE size >= 300000"));
  await reopen();
  const { missing, corrupted } = await blobs.examine([tree, holed, nonsense]);
  expect({ missing, corrupted: corrupted.toSorted() }).toEqual({
    missing: [lost],
    corrupted: [nonsense, two].toSorted(),
  });
});
