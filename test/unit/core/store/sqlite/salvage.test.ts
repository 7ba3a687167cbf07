import { copyFile, mkdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { OrchestratorEvent } from "../../../../../src/core/events/event.ts";
import { MIGRATIONS } from "../../../../../src/core/store/sqlite/migrations.ts";
import { exchangeStore, markDamaged } from "../../../../../src/core/store/sqlite/storeFiles.ts";
import { createTemporaryFolder, type TemporaryFolder } from "../../../../support/temporaryFolder.ts";
import { startRemote } from "../remoteProcess.ts";
import { updated } from "../storeFixtures.ts";
import {
  createSessions,
  cutTo,
  openHome,
  overwrite,
  PAGE,
  pagesOf,
  pageWith,
  readLogs,
  type OpenedHome,
} from "./damagedStore.ts";

type Logs = Record<string, OrchestratorEvent[]>;

let home: TemporaryFolder;
let file: string;
let logs: Logs;
beforeEach(async () => {
  home = await createTemporaryFolder();
  file = home.join("store.db");
  logs = await createSessions(home, { one: 40, two: 1_200, three: 40 });
});
afterEach(async () => {
  await home[Symbol.asyncDispose]();
});

async function asides(): Promise<string[]> {
  return (await home.files()).filter((name) => name.includes("corrupt"));
}

/** Reads everything, as a person would notice damage, and closes. */
async function lookAtAll(): Promise<{ found: Logs | undefined; notices: OpenedHome["notices"] }> {
  const opened = await openHome(home);
  try {
    return { found: await readLogs(opened), notices: opened.notices };
  } catch (error) {
    expect(error).toMatchObject({ code: "store.damaged", params: { path: file } });
    return { found: undefined, notices: opened.notices };
  } finally {
    await opened.store.close();
  }
}

function expectPrefixes(found: Logs, whole: Logs = logs): void {
  for (const [sessionId, events] of Object.entries(found)) {
    expect(events).toEqual(whole[sessionId]?.slice(0, events.length));
  }
}

async function expectSound(): Promise<void> {
  const database = new DatabaseSync(file);
  expect(database.prepare("PRAGMA quick_check").all()).toEqual([{ quick_check: "ok" }]);
  expect(database.prepare("PRAGMA foreign_key_check").all()).toEqual([]);
  database.close();
}

test.each([
  ["whose header is gone", () => overwrite(file, 0, Buffer.alloc(100))],
  ["whose first page is noise", () => overwrite(file, 0, Buffer.alloc(PAGE, "noise"))],
])("a store %s loses nothing, is put aside as it was, and the person is told", async (_, damage) => {
  await damage();
  const damaged = await readFile(file);
  const { found, notices } = await lookAtAll();
  expect(found).toEqual(logs);
  const [aside = ""] = await asides();
  const params = { path: home.join(aside), sessions: 3, events: 1_280, incomplete: "" };
  expect(notices).toEqual([{ code: "store.salvaged", params }]);
  expect(aside).toMatch(/^store\.db\.corrupt-\d{8}T\d{9}Z$/);
  expect((await readFile(home.join(aside))).equals(damaged)).toBe(true);
  await expectSound();
  expect((await lookAtAll()).notices).toEqual([]);
});

test("what is derived is derived again, and the next run continues", async () => {
  const before = await openHome(home);
  const rows = await before.sessions.listSessions({ limit: 9 });
  const state = await before.sessions.getActiveSession("two");
  await before.store.close();
  await overwrite(file, 0, Buffer.alloc(100));

  const { store, sessions } = await openHome(home);
  const after = await sessions.listSessions({ limit: 9 });
  const known = (some: typeof rows) => new Map(some.map(({ sessionId, goal, status }) => [sessionId, [goal, status]]));
  expect(known(after)).toEqual(known(rows));
  expect(await sessions.getActiveSession("two")).toEqual(state);
  expect((await sessions.listVersions("two")).map(({ versionId }) => versionId)).toEqual(["v1", "v2"]);
  // Beyond the epoch of whoever may still think it is the owner.
  const writer = await sessions.openForWriting("two");
  expect(writer).toMatchObject({ lease: { epoch: 3 }, lastSeq: 1_200 });
  await writer.close();
  await store.close();
});

test("damage in the middle is noticed when it is read, and ends the log of one session there", async () => {
  const page = await pageWith(file, "two 600 word");
  await overwrite(file, page * PAGE, Buffer.alloc(PAGE, 7));
  expect((await lookAtAll()).found).toBeUndefined();

  const { found = {}, notices } = await lookAtAll();
  expectPrefixes(found);
  expect(found["one"]).toEqual(logs["one"]);
  expect(found["three"]).toEqual(logs["three"]);
  expect(found["two"]?.length).toBeGreaterThan(500);
  expect(found["two"]?.length).toBeLessThan(601);
  expect(notices).toMatchObject([{ code: "store.salvaged", params: { sessions: 3, incomplete: "two" } }]);
  await expectSound();
});

test("a file that was never a store is put aside, too", async () => {
  await writeFile(file, "My shopping list\n");
  const { found, notices } = await lookAtAll();
  expect(found).toEqual({});
  expect(notices).toMatchObject([{ code: "store.salvaged", params: { sessions: 0, events: 0 } }]);
  expect(await readFile(home.join((await asides())[0] ?? ""), "utf8")).toBe("My shopping list\n");
});

test("what the file has lost is taken from a backup, but nothing that was deleted", async () => {
  await mkdir(home.join("backups"));
  await copyFile(file, home.join("backups", "store-2025-12-31.db"));
  const opened = await openHome(home);
  await opened.sessions.deleteSession("three");
  await opened.sessions.updateSession({ sessionId: "one", updates: { more: true } });
  const one = await Array.fromAsync(opened.sessions.readEvents("one"));
  await opened.store.close();
  const page = await pageWith(file, "two 600 word");
  await overwrite(file, page * PAGE, Buffer.alloc(PAGE, 7));
  markDamaged(home.path);

  const { found, notices } = await lookAtAll();
  expect(found).toEqual({ one, two: logs["two"] });
  expect(notices).toMatchObject([{ params: { sessions: 2, incomplete: "" } }]);
});

test("another session of the same id in a backup is not mixed in", async () => {
  await mkdir(home.join("backups"));
  await using other = await createTemporaryFolder();
  await createSessions(other, { two: 1_300 });
  const database = new DatabaseSync(other.join("store.db"));
  database.exec("UPDATE events SET json = replace(json, '2026-01-01', '2026-01-02')");
  database.close();
  await copyFile(other.join("store.db"), home.join("backups", "store-2025-12-31.db"));
  const page = await pageWith(file, "two 600 word");
  await overwrite(file, page * PAGE, Buffer.alloc(PAGE, 7));
  markDamaged(home.path);
  const { found = {} } = await lookAtAll();
  expectPrefixes(found);
  expect(found["two"]?.length).toBeLessThan(601);
});

test("an event whose text was garbled ends its session there", async () => {
  const page = await pageWith(file, "two 600 word");
  const bytes = await readFile(file);
  const at = bytes.indexOf('"content":"two 600', page * PAGE);
  await overwrite(file, at, Buffer.from('#content"'));
  expect((await lookAtAll()).found).toBeUndefined();
  const { found, notices } = await lookAtAll();
  expect(found).toEqual({ ...logs, two: logs["two"]?.slice(0, 604) });
  expect(notices).toMatchObject([{ code: "store.salvaged", params: { incomplete: "two" } }]);
});

test("a kept state that cannot be read is done without", async () => {
  const database = new DatabaseSync(file);
  database.exec("UPDATE checkpoints SET state = 'garbled'");
  database.close();
  const { sessions, store } = await openHome(home);
  expect((await sessions.getActiveSession("two")).workflow.steps).toMatchObject({ a: { status: "completed" } });
  await store.close();
});

test("a mark without damage is taken away and nothing else", async () => {
  const before = await readFile(file);
  markDamaged(home.path);
  const { found, notices } = await lookAtAll();
  expect(found).toEqual(logs);
  expect(notices).toEqual([]);
  expect(await home.files()).not.toContain("store.db.damaged");
  expect((await readFile(file)).length).toBe(before.length);
});

test("a damaged store of a newer version is left to the newer program", async () => {
  const database = new DatabaseSync(file);
  database.exec("PRAGMA user_version = 1000");
  database.close();
  const page = await pageWith(file, "two 600 word");
  await overwrite(file, page * PAGE, Buffer.alloc(PAGE, 7));
  markDamaged(home.path);
  const params = { path: file, found: 1000, supported: MIGRATIONS.length };
  await expect(openHome(home)).rejects.toMatchObject({ code: "store.newer", params });
  expect(await asides()).toEqual([]);
});

test("whoever had the store open before it was replaced writes no more", async () => {
  const opened = await openHome(home);
  const writer = await opened.sessions.openForWriting("one");
  await copyFile(file, home.join("store.db.repaired"));
  exchangeStore(home.path);
  const replaced = { code: "store.replaced", params: { path: file } };
  await expect(opened.sessions.updateSession({ sessionId: "two", updates: { late: true } })).rejects.toMatchObject(
    replaced,
  );
  await expect(opened.store.renewLease(writer.lease)).rejects.toMatchObject(replaced);
  await opened.store.close();
  expect((await lookAtAll()).found).toEqual(logs);
});

test.each([
  ["nothing was moved", []],
  ["the log was moved", ["-wal"]],
  ["both were moved", ["-wal", ""]],
])("an exchange that a crash ended when %s is finished", async (_, moved) => {
  await copyFile(file, home.join("store.db.repaired"));
  await overwrite(file, 0, Buffer.alloc(100));
  await writeFile(`${file}-wal`, "a log that belongs to the damaged file");
  const { mtimeMs } = await stat(home.join("store.db.repaired"));
  const aside = `${file}.corrupt-${new Date(mtimeMs).toISOString().replaceAll(/[:.-]/g, "")}`;
  for (const end of moved) await rename(file + end, aside + end);
  expect((await lookAtAll()).found).toEqual(logs);
  expect((await asides()).map((name) => home.join(name))).toEqual([aside, `${aside}-wal`]);
  expect(await home.files()).not.toContain("store.db.repaired");
});

test("processes that open a damaged store together salvage it once, and all go on", async () => {
  await overwrite(file, 0, Buffer.alloc(100));
  const script = new URL("../storeProcess.ts", import.meta.url);
  const remotes = await Promise.all([1, 2, 3].map(() => startRemote(script, home.path)));
  await Promise.all(remotes.map((remote, index) => remote.call("write", `new_${index}`, 3)));
  await Promise.all(remotes.map((remote) => remote.kill()));
  expect(await asides()).toHaveLength(1);
  const { found = {} } = await lookAtAll();
  expect(Object.keys(found).sort()).toEqual(["new_0", "new_1", "new_2", "one", "three", "two"]);
  expectPrefixes({ one: found["one"] ?? [], two: found["two"] ?? [], three: found["three"] ?? [] });
});

test("whatever is overwritten or cut off, what is there afterwards is a beginning of what was", async () => {
  const whole = await readFile(file);
  const pages = await pagesOf(file);
  const damage = fc.oneof(
    fc.record({ at: fc.nat({ max: pages * PAGE - 1 }), bytes: fc.uint8Array({ minLength: 1, maxLength: 6_000 }) }),
    fc.record({ cut: fc.nat({ max: pages * PAGE - 1 }) }),
  );
  await fc.assert(
    fc.asyncProperty(damage, async (some) => {
      await using copy = await createTemporaryFolder();
      const damaged = copy.join("store.db");
      await writeFile(damaged, whole);
      if ("cut" in some) await cutTo(damaged, some.cut);
      else await overwrite(damaged, some.at, some.bytes.subarray(0, Math.max(0, pages * PAGE - some.at)));
      for (const attempt of [1, 2]) {
        const opened = await openHome(copy);
        try {
          const found = await readLogs(opened);
          expectSamePlaces(found);
          await opened.sessions.createSession({ sessionId: `new_${attempt}` });
          await opened.sessions.updateSession({ sessionId: `new_${attempt}`, updates: updated({}) });
        } catch (error) {
          expect(attempt).toBe(1);
          expect(error).toMatchObject({ code: "store.damaged" });
          markDamaged(copy.path);
        } finally {
          await opened.store.close();
        }
      }
    }),
    { numRuns: 8 },
  );
});

/** A changed letter within an event's text cannot be told from what was written. */
function expectSamePlaces(found: Logs): void {
  for (const [sessionId, events] of Object.entries(found)) {
    if (sessionId.startsWith("new_")) continue;
    expect(events.length).toBeLessThanOrEqual(logs[sessionId]?.length ?? 0);
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  }
}
