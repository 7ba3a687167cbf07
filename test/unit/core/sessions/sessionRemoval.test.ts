import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { startRemote } from "../store/remoteProcess.ts";
import { text, updated, version } from "../store/storeFixtures.ts";
import { completed, created, planned, started } from "./sessionEvents.ts";
import { startSessionHost, type SessionHost } from "./sessionHost.ts";

const DAY = 24 * 60 * 60 * 1_000;

/** Rows of every table that name a session, by table. */
function rowsIn(host: SessionHost): Record<string, unknown> {
  const database = new DatabaseSync(host.home.join("store.db"), { readOnly: true });
  const tables = ["sessions", "leases", "events", "versions", "checkpoints", "commands"];
  const counts = tables.map((table) => [table, database.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.["n"]]);
  database.close();
  return Object.fromEntries(counts) as Record<string, unknown>;
}

test("a deleted session leaves nothing behind, and its neighbours everything", async () => {
  await using host = await startSessionHost();
  const drafts = [created(), planned("a"), started("a"), text("Hello"), completed("a"), version("v1", "a")];
  for (const id of ["before", "mine", "after"]) await host.has(id, ...drafts);
  const command = { kind: "stop" as const, epoch: 1, payload: null, origin: "test" };
  await host.store.addCommand({ ...command, commandId: "c1", sessionId: "mine" });
  const before = await host.events("before");

  await host.sessions.deleteSession("mine");
  await expect(host.sessions.getSession("mine")).rejects.toMatchObject({ code: "session.unknown" });
  expect(rowsIn(host)).toEqual({ sessions: 2, leases: 2, events: 12, versions: 2, checkpoints: 2, commands: 0 });
  expect(await host.events("before")).toEqual(before);
  expect(await host.events("after")).toHaveLength(6);
  await expect(host.sessions.deleteSession("mine")).rejects.toMatchObject({ code: "session.unknown" });
  await expect(host.sessions.deleteSession("../mine")).rejects.toMatchObject({ code: "session.invalidId" });
});

test("a session that somebody runs is not deleted; once its process is gone it is", async () => {
  await using host = await startSessionHost();
  await using remote = await startRemote(new URL("./sessionProcess.ts", import.meta.url), host.home.path);
  await remote.call("run", "one");
  await expect(host.sessions.deleteSession("one")).rejects.toMatchObject({
    code: "session.running",
    params: { id: "one", owner: `test (process ${remote.pid})` },
  });
  await remote.kill();
  await host.sessions.deleteSession("one");
  expect(await host.sessions.listSessions({ limit: 5 })).toEqual([]);
});

test("an owner that wakes up cannot write to a new session of the same id", async () => {
  await using host = await startSessionHost();
  const sleeper = await host.sessions.create({ sessionId: "one", goal: "old", folders: [] });
  await host.commit(sleeper, created("old"));
  const other = await host.another();
  await other.clock.advance(60_000);
  await other.sessions.deleteSession("one");
  const writer = await other.sessions.create({ sessionId: "one", goal: "new", folders: [] });
  expect(writer.lease.epoch).toBe(2);
  await other.commit(writer, created("new"));

  await expect(host.store.renewLease(sleeper.lease)).rejects.toMatchObject({ code: "session.fenced" });
  await expect(host.commit(sleeper, updated({ late: true }))).rejects.toMatchObject({ code: "session.fenced" });
  expect(await other.events("one")).toHaveLength(1);
  await writer.close();
  await sleeper.close();
});

/** Sessions whose last event is 10, 8 and 1 day old, and one of 10 days that somebody runs. */
async function agedSessions(host: SessionHost): Promise<void> {
  await host.sessions.createSession({ sessionId: "ten", initialState: { workflow: { goal: "The oldest" } } });
  const running = await host.sessions.create({ sessionId: "run", goal: "Still at it", folders: [] });
  await host.clock.advance(2 * DAY);
  await host.sessions.createSession({ sessionId: "eight" });
  await host.clock.advance(7 * DAY);
  await host.sessions.createSession({ sessionId: "one" });
  await host.clock.advance(DAY);
  await host.store.renewLease(running.lease);
}

const ids = (sessions: readonly { sessionId: string }[]) => sessions.map(({ sessionId }) => sessionId);

test("cleaning up removes what nobody touched for days, and never what runs", async () => {
  await using host = await startSessionHost();
  await agedSessions(host);
  const dry = await host.sessions.cleanUp({ olderThanDays: 7, dryRun: true });
  expect(dry).toMatchObject({
    dryRun: true,
    removed: [{ sessionId: "eight" }, { sessionId: "ten", title: "The oldest" }],
  });
  expect(await host.sessions.listSessions({ limit: 9 })).toHaveLength(4);

  const result = await host.sessions.cleanUp({ olderThanDays: 7 });
  expect(ids(result.removed)).toEqual(["eight", "ten"]);
  expect(ids(result.running)).toEqual(["run"]);
  expect(ids(await host.sessions.listSessions({ limit: 9 }))).toEqual(["one", "run"]);
  expect(await host.sessions.cleanUp({ olderThanDays: 7 })).toMatchObject({ removed: [] });
});

test("cleaning up leaves what a person did not choose, and what is not old though it was chosen", async () => {
  await using host = await startSessionHost();
  await agedSessions(host);
  const only = new Set(["ten", "one"]);
  expect(ids((await host.sessions.cleanUp({ olderThanDays: 7, only })).removed)).toEqual(["ten"]);
  expect(ids(await host.sessions.listSessions({ limit: 9 }))).toEqual(["one", "eight", "run"]);
});

test("what was touched lately is not old, however long ago it began", async () => {
  await using host = await startSessionHost();
  await agedSessions(host);
  await host.sessions.updateSession({ sessionId: "ten", updates: { seen: true } });
  expect(ids((await host.sessions.cleanUp({ olderThanDays: 7 })).removed)).toEqual(["eight"]);
});

test.each([-1, Number.NaN, Number.POSITIVE_INFINITY, 1e9])(
  "%s days are refused, and nothing is removed",
  async (days) => {
    await using host = await startSessionHost();
    await host.sessions.createSession({ sessionId: "one" });
    await expect(host.sessions.cleanUp({ olderThanDays: days })).rejects.toMatchObject({ code: "cleanup.invalidDays" });
    expect(await host.sessions.listSessions({ limit: 5 })).toHaveLength(1);
  },
);

test("hundreds of old sessions are all found", async () => {
  await using host = await startSessionHost();
  for (let number = 0; number < 230; number++) await host.sessions.createSession({ sessionId: `s${number}` });
  await host.clock.advance(8 * DAY);
  expect((await host.sessions.cleanUp({ olderThanDays: 7 })).removed).toHaveLength(230);
  expect(await host.sessions.listSessions({ limit: 1 })).toEqual([]);
});
