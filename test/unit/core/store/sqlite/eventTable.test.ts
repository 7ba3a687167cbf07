import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { EventDraft, OrchestratorEvent } from "../../../../../src/core/events/event.ts";
import { DerivedRowsFold } from "../../../../../src/core/sessions/derivedRows.ts";
import { describeThisProcess } from "../../../../../src/core/store/processIdentity.ts";
import type { Lease, LeaseOwner, SessionStore } from "../../../../../src/core/store/sessionStore.ts";
import { FakeClock } from "../../../../support/fakeClock.ts";
import { createTemporaryFolder, type TemporaryFolder } from "../../../../support/temporaryFolder.ts";
import {
  WITHOUT_FOLDERS,
  eventsFrom,
  openTestStore,
  sample,
  summaryWith,
  text,
  updated,
  version,
} from "../storeFixtures.ts";

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
    { versionId: "v1", seq: 2, reason: "step", stepId: null, createdAt: events[1]?.timestamp, ...WITHOUT_FOLDERS },
    {
      versionId: "v2",
      seq: 3,
      reason: "step",
      stepId: "research",
      createdAt: events[2]?.timestamp,
      ...WITHOUT_FOLDERS,
    },
  ]);
});

test("what becomes of a version's folders is told with it, and is the same when it is derived again", async () => {
  const captured = {
    manifest: "m1",
    files: 3,
    bytes: 30,
    leftOut: { size: 0, ignored: 0, secret: 0, unreadable: 0, special: 0 },
  };
  const events = eventsFrom(
    [
      version("v1"),
      { ...version("v2"), manifest: "m2", files: 2, label: "before lunch" } as EventDraft,
      { type: "snapshot_captured", source: "snapshots", versionId: "v1", ...captured },
      { type: "snapshot_pinned", source: "user", versionId: "v1", pinned: true },
      { type: "snapshots_removed", source: "user", versionIds: ["v2", "v9"], reason: "user" },
    ],
    { sessionId: "one" },
  );
  await append(await create("one"), events);
  const expected = [
    { versionId: "v1", manifest: "m1", files: null, label: null, isPinned: true, isRemoved: false },
    { versionId: "v2", manifest: null, files: 2, label: "before lunch", isPinned: false, isRemoved: true },
  ];
  expect(await store.listVersions("one")).toMatchObject(expected);
  const derived = new DerivedRowsFold();
  for (const event of events) derived.apply(event);
  expect(await store.listVersions("one")).toEqual(derived.rows().versions);
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

test("a fold reads past the text, but not past what charts are made of", async () => {
  const lease = await create("one");
  const drafts = [text("a"), updated({ a: 1 }), text("b"), sample(5), updated({ b: 2 })];
  const events = eventsFrom(drafts, { sessionId: "one" });
  await append(lease, events);
  expect(await store.readEvents("one", 0, 1, { withoutText: true })).toEqual([events[1]]);
  expect(await store.readEvents("one", 2, 9, { withoutText: true })).toEqual([events[3], events[4]]);
});

test.each([
  ["text", text("hello")],
  ["a sample", sample(5)],
])("%s moves the end of the log and nothing else", async (_, draft) => {
  const lease = await create("one");
  const events = eventsFrom([draft], { sessionId: "one" });
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
