import fc from "fast-check";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { OrchestratorEvent } from "../../../../../src/core/events/event.ts";
import { describeThisProcess } from "../../../../../src/core/store/processIdentity.ts";
import type { Lease, LeaseOwner, SessionStore } from "../../../../../src/core/store/sessionStore.ts";
import { FakeClock } from "../../../../support/fakeClock.ts";
import { createTemporaryFolder, type TemporaryFolder } from "../../../../support/temporaryFolder.ts";
import { ELSEWHERE, eventsFrom, openTestStore, summaryWith, text, updated, version } from "../storeFixtures.ts";

const CREATED = "2026-01-01T00:00:00.000Z";

let home: TemporaryFolder;
let clock: FakeClock;
let store: SessionStore;
let me: LeaseOwner;
beforeEach(async () => {
  home = await createTemporaryFolder();
  clock = new FakeClock();
  store = await openTestStore(home.path, clock);
  me = await describeThisProcess({ home: home.path, host: "terminal" });
});
afterEach(async () => {
  await store.close();
  await home[Symbol.asyncDispose]();
});

function create(sessionId: string, owner: LeaseOwner = me, createdAt = CREATED): Promise<Lease> {
  return store.createSession(sessionId, summaryWith(), createdAt, owner);
}

function append(lease: Lease, events: readonly OrchestratorEvent[], checkpoint?: string): Promise<void> {
  const batch = { lease, events, summary: summaryWith() };
  return store.append(checkpoint === undefined ? batch : { ...batch, checkpoint });
}

test("a session is what its creator said, with an empty log and its creator as owner", async () => {
  expect(await create("one")).toEqual({ sessionId: "one", epoch: 1 });
  expect(await store.getSession("one")).toEqual({
    ...summaryWith(),
    sessionId: "one",
    createdAt: CREATED,
    updatedAt: CREATED,
    lastSeq: 0,
    epoch: 1,
    owner: me,
    effectiveStatus: "running",
  });
  expect(await store.readEvents("one", 0, 10)).toEqual([]);
  expect(await store.readCheckpoint("one")).toBeUndefined();
});

test("an id can be used once", async () => {
  await create("one");
  await expect(create("one")).rejects.toMatchObject({ code: "session.exists", params: { id: "one" } });
});

test("of a session nobody created there is nothing", async () => {
  expect(await store.getSession("none")).toBeUndefined();
  expect(await store.readEvents("none", 0, 10)).toEqual([]);
  expect(await store.readCheckpoint("none")).toBeUndefined();
  expect(await store.listVersions("none")).toEqual([]);
  expect(await store.pendingCommands("none")).toEqual([]);
  await expect(store.takeLease("none", me)).rejects.toMatchObject({ code: "session.unknown" });
});

test("sessions are listed newest first, page by page, also when they are of the same moment", async () => {
  const later = "2026-01-02T00:00:00.000Z";
  for (const id of ["a", "c", "b"]) await create(id);
  await create("newest", me, later);
  const first = await store.listSessions({ limit: 2 });
  expect(first.map((row) => row.sessionId)).toEqual(["newest", "c"]);
  const before = { createdAt: CREATED, sessionId: "c" };
  expect((await store.listSessions({ limit: 5, before })).map((row) => row.sessionId)).toEqual(["b", "a"]);
});

test("a commit brings the events, the derived columns, the versions and the checkpoint together", async () => {
  const lease = await create("one");
  const events = eventsFrom([updated({ a: 1 }), version("v1"), version("v2", "research")], { sessionId: "one" });
  const summary = summaryWith({
    status: "completed",
    costUsd: 0.25,
    costIsPartial: true,
    lastCompletedStep: "research",
    versions: 2,
    demo: true,
  });
  await store.append({ lease, events, summary, checkpoint: '{"a":1}' });

  expect(await store.readEvents("one", 0, 10)).toEqual(events);
  expect(await store.getSession("one")).toMatchObject({ ...summary, lastSeq: 3, updatedAt: events[2]?.timestamp });
  expect(await store.readCheckpoint("one")).toEqual({ seq: 3, state: '{"a":1}' });
  expect(await store.listVersions("one")).toEqual([
    { versionId: "v1", seq: 2, reason: "step", stepId: null, createdAt: events[1]?.timestamp },
    { versionId: "v2", seq: 3, reason: "step", stepId: "research", createdAt: events[2]?.timestamp },
  ]);
});

test("a page begins after a position and holds at most what is asked for", async () => {
  const lease = await create("one");
  const events = eventsFrom(
    Array.from({ length: 10 }, (_, index) => text(`${index}`)),
    { sessionId: "one" },
  );
  await append(lease, events);
  expect(await store.readEvents("one", 0, 3)).toEqual(events.slice(0, 3));
  expect(await store.readEvents("one", 8, 100)).toEqual(events.slice(8));
  expect(await store.readEvents("one", 10, 100)).toEqual([]);
});

test("a page of long events ends early, and the next one goes on", async () => {
  const lease = await create("one");
  const long = "x".repeat(1_000_000);
  const events = eventsFrom(
    Array.from({ length: 12 }, () => updated({ long })),
    { sessionId: "one" },
  );
  await append(lease, events);
  const first = await store.readEvents("one", 0, 12);
  expect(first.length).toBeGreaterThan(0);
  expect(first.length).toBeLessThan(12);
  const rest = await store.readEvents("one", first.length, 1);
  expect([...first, ...rest]).toEqual(events.slice(0, first.length + 1));
});

test("a fold reads past the text", async () => {
  const lease = await create("one");
  const events = eventsFrom([text("a"), updated({ a: 1 }), text("b"), updated({ b: 2 })], { sessionId: "one" });
  await append(lease, events);
  expect(await store.readEvents("one", 0, 1, { withoutText: true })).toEqual([events[1]]);
  expect(await store.readEvents("one", 2, 9, { withoutText: true })).toEqual([events[3]]);
});

test("text moves the end of the log and nothing else", async () => {
  const lease = await create("one");
  const events = eventsFrom([text("hello")], { sessionId: "one" });
  await store.append({ lease, events, summary: summaryWith({ goal: "never looked at" }) });
  expect(await store.getSession("one")).toMatchObject({
    goal: summaryWith().goal,
    lastSeq: 1,
    updatedAt: events[0]?.timestamp,
  });
});

test("sessions do not see each other's events", async () => {
  const leases = [await create("one"), await create("two"), await create("three")];
  for (const lease of leases) await append(lease, eventsFrom([text(lease.sessionId)], { sessionId: lease.sessionId }));
  expect(await store.readEvents("two", 0, 10)).toEqual(eventsFrom([text("two")], { sessionId: "two" }));
});

test("the newest checkpoint at or before a place is found", async () => {
  const lease = await create("one");
  for (const seq of [1, 2, 3]) {
    await append(lease, eventsFrom([updated({ seq })], { sessionId: "one", firstSeq: seq }), `${seq}`);
  }
  expect(await store.readCheckpoint("one")).toEqual({ seq: 3, state: "3" });
  expect(await store.readCheckpoint("one", 2)).toEqual({ seq: 2, state: "2" });
  expect(await store.readCheckpoint("one", 0)).toBeUndefined();
});

test("an event that would leave a gap, or stand where one is, is refused and changes nothing", async () => {
  const lease = await create("one");
  const first = eventsFrom([updated({ a: 1 })], { sessionId: "one" });
  await append(lease, first);
  for (const firstSeq of [1, 3]) {
    const misplaced = eventsFrom([updated({ a: 2 })], { sessionId: "one", firstSeq });
    await expect(append(lease, misplaced)).rejects.toMatchObject({ code: "store.failed" });
  }
  const holes = eventsFrom([updated({ a: 2 }), updated({ a: 3 })], { sessionId: "one", firstSeq: 2 }).toReversed();
  await expect(append(lease, holes)).rejects.toMatchObject({ code: "store.failed" });
  expect(await store.readEvents("one", 0, 10)).toEqual(first);
});

test("a batch that fails leaves nothing of itself", async () => {
  const lease = await create("one");
  await append(lease, eventsFrom([version("v1")], { sessionId: "one" }));
  const twice = eventsFrom([updated({ a: 1 }), version("v1")], { sessionId: "one", firstSeq: 2 });
  await expect(append(lease, twice)).rejects.toMatchObject({ code: "store.failed" });
  expect(await store.getSession("one")).toMatchObject({ lastSeq: 1 });
  expect(await store.readEvents("one", 1, 10)).toEqual([]);
});

test("an empty batch is no work", async () => {
  const lease = await create("one");
  await append(lease, []);
  expect(await store.getSession("one")).toMatchObject({ lastSeq: 0 });
});

test("appends that wait together are all carried out in order, and a refused one harms no other", async () => {
  const one = await create("one");
  const two = await create("two");
  const events = eventsFrom(
    Array.from({ length: 200 }, (_, index) => updated({ index })),
    { sessionId: "one" },
  );
  const twice = eventsFrom([version("v1"), version("v1")], { sessionId: "two" });
  const outcomes = await Promise.allSettled([
    ...events.slice(0, 100).map((event) => append(one, [event])),
    append({ sessionId: "two", epoch: 7 }, eventsFrom([text("fenced")], { sessionId: "two" })),
    append(two, twice),
    append(two, eventsFrom([text("fine")], { sessionId: "two" })),
    ...events.slice(100).map((event) => append(one, [event])),
  ]);
  const failures = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason as unknown] : []));
  expect(failures).toEqual([
    expect.objectContaining({ code: "session.fenced", params: { id: "two" } }),
    expect.objectContaining({ code: "store.failed" }),
  ]);
  expect(await store.readEvents("one", 0, 1_000)).toEqual(events);
  expect(await store.readEvents("two", 0, 1_000)).toEqual(eventsFrom([text("fine")], { sessionId: "two" }));
});

test("a session somebody runs cannot be taken, and the error says who runs it", async () => {
  await create("one");
  await expect(store.takeLease("one", me)).rejects.toMatchObject({
    code: "session.running",
    params: { id: "one", owner: `terminal (process ${process.pid})` },
  });
});

test("a new owner gets a new epoch, and the one before can write no more", async () => {
  const old = await create("one", { ...me, processStartedAt: "1" });
  await expect(store.getSession("one")).resolves.toMatchObject({ owner: null, effectiveStatus: "interrupted" });
  expect(await store.takeLease("one", me)).toEqual({ sessionId: "one", epoch: 2 });
  const events = eventsFrom([updated({ a: 1 })], { sessionId: "one" });
  const fenced = { code: "session.fenced", params: { id: "one" } };
  await expect(append(old, events)).rejects.toMatchObject(fenced);
  await expect(store.renewLease(old)).rejects.toMatchObject(fenced);
  await expect(store.releaseLease(old)).rejects.toMatchObject(fenced);
  expect(await store.readEvents("one", 0, 10)).toEqual([]);
});

test("a lease given back is nobody's: it can be taken, and not be written with", async () => {
  const lease = await create("one");
  await store.releaseLease(lease);
  await expect(append(lease, eventsFrom([text("late")], { sessionId: "one" }))).rejects.toMatchObject({
    code: "session.fenced",
  });
  await expect(store.renewLease(lease)).rejects.toMatchObject({ code: "session.fenced" });
  expect(await store.getSession("one")).toMatchObject({
    owner: null,
    status: "running",
    effectiveStatus: "interrupted",
  });
  expect(await store.takeLease("one", me)).toMatchObject({ epoch: 2 });
});

test("an owner on another machine lives for 30 s after its last renewal", async () => {
  const lease = await create("one", ELSEWHERE);
  await clock.advance(29_000);
  await store.renewLease(lease);
  await clock.advance(29_999);
  await expect(store.takeLease("one", me)).rejects.toMatchObject({ code: "session.running" });
  expect(await store.getSession("one")).toMatchObject({ owner: ELSEWHERE, effectiveStatus: "running" });
  await clock.advance(1);
  expect(await store.getSession("one")).toMatchObject({ owner: null, effectiveStatus: "interrupted" });
  expect(await store.takeLease("one", me)).toMatchObject({ epoch: 2 });
});

test("an owner that wakes late goes on with what nobody took meanwhile", async () => {
  const lease = await create("one");
  await clock.advance(3_600_000);
  expect(await store.getSession("one")).toMatchObject({ owner: null });
  await store.renewLease(lease);
  await append(lease, eventsFrom([text("awake")], { sessionId: "one" }));
  expect(await store.getSession("one")).toMatchObject({ owner: me, effectiveStatus: "running", lastSeq: 1 });
});

test("what the log says has ended is not interrupted when its owner is gone", async () => {
  const lease = await create("one");
  const events = eventsFrom([updated({})], { sessionId: "one" });
  await store.append({ lease, events, summary: summaryWith({ status: "failed" }) });
  await store.releaseLease(lease);
  expect(await store.getSession("one")).toMatchObject({ owner: null, effectiveStatus: "failed" });
});

test("a command waits until it is answered, and the first answer stands", async () => {
  await create("one");
  const command = {
    commandId: "c1",
    sessionId: "one",
    epoch: 1,
    kind: "steer",
    payload: { text: "höher" },
    origin: "VS Code",
  } as const;
  await store.addCommand(command);
  await store.addCommand({ ...command, commandId: "c2", kind: "stop", payload: undefined });
  expect(await store.pendingCommands("one")).toEqual([
    { ...command, createdAt: CREATED },
    { ...command, commandId: "c2", kind: "stop", payload: null, createdAt: CREATED },
  ]);
  expect(await store.commandOutcome("c1")).toBeUndefined();
  await store.resolveCommand("c1", { accepted: false, refusal: { code: "command.stale", params: { id: "one" } } });
  await store.resolveCommand("c1", { accepted: true });
  expect(await store.commandOutcome("c1")).toEqual({
    accepted: false,
    refusal: { code: "command.stale", params: { id: "one" } },
  });
  expect((await store.pendingCommands("one")).map((row) => row.commandId)).toEqual(["c2"]);
  await expect(store.addCommand({ ...command, sessionId: "none" })).rejects.toMatchObject({ code: "session.unknown" });
});

test("a lock that another connection keeps is waited for, and then named", async () => {
  await store.close();
  store = await openTestStore(home.path, clock, { timeoutMilliseconds: 1, attempts: 3 });
  const lease = await create("one");
  const events = eventsFrom([text("waits")], { sessionId: "one" });
  const holder = new DatabaseSync(home.join("store.db"));
  holder.exec("BEGIN IMMEDIATE");
  await expect(append(lease, events)).rejects.toMatchObject({ code: "store.busy" });
  // Readers are not held up by a writer.
  expect(await store.getSession("one")).toMatchObject({ lastSeq: 0 });
  holder.exec("ROLLBACK");
  await append(lease, events);
  expect(await store.readEvents("one", 0, 10)).toEqual(events);
  holder.close();
});

test("what another connection changes is told, what this one changes is not", async () => {
  const other = await openTestStore(home.path, clock);
  let told = 0;
  const changed = Promise.withResolvers<void>();
  const listening = store.onDidChangeElsewhere(() => {
    told += 1;
    changed.resolve();
  });
  await create("mine");
  expect(told).toBe(0);
  await other.createSession("theirs", summaryWith(), CREATED, me);
  await changed.promise;
  expect(await store.getSession("theirs")).toBeDefined();
  listening[Symbol.dispose]();
  await other.close();
});

test("every listener is told, until it is disposed", async () => {
  const other = await openTestStore(home.path, clock);
  const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const one = store.onDidChangeElsewhere(first.resolve);
  let heardByDisposed = 0;
  const disposed = store.onDidChangeElsewhere(() => heardByDisposed++);
  disposed[Symbol.dispose]();
  const two = store.onDidChangeElsewhere(second.resolve);
  // Whatever was asked before a listener is known to the worker came before it, too.
  await store.getSession("none");
  await other.createSession("theirs", summaryWith(), CREATED, me);
  await Promise.all([first.promise, second.promise]);
  expect(heardByDisposed).toBe(0);
  one[Symbol.dispose]();
  two[Symbol.dispose]();
  await other.close();
});

test("whatever is appended is read back exactly", async () => {
  let session = 0;
  const content = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string({ unit: "grapheme" }),
    fc.constant("\n\u2028\u0000\ud800"),
  );
  const draft = fc.oneof(
    fc.tuple(content, content).map(([words, agentId]) => text(words, agentId)),
    fc.dictionary(content, fc.jsonValue()).map(updated),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(draft, { minLength: 1, maxLength: 8 }), { maxLength: 6 }), async (batches) => {
      session += 1;
      const lease = await create(`session_${session}`);
      const sessionId = lease.sessionId;
      const events = eventsFrom(batches.flat(), { sessionId });
      let position = 0;
      const commits = batches.map((batch) => append(lease, events.slice(position, (position += batch.length))));
      await Promise.all(commits);
      const readBack: OrchestratorEvent[] = [];
      for (let page = await store.readEvents(sessionId, 0, 3); page.length > 0;) {
        readBack.push(...page);
        page = await store.readEvents(sessionId, readBack.length, 3);
      }
      // An event is JSON: what JSON cannot tell apart, such as -0 and 0, is the same.
      expect(readBack).toEqual(JSON.parse(JSON.stringify(events)));
    }),
    { numRuns: 100 },
  );
});
