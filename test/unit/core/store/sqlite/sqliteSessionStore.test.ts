import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { OrchestratorEvent } from "../../../../../src/core/events/event.ts";
import { describeThisProcess } from "../../../../../src/core/store/processIdentity.ts";
import type { Lease, LeaseOwner, SessionStore } from "../../../../../src/core/store/sessionStore.ts";
import { FakeClock } from "../../../../support/fakeClock.ts";
import { createTemporaryFolder, type TemporaryFolder } from "../../../../support/temporaryFolder.ts";
import { ELSEWHERE, eventsFrom, openTestStore, summaryWith, text, updated } from "../storeFixtures.ts";

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
