import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { describeThisProcess } from "../../../../../src/core/store/processIdentity.ts";
import { createTemporaryFolder, type TemporaryFolder } from "../../../../support/temporaryFolder.ts";
import { startRemote } from "../remoteProcess.ts";
import { WITHOUT_FOLDERS, ELSEWHERE, eventsFrom, summaryWith, text, updated } from "../storeFixtures.ts";
import { createSessions, openHome, overwrite, PAGE, pageWith, type OpenedHome } from "./damagedStore.ts";

const CREATED = "2026-01-01T00:00:00.000Z";

let home: TemporaryFolder;
let opened: OpenedHome;
beforeEach(async () => {
  home = await createTemporaryFolder();
  opened = await openHome(home);
});
afterEach(async () => {
  await opened.store.close();
  await home[Symbol.asyncDispose]();
});

/** Changes the file behind the store's back. */
function change(sql: string): void {
  const database = new DatabaseSync(home.join("store.db"));
  database.exec(sql);
  database.close();
}

test("a store in order has nothing to tell", async () => {
  expect(await opened.store.inspect()).toEqual({ damage: [], schema: [] });
});

test("what is not as the schema says is named", async () => {
  change("ALTER TABLE commands ADD COLUMN extra TEXT; DROP INDEX sessions_by_age; CREATE TABLE mine (x); ANALYZE");
  expect((await opened.store.inspect()).schema.toSorted()).toEqual([
    "commands is not as it should be",
    "mine is not known",
    "sessions_by_age is missing",
  ]);
});

test("damage that nobody came across yet is found", async () => {
  await createSessions(home, { two: 1_000 });
  const file = home.join("store.db");
  const page = await pageWith(file, "two 600 word");
  await overwrite(file, page * PAGE, Buffer.alloc(PAGE, 7));
  expect((await opened.store.inspect()).damage.length).toBeGreaterThan(0);
});

test("events are counted, text too", async () => {
  const { store } = opened;
  const owner = await describeThisProcess({ home: home.path, host: "test" });
  const lease = await store.createSession("one", summaryWith(), CREATED, owner);
  expect(await store.countEvents("one")).toEqual({ count: 0, lastSeq: 0 });
  const events = eventsFrom([updated({}), text("a"), text("b")], { sessionId: "one" });
  await store.append({ lease, events, summary: summaryWith() });
  expect(await store.countEvents("one")).toEqual({ count: 3, lastSeq: 3 });
  change("DELETE FROM events WHERE json LIKE '%\"a\"%'");
  expect(await store.countEvents("one")).toEqual({ count: 2, lastSeq: 3 });
  expect(await store.countEvents("none")).toEqual({ count: 0, lastSeq: 0 });
});

test("leases of processes that are gone are given back, and no others", async () => {
  const { store } = opened;
  const me = await describeThisProcess({ home: home.path, host: "test" });
  await store.createSession("mine", summaryWith(), CREATED, me);
  await store.createSession("elsewhere", summaryWith(), CREATED, ELSEWHERE);
  await using remote = await startRemote(new URL("../storeProcess.ts", import.meta.url), home.path);
  await remote.call("create", "theirs");
  expect(await store.freeDeadLeases()).toEqual([]);
  await remote.kill();
  expect(await store.freeDeadLeases()).toEqual([{ sessionId: "theirs", owner: `test (process ${remote.pid})` }]);
  expect(await store.freeDeadLeases()).toEqual([]);
  expect(await store.getSession("mine")).toMatchObject({ owner: me });
});

test("an import that never ended is removed once its process is gone", async () => {
  const { store } = opened;
  await using remote = await startRemote(new URL("../storeProcess.ts", import.meta.url), home.path);
  await remote.call("write", "import:one", 2);
  expect(await store.removeLeftovers()).toBe(0);
  await remote.kill();
  expect(await store.removeLeftovers()).toBe(1);
  expect(await store.getSession("import:one")).toBeUndefined();
  const database = new DatabaseSync(home.join("store.db"), { readOnly: true });
  expect(database.prepare("SELECT count(*) AS n FROM events").get()).toEqual({ n: 0 });
  database.close();
});

test("what is being imported is in no list until it is published under its id", async () => {
  const { store } = opened;
  const owner = await describeThisProcess({ home: home.path, host: "test" });
  await store.createSession("taken", summaryWith(), CREATED, owner);
  const lease = await store.createSession("import:one", summaryWith(), CREATED, owner);
  await store.append({ lease, events: eventsFrom([updated({})], { sessionId: "one" }), summary: summaryWith() });
  expect((await store.listSessions({ limit: 5 })).map(({ sessionId }) => sessionId)).toEqual(["taken"]);
  await expect(store.publishSession(lease, { sessionId: "taken", epoch: 3 })).rejects.toMatchObject({
    code: "session.exists",
  });
  await store.publishSession(lease, { sessionId: "one", epoch: 3 });
  expect(await store.getSession("one")).toMatchObject({ lastSeq: 1, owner: null, epoch: 3 });
  expect(await store.getSession("import:one")).toBeUndefined();
  await expect(store.publishSession(lease, { sessionId: "two", epoch: 3 })).rejects.toMatchObject({
    code: "session.fenced",
  });
});

const rows = {
  lastSeq: 2,
  epoch: 1,
  updatedAt: CREATED,
  summary: summaryWith({ title: "Derived" }),
  versions: [{ versionId: "v1", seq: 2, reason: "r", stepId: null, createdAt: CREATED, ...WITHOUT_FOLDERS }],
  checkpoint: "{}",
};

test("derived rows are written only where the log still ends as they say and nobody runs the session", async () => {
  const { store } = opened;
  const owner = await describeThisProcess({ home: home.path, host: "test" });
  const lease = await store.createSession("one", summaryWith(), CREATED, owner);
  const events = eventsFrom([updated({}), text("a")], { sessionId: "one" });
  await store.append({ lease, events, summary: summaryWith() });
  await expect(store.replaceDerived("one", rows)).rejects.toMatchObject({ code: "session.running" });
  await store.releaseLease(lease);
  expect(await store.replaceDerived("one", { ...rows, lastSeq: 1 })).toBe(false);
  expect(await store.replaceDerived("one", rows)).toBe(true);
  expect(await store.getSession("one")).toMatchObject({ title: "Derived", lastSeq: 2, updatedAt: CREATED });
  expect(await store.listVersions("one")).toEqual(rows.versions);
  expect(await store.readCheckpoint("one")).toEqual({ seq: 2, state: "{}" });
});
