import { afterEach, beforeEach, expect, test } from "vitest";
import type { EventDraft, OrchestratorEvent } from "../../../../src/core/events/event.ts";
import { SessionManager } from "../../../../src/core/sessions/sessionManager.ts";
import type { SessionWriter } from "../../../../src/core/sessions/sessionWriter.ts";
import { describeThisProcess } from "../../../../src/core/store/processIdentity.ts";
import type { SessionStore } from "../../../../src/core/store/sessionStore.ts";
import { FakeClock } from "../../../support/fakeClock.ts";
import { createTemporaryFolder, type TemporaryFolder } from "../../../support/temporaryFolder.ts";
import { startRemote } from "../store/remoteProcess.ts";
import { eventsFrom, openTestStore, silentLogger, text, updated, version } from "../store/storeFixtures.ts";
import { completed, created, planned, started, used, workflowCompleted } from "./sessionEvents.ts";

const folders = [{ name: "app", path: "/app" }];

/** One window or terminal: a store of its own and a clock of its own. */
interface Host {
  readonly clock: FakeClock;
  readonly store: SessionStore;
  readonly sessions: SessionManager;
}

let home: TemporaryFolder;
let hosts: Host[];
let here: Host;
beforeEach(async () => {
  home = await createTemporaryFolder();
  hosts = [];
  here = await openHost();
});
afterEach(async () => {
  await Promise.all(hosts.map((host) => host.store.close()));
  await home[Symbol.asyncDispose]();
});

/** The clock is far behind that of real processes, whose leases it sees as fresh. */
async function openHost(): Promise<Host> {
  const clock = new FakeClock(0);
  const store = await openTestStore(home.path, clock);
  const owner = await describeThisProcess({ home: home.path, host: "terminal" });
  const host = { clock, store, sessions: new SessionManager({ store, clock, owner, logger: silentLogger }) };
  hosts.push(host);
  return host;
}

function create(sessionId: string, onFenced?: () => void): Promise<SessionWriter> {
  return here.sessions.create({ sessionId, goal: "Write a report", folders, ...(onFenced ? { onFenced } : {}) });
}

/** Commits the drafts at the end of the writer's session and returns their events. */
async function commit(writer: SessionWriter, ...drafts: readonly EventDraft[]): Promise<OrchestratorEvent[]> {
  const { sessionId, lease } = writer;
  const last = (await here.store.getSession(sessionId))?.lastSeq ?? 0;
  const events = eventsFrom(drafts, { sessionId, epoch: lease.epoch, firstSeq: last + 1 });
  await writer.commit(events);
  return events;
}

async function all<Value>(values: AsyncIterable<Value>): Promise<Value[]> {
  const collected: Value[] = [];
  for await (const value of values) collected.push(value);
  return collected;
}

test("a session gets an id unless it is given one, and can be listed and read at once", async () => {
  const writer = await here.sessions.create({ goal: "Write a report", folders, demo: true });
  expect(writer).toMatchObject({ sessionId: "session_1", lease: { sessionId: "session_1", epoch: 1 }, lastSeq: 0 });
  const row = await here.sessions.getSession("session_1");
  expect(row).toMatchObject({
    goal: "Write a report",
    folders,
    demo: true,
    status: "created",
    createdAt: "1970-01-01T00:00:00.000Z",
  });
  expect(await here.sessions.listSessions({ limit: 10 })).toEqual([row]);
  await writer.close();
});

test("bad, taken and unknown ids are refused, the last with what was probably meant", async () => {
  await (await create("report_1")).close();
  await expect(create("../report")).rejects.toMatchObject({ code: "session.invalidId" });
  await expect(create("report_1")).rejects.toMatchObject({ code: "session.exists" });
  const unknown = { code: "session.unknown", params: { id: "reprot_1", nearest: "report_1" } };
  await expect(here.sessions.getSession("reprot_1")).rejects.toMatchObject(unknown);
  await expect(here.sessions.openForWriting("reprot_1")).rejects.toMatchObject(unknown);
  await expect(here.sessions.getActiveSession("reprot_1")).rejects.toMatchObject(unknown);
  await expect(here.sessions.listVersions("reprot_1")).rejects.toMatchObject(unknown);
  await expect(all(here.sessions.readEvents("reprot_1"))).rejects.toMatchObject(unknown);
  await expect(all(here.sessions.follow("reprot_1"))).rejects.toMatchObject(unknown);
});

test("what is committed is in the log, in the list and in the state", async () => {
  const writer = await create("one");
  const first = await commit(writer, created(), planned("a", "b"), started("a"), text("Hello"));
  const second = await commit(writer, completed("a"), used("writer_a", 5, 0.5), version("v1", "a"));
  expect(await all(here.sessions.readEvents("one"))).toEqual([...first, ...second]);
  expect(await all(here.sessions.readEvents("one", 6))).toEqual(second.slice(2));
  expect(await writer.readCommitted(4, 1)).toEqual(second.slice(0, 1));
  expect(await here.sessions.getSession("one")).toMatchObject({
    ...writer.summary(),
    lastSeq: 7,
    status: "running",
    stepsCompleted: 1,
    costUsd: 0.5,
  });
  expect(await here.sessions.getActiveSession("one")).toEqual(writer.state());
  expect(await here.sessions.listVersions("one")).toMatchObject([{ versionId: "v1", seq: 7, stepId: "a" }]);
  await writer.close();
});

test("the state given out does not change when the session goes on", async () => {
  const writer = await create("one");
  await commit(writer, created());
  const before = writer.state();
  await commit(writer, planned("a"));
  expect(before.workflow.steps).toEqual({});
  await writer.close();
});

test("a session nobody writes is opened again at its end, in a new epoch", async () => {
  const first = await create("one");
  await commit(
    first,
    created(),
    planned("a", "b"),
    started("a"),
    completed("a"),
    version("v1", "a"),
    started("b"),
    text("…"),
  );
  await expect(here.sessions.openForWriting("one")).rejects.toMatchObject({ code: "session.running" });
  const state = first.state();
  await first.close();

  const second = await here.sessions.openForWriting("one");
  expect(second).toMatchObject({ lease: { epoch: 2 }, lastSeq: 7 });
  expect(second.state()).toEqual(state);
  await commit(second, completed("b"), workflowCompleted);
  expect(second.summary()).toMatchObject({ status: "completed", stepsTotal: 2, stepsCompleted: 2, versions: 1 });
  await second.close();
  expect(await here.sessions.getActiveSession("one")).toEqual(second.state());
});

test("a version keeps the state, so that opening reads only what came after", async () => {
  const writer = await create("one");
  await commit(writer, created(), planned("a"));
  expect(await here.store.readCheckpoint("one")).toBeUndefined();
  await commit(writer, started("a"), version("v1"));
  const state = writer.state();
  await commit(writer, completed("a"));
  const checkpoint = await here.store.readCheckpoint("one");
  expect(checkpoint?.seq).toBe(4);
  expect(JSON.parse(checkpoint?.state ?? "")).toEqual(state);
  await writer.close();
});

test("ten thousand events without a version keep the state, too", async () => {
  const writer = await create("one");
  await commit(writer, created(), ...Array.from({ length: 9_998 }, () => text("word ")));
  expect(await here.store.readCheckpoint("one")).toBeUndefined();
  await commit(writer, text("last word"));
  expect(await here.store.readCheckpoint("one")).toMatchObject({ seq: 10_000 });
  expect(await here.sessions.getActiveSession("one")).toEqual(writer.state());
  await writer.close();
});

test("a big state is not kept again for every version of a few events", async () => {
  const writer = await create("one");
  await commit(writer, updated({ notes: "x".repeat(50_000) }), version("v1"));
  for (let number = 2; number <= 25; number++) await commit(writer, updated({ number }), version(`v${number}`));
  expect(await here.store.readCheckpoint("one")).toMatchObject({ seq: 2 });
  await commit(writer, ...Array.from({ length: 350 }, () => text("word ")), version("v26"));
  expect(await here.store.readCheckpoint("one")).toMatchObject({ seq: 401 });
  await writer.close();
});

test("a state too big to keep is read from the events", async () => {
  const writer = await create("one");
  await commit(writer, updated({ notes: "x".repeat(500_000) }), version("v1"));
  await commit(writer, updated({ more: true }), version("v2"));
  expect(await here.store.readCheckpoint("one")).toBeUndefined();
  expect(await here.sessions.getActiveSession("one")).toEqual(writer.state());
  await writer.close();
});

test("a writer whose session was taken is told once, can write no more, and closes without complaint", async () => {
  let fenced = 0;
  const writer = await create("one", () => (fenced += 1));
  await commit(writer, created());
  const other = await openHost();
  await other.clock.advance(60_000);
  const taker = await other.sessions.openForWriting("one");
  expect(taker.lease.epoch).toBe(2);

  await expect(commit(writer, updated({ late: true }))).rejects.toMatchObject({ code: "session.fenced" });
  await expect(commit(writer, updated({ late: true }))).rejects.toMatchObject({ code: "session.fenced" });
  await here.clock.advance(60_000);
  expect(fenced).toBe(1);
  await writer.close();
  expect(await all(here.sessions.readEvents("one"))).toHaveLength(1);
  await taker.close();
});

test("a writer that only waits learns within seconds that its session was taken", async () => {
  const fenced = Promise.withResolvers<void>();
  const writer = await create("one", fenced.resolve);
  const other = await openHost();
  await other.clock.advance(60_000);
  const taker = await other.sessions.openForWriting("one");
  await here.clock.advance(5_000);
  await expect(fenced.promise).resolves.toBeUndefined();
  await writer.close();
  await taker.close();
});

test("a closed writer has given the session free", async () => {
  const writer = await create("one");
  await Promise.all([writer.close(), writer.close()]);
  expect(await here.sessions.getSession("one")).toMatchObject({ owner: null, effectiveStatus: "interrupted" });
  expect(here.clock.pendingTimers).toBe(0);
});

test.each(["this", "another"])("a run of %s process is followed from a position to its end", async (whose) => {
  const watcher = whose === "this" ? here : await openHost();
  const writer = await create("one");
  const before = await commit(writer, created(), planned("a"));
  const following = watcher.sessions.follow("one", { afterSeq: 1 });
  expect((await following.next()).value).toEqual(before[1]);
  const awaited = following.next();
  const [more] = await commit(writer, started("a"));
  expect((await awaited).value).toEqual(more);
  const rest = all(following);
  const end = [...(await commit(writer, text("Hello"))), ...(await commit(writer, completed("a"), workflowCompleted))];
  expect(await rest).toEqual(end);
  await writer.close();
});

test("what has ended is followed to its end and no further", async () => {
  const writer = await create("one");
  const events = await commit(writer, created(), workflowCompleted);
  expect(await all(here.sessions.follow("one"))).toEqual(events);
  await writer.close();
});

test("following ends when the owner gives the session back", async () => {
  const watcher = await openHost();
  const writer = await create("one");
  const events = await commit(writer, created());
  const following = watcher.sessions.follow("one");
  await following.next();
  const rest = all(following);
  const more = await commit(writer, updated({ last: true }));
  await writer.close();
  expect([...events, ...(await rest)]).toEqual([...events, ...more]);
});

test("following ends when the owner is killed, although nobody writes that down", async () => {
  await using owner = await startRemote(new URL("../store/storeProcess.ts", import.meta.url), home.path);
  await owner.call("create", "one");
  const following = all(here.sessions.follow("one"));
  await here.clock.timersSet();
  await owner.kill();
  await here.clock.advance(1_000);
  expect(await following).toEqual([]);
});

test("following ends when it is no longer wanted", async () => {
  const writer = await create("one");
  const events = await commit(writer, created());
  const ending = new AbortController();
  const following = all(here.sessions.follow("one", { signal: ending.signal }));
  // The writer's timer and the one of the waiting follower.
  await here.clock.timersSet(2);
  ending.abort();
  expect(await following).toEqual(events);
  expect(await all(here.sessions.follow("one", { signal: ending.signal }))).toEqual([]);
  await writer.close();
  expect(here.clock.pendingTimers).toBe(0);
});
