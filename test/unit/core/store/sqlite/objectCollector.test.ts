import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { BlobStore } from "../../../../../src/core/store/blobStore.ts";
import type { ObjectStore } from "../../../../../src/core/store/sqlite/openObjectStore.ts";
import type { SnapshotWork } from "../../../../../src/core/snapshots/snapshotWork.ts";
import { FakeClock } from "../../../../support/fakeClock.ts";
import { createTemporaryFolder, type TemporaryFolder } from "../../../../support/temporaryFolder.ts";
import { bytesOf, HOUR, noise, openTestObjects } from "../objectFixtures.ts";

let home: TemporaryFolder;
let workspace: TemporaryFolder;
let clock: FakeClock;
let store: ObjectStore;
let blobs: BlobStore;
let work: SnapshotWork;
beforeEach(async () => {
  [home, workspace] = [await createTemporaryFolder(), await createTemporaryFolder()];
  clock = new FakeClock();
  store = await openTestObjects(home.path, clock, { racyMilliseconds: 0 });
  blobs = store.blobs;
  work = store.snapshots;
});
afterEach(async () => {
  await store.close();
  await Promise.all([home[Symbol.asyncDispose](), workspace[Symbol.asyncDispose]()]);
});

async function put(...texts: string[]): Promise<string[]> {
  return blobs.put(texts.map(bytesOf));
}

async function capture(): Promise<string> {
  const folder = { path: workspace.path, maxFileBytes: 1_000_000, exclude: [], elsewhere: [] };
  return (await work.capture({ folder })).tree;
}

async function isWhole(tree: string): Promise<boolean> {
  const entries = await work.list({ tree }).catch(() => undefined);
  const hashes = [...(entries?.values() ?? [])].flatMap(({ hash }) => (hash === "" ? [] : [hash]));
  return entries !== undefined && (await blobs.has(hashes)).every(Boolean);
}

test("what nobody names is removed once it is an hour old", async () => {
  const hashes = await put("named", "forgotten");
  await clock.advance(HOUR - 1);
  expect(await blobs.collect({ keep: [] })).toMatchObject({ blobs: 0 });
  await clock.advance(2);
  expect(await blobs.collect({ keep: [hashes[0] ?? ""] })).toMatchObject({ blobs: 1, bytes: 9 });
  expect(await blobs.has(hashes)).toEqual([true, false]);
  expect(await blobs.get(hashes[0] ?? "")).toEqual(bytesOf("named"));
});

test("putting it again makes it young again", async () => {
  const [hash = ""] = await put("again");
  await clock.advance(2 * HOUR);
  await put("again");
  await clock.advance(HOUR / 2);
  expect(await blobs.collect({ keep: [] })).toMatchObject({ blobs: 0 });
  expect(await blobs.has([hash])).toEqual([true]);
});

test("a clock that jumps back removes nothing", async () => {
  const [hash = ""] = await put("kept");
  clock.jump(-24 * HOUR);
  expect(await blobs.collect({ keep: [] })).toMatchObject({ blobs: 0 });
  expect(await blobs.has([hash])).toEqual([true]);
});

test("a named tree keeps everything in it, and only that", async () => {
  await workspace.write({ "a/one.txt": "one", "a/deep/two.txt": "two", "three.txt": "three" });
  const first = await capture();
  await workspace.write({ "a/one.txt": "another one" });
  const second = await capture();
  await clock.advance(2 * HOUR);
  expect(await blobs.collect({ keep: [second] })).toMatchObject({ blobs: 3 });
  expect(await isWhole(second)).toBe(true);
  expect(await isWhole(first)).toBe(false);
  expect(await blobs.collect({ keep: [] })).toMatchObject({ blobs: 6 });
  expect(await blobs.totals()).toMatchObject({ blobs: 0, bytes: 0, storedBytes: 0 });
});

test("a young tree keeps what is old in it, although nobody names it yet", async () => {
  await workspace.write({ "a/one.txt": "one", "two.txt": "two" });
  await capture();
  await clock.advance(2 * HOUR);
  await workspace.write({ "two.txt": "two, changed" });
  const young = await capture();
  await blobs.collect({ keep: [] });
  expect(await isWhole(young)).toBe(true);
  await clock.advance(2 * HOUR);
  const unchanged = await capture();
  await blobs.collect({ keep: [] });
  expect(unchanged).toBe(young);
  expect(await isWhole(unchanged)).toBe(true);
});

test("after a collection a capture stores again what it had seen before", async () => {
  await workspace.write({ "a/one.txt": "one", "two.txt": "two" });
  const tree = await capture();
  await clock.advance(2 * HOUR);
  await blobs.collect({ keep: [] });
  expect(await isWhole(tree)).toBe(false);
  expect(await capture()).toBe(tree);
  expect(await isWhole(tree)).toBe(true);
});

test("captures beside collections always leave whole trees", async () => {
  const other = await openTestObjects(home.path, clock, { racyMilliseconds: 0 });
  const folder = { path: workspace.path, maxFileBytes: 1_000_000, exclude: [], elsewhere: [] };
  let trees: string[] = [];
  for (let round = 0; round < 12; round++) {
    // Content comes and goes and comes again, so that a collection is about to remove what a capture relies on.
    for (let file = 0; file < 20; file++) {
      await workspace.write({ [`folder${file % 4}/${file}.txt`]: `content ${(round + file) % 5} of ${file}` });
    }
    const [captured] = await Promise.all([
      work.capture({ folder }),
      other.blobs.collect({ keep: trees.slice(-1) }),
      other.snapshots.capture({ folder }),
    ]);
    trees = [...trees, captured.tree];
    expect(await isWhole(captured.tree)).toBe(true);
    await clock.advance(2 * HOUR);
  }
  await other.close();
});

test("whatever is named survives, whatever else is put and collected", async () => {
  const action = fc.oneof(
    fc.record({ kind: fc.constant("put" as const), seeds: fc.array(fc.nat({ max: 30 }), { maxLength: 10 }) }),
    fc.record({ kind: fc.constant("collect" as const), keep: fc.uniqueArray(fc.nat({ max: 30 })) }),
    fc.record({ kind: fc.constant("wait" as const), minutes: fc.integer({ min: 1, max: 90 }) }),
  );
  const contentOf = (seed: number): Uint8Array => noise(seed % 5 === 0 ? 400_000 : 1_000 + seed, seed + 1);
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 16 }), async (actions) => {
      // What must be there: since when each was put last, until a collection may remove it.
      const expected = new Map<number, number>();
      const hashes = new Map<number, string>();
      for (const step of actions) {
        if (step.kind === "wait") await clock.advance(step.minutes * 60_000);
        if (step.kind === "put") {
          const put = await blobs.put(step.seeds.map(contentOf));
          step.seeds.forEach((seed, index) => {
            hashes.set(seed, put[index] ?? "");
            expected.set(seed, clock.now());
          });
        }
        if (step.kind === "collect") {
          await blobs.collect({ keep: step.keep.flatMap((seed) => hashes.get(seed) ?? []) });
          for (const [seed, putAt] of expected) {
            if (clock.now() - putAt >= HOUR - 60_000 && !step.keep.includes(seed)) expected.delete(seed);
          }
        }
        const named = [...expected.keys()];
        const contents = await blobs.getMany(named.map((seed) => hashes.get(seed) ?? ""));
        expect(contents).toEqual(named.map(contentOf));
      }
    }),
    { numRuns: 10, seed: 2 },
  );
});

test("the file gets smaller, also when what stays lies between what goes", async () => {
  const contents = Array.from({ length: 300 }, (_, index) => noise(20_000, index + 1));
  const hashes = await blobs.put(contents);
  const before = await blobs.totals();
  await clock.advance(2 * HOUR);
  const keep = hashes.filter((_, index) => index % 10 === 0);
  const report = await blobs.collect({ keep });
  const after = await blobs.totals();
  expect(report).toMatchObject({ blobs: 270, bytes: 270 * 20_000 });
  expect(after.fileBytes).toBeLessThan(before.fileBytes / 3);
  expect(report?.freedBytes).toBe(before.fileBytes - after.fileBytes);
  expect(await blobs.getMany(keep)).toEqual(contents.filter((_, index) => index % 10 === 0));
});

test("of two collectors one does it, and a dead one is not waited for", async () => {
  const other = await openTestObjects(home.path, clock);
  const [begun, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  async function* slowly(): AsyncGenerator<string> {
    begun.resolve();
    yield* await put("kept");
    await gate.promise;
  }
  const first = blobs.collect({ keep: slowly() });
  await begun.promise;
  expect(await other.blobs.collect({ keep: [] })).toBeUndefined();
  expect(await blobs.collect({ keep: [] })).toBeUndefined();
  gate.resolve();
  expect(await first).toMatchObject({ blobs: 0 });
  expect(await other.blobs.collect({ keep: [] })).toBeDefined();
  await other.close();

  const database = new DatabaseSync(home.join("objects.db"));
  const owner = { machineId: "elsewhere", bootId: "", pid: 1, processStartedAt: "", host: "terminal" };
  database.prepare("UPDATE collector SET owner = ?, expires_at = ?").run(JSON.stringify(owner), clock.now() + 30_000);
  database.close();
  expect(await blobs.collect({ keep: [] })).toBeUndefined();
  await clock.advance(30_000);
  expect(await blobs.collect({ keep: [] })).toBeDefined();
});

test("when naming fails nothing is removed, and the next collection goes on", async () => {
  const hashes = await put("one", "two");
  await clock.advance(2 * HOUR);
  async function* broken(): AsyncGenerator<string> {
    yield hashes[0] ?? "";
    await Promise.reject(new Error("the log cannot be read"));
  }
  await expect(blobs.collect({ keep: broken() })).rejects.toThrow("the log cannot be read");
  await expect(blobs.collect({ keep: [], signal: AbortSignal.abort(new Error("stopped")) })).rejects.toThrow("stopped");
  expect(await blobs.has(hashes)).toEqual([true, true]);
  expect(await blobs.collect({ keep: hashes })).toMatchObject({ blobs: 0 });
});

test("a corrupted tree keeps nothing else from being collected", async () => {
  await workspace.write({ "one.txt": "one" });
  const tree = await capture();
  const [forgotten = ""] = await put("forgotten");
  await store.close();
  const database = new DatabaseSync(home.join("objects.db"));
  database.exec(
    "UPDATE packs SET bytes = zeroblob(length(bytes)) WHERE pack IN (SELECT pack FROM blobs WHERE kind = 1)",
  );
  database.close();
  store = await openTestObjects(home.path, clock);
  blobs = store.blobs;
  await clock.advance(2 * HOUR);
  await blobs.collect({ keep: [tree] });
  expect(await blobs.has([tree, forgotten])).toEqual([true, false]);
});

test("usage is told for each session, and what removing it would give back", async () => {
  const [shared = "", mine = "", theirs = ""] = await blobs.put([
    noise(500_000, 1),
    noise(300_000, 2),
    noise(400_000, 3),
  ]);
  const usage = await blobs.usage([
    { id: "one", hashes: [shared, mine] },
    { id: "two", hashes: [shared, theirs, "unknown"] },
  ]);
  expect(usage).toMatchObject([
    { id: "one", blobs: 2, bytes: 800_000 },
    { id: "two", blobs: 2, bytes: 900_000 },
  ]);
  const [one, two] = usage;
  // Noise cannot be compressed.
  expect(one?.storedBytes).toBeGreaterThan(799_000);
  expect(one?.exclusiveBytes).toBeGreaterThan(299_000);
  expect(one?.exclusiveBytes).toBeLessThan(310_000);
  expect(two?.exclusiveBytes).toBeGreaterThan(399_000);
  await workspace.write({ "a/b.txt": "text" });
  const tree = await capture();
  expect(await blobs.usage([{ id: "three", hashes: [tree] }])).toMatchObject([{ blobs: 3 }]);
});
