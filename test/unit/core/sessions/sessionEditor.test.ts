import fc from "fast-check";
import { expect, test } from "vitest";
import { emptyState } from "../../../../src/core/sessions/sessionState.ts";
import { startRemote } from "../store/remoteProcess.ts";
import { updated } from "../store/storeFixtures.ts";
import { agentStarted, completed, created, planned, started } from "./sessionEvents.ts";
import { startSessionHost } from "./sessionHost.ts";

test("a session holds the state it was created with, as its first version", async () => {
  await using host = await startSessionHost();
  const initialState = {
    workflow: { goal: "Research AI trends", phase: "outline" },
    agents: { researcher: { model: "m" } },
    history: ["begun"],
    notes: { tone: "dry" },
  };
  expect(await host.sessions.createSession({ sessionId: "mine", initialState })).toBe("v1");
  expect(await host.sessions.resumeSession({ sessionId: "mine" })).toMatchObject(initialState);
  expect(await host.sessions.resumeSession({ sessionId: "mine", versionId: "v1" })).toMatchObject(initialState);
  expect(await host.sessions.getSession("mine")).toMatchObject({
    goal: "Research AI trends",
    title: "Research AI trends",
    status: "created",
    effectiveStatus: "created",
    owner: null,
    versions: 1,
    folders: [],
  });
  expect((await host.sessions.listVersions("mine")).map(({ versionId }) => versionId)).toEqual(["v1"]);
});

test("a session needs neither id nor state", async () => {
  await using host = await startSessionHost();
  expect(await host.sessions.createSession()).toBe("v1");
  const [row] = await host.sessions.listSessions({ limit: 2 });
  expect(row).toMatchObject({ sessionId: "session_1", goal: "" });
  expect(await host.sessions.getActiveSession("session_1")).toEqual(emptyState());
});

test("an id that exists, and one that cannot be, are refused and change nothing", async () => {
  await using host = await startSessionHost();
  await host.sessions.createSession({ sessionId: "mine", initialState: { notes: 1 } });
  await expect(host.sessions.createSession({ sessionId: "mine" })).rejects.toMatchObject({ code: "session.exists" });
  await expect(host.sessions.createSession({ sessionId: "../x" })).rejects.toMatchObject({ code: "session.invalidId" });
  expect(await host.sessions.getActiveSession("mine")).toMatchObject({ notes: 1 });
  expect(await host.sessions.listSessions({ limit: 5 })).toHaveLength(1);
});

const cycle: { self?: unknown } = {};
cycle.self = cycle;

test.each([
  ["a list", [1, 2]],
  ["a text", "state" as unknown as object],
  ["nothing", null as unknown as object],
  ["a function", () => 1],
  ["what has no end", cycle],
  ["what JSON has no word for", { big: 1n }],
  ["what is nested without end", JSON.parse(`{"a":${"[".repeat(600)}${"]".repeat(600)}}`) as object],
  ["more than one event can hold", { text: "x".repeat(17 * 1024 * 1024) }],
])("%s is no state", async (_, state) => {
  await using host = await startSessionHost();
  await host.sessions.createSession({ sessionId: "mine" });
  const refused = { code: "session.invalidState" };
  await expect(host.sessions.createSession({ initialState: state })).rejects.toMatchObject(refused);
  await expect(host.sessions.updateSession({ sessionId: "mine", updates: state })).rejects.toMatchObject(refused);
  expect(await host.sessions.listSessions({ limit: 5 })).toHaveLength(1);
});

test("updates are merged key by key, and make a version only when asked", async () => {
  await using host = await startSessionHost();
  const sessionId = "mine";
  await host.sessions.createSession({
    sessionId,
    initialState: { notes: { a: 1, list: [1, 2] }, workflow: { goal: "g" } },
  });
  expect(await host.sessions.updateSession({ sessionId, updates: { notes: { b: 2 } } })).toBe("v1");
  const second = { workflow: { step: 2 }, notes: { list: [3] } };
  expect(await host.sessions.updateSession({ sessionId, updates: second, createSnapshot: true })).toBe("v2");
  expect(await host.sessions.updateSession({ sessionId, updates: { notes: { a: 5 } } })).toBe("v2");

  const at = (versionId: string) => host.sessions.resumeSession({ sessionId, versionId });
  expect((await at("v1"))["notes"]).toEqual({ a: 1, list: [1, 2] });
  expect(await at("v2")).toMatchObject({ workflow: { goal: "g", step: 2 }, notes: { a: 1, b: 2, list: [3] } });
  expect((await at("latest"))["notes"]).toEqual({ a: 5, b: 2, list: [3] });
  expect(await host.sessions.getActiveSession(sessionId)).toEqual(await at("latest"));
});

test("what an update says of goal and status is what the list shows; a word of one's own is kept in the state", async () => {
  await using host = await startSessionHost();
  const sessionId = "mine";
  await host.sessions.createSession({ sessionId, initialState: { workflow: { goal: "One" } } });
  await host.sessions.updateSession({ sessionId, updates: { workflow: { goal: "Two", status: "running" } } });
  expect(await host.sessions.getSession(sessionId)).toMatchObject({ goal: "Two", title: "Two", status: "running" });
  // Nobody ever ran it, so nothing was interrupted.
  expect(await host.sessions.getSession(sessionId)).toMatchObject({ effectiveStatus: "running" });
  await host.sessions.updateSession({ sessionId, updates: { workflow: { status: "waiting for Ann" } } });
  expect(await host.sessions.getSession(sessionId)).toMatchObject({ status: "running" });
  expect((await host.sessions.getActiveSession(sessionId)).workflow.status).toBe("waiting for Ann");
});

test("an unknown version is named with those that are there", async () => {
  await using host = await startSessionHost();
  await host.has("one", created(), { type: "snapshot_created", source: "t", versionId: "v1", reason: "r" });
  await expect(host.sessions.resumeSession({ sessionId: "one", versionId: "v7" })).rejects.toMatchObject({
    code: "version.unknown",
    params: { id: "one", version: "v7", nearest: "v1" },
  });
  await expect(host.sessions.resumeSession({ sessionId: "on" })).rejects.toMatchObject({
    code: "session.unknown",
    params: { nearest: "one" },
  });
});

test("a session that somebody runs is not updated, and the error says who runs it", async () => {
  await using host = await startSessionHost();
  const writer = await host.sessions.create({ sessionId: "one", goal: "g", folders: [] });
  await host.commit(writer, created());
  const running = { code: "session.running", params: { id: "one", owner: `terminal (process ${process.pid})` } };
  await expect(host.sessions.updateSession({ sessionId: "one", updates: {} })).rejects.toMatchObject(running);
  await expect(host.sessions.rename("one", "x")).rejects.toMatchObject(running);
  await expect(host.sessions.setTags("one", ["x"])).rejects.toMatchObject(running);
  expect(await host.events("one")).toHaveLength(1);
  await writer.close();
});

test("an update leaves the session free, in an epoch of its own, and its late owner can write no more", async () => {
  await using host = await startSessionHost();
  const writer = await host.sessions.create({ sessionId: "one", goal: "g", folders: [] });
  await host.commit(writer, created());
  const other = await host.another();
  await other.clock.advance(60_000);
  await other.sessions.updateSession({ sessionId: "one", updates: { a: 1 } });
  expect(await host.sessions.getSession("one")).toMatchObject({ epoch: 2, lastSeq: 2, owner: null });
  await expect(host.commit(writer, updated({ late: true }))).rejects.toMatchObject({ code: "session.fenced" });
  expect((await host.events("one")).map(({ epoch, seq }) => [epoch, seq])).toEqual([
    [1, 1],
    [2, 2],
  ]);
  await writer.close();
});

test("updates at the same time, from here and elsewhere, are all there and each made its version", async () => {
  await using host = await startSessionHost();
  const sessionId = "one";
  await host.sessions.createSession({ sessionId });
  await using remote = await startRemote(new URL("./sessionProcess.ts", import.meta.url), host.home.path);
  const keys = Array.from({ length: 6 }, (_, index) => `key${index}`);
  const versions = await Promise.all([
    ...keys.map((key) => host.sessions.updateSession({ sessionId, updates: { [key]: true }, createSnapshot: true })),
    ...keys.map((key) => remote.call("update", sessionId, { [`remote_${key}`]: true })),
  ]);
  expect(new Set(versions)).toEqual(new Set(versions.map((_, index) => `v${index + 2}`)));
  const state = await host.sessions.getActiveSession(sessionId);
  for (const key of keys) expect(state).toMatchObject({ [key]: true, [`remote_${key}`]: true });
  expect((await host.events(sessionId)).map(({ seq }) => seq)).toEqual(
    Array.from({ length: 26 }, (_, index) => index + 1),
  );
});

test("reading what many updates added up to needs few of them", async () => {
  await using host = await startSessionHost();
  const sessionId = "one";
  await host.sessions.createSession({ sessionId, initialState: { notes: "x".repeat(2_000) } });
  for (let number = 1; number <= 60; number++) await host.sessions.updateSession({ sessionId, updates: { number } });
  const { lastSeq } = await host.sessions.getSession(sessionId);
  const kept = await host.store.readCheckpoint(sessionId);
  expect(lastSeq - (kept?.seq ?? 0)).toBeLessThan(40);
  expect(JSON.parse(kept?.state ?? "")).toEqual(
    await host.sessions.resumeSession({ sessionId, versionId: "latest" }).then((state) => ({
      ...state,
      number: (kept?.seq ?? 0) - 2,
    })),
  );
});

test("the state is what the patches add up to, whatever they are", async () => {
  await using host = await startSessionHost();
  let number = 0;
  const patch = fc.dictionary(fc.constantFrom("a", "b", "__proto__", "notes"), fc.jsonValue(), { maxKeys: 3 });
  await fc.assert(
    fc.asyncProperty(fc.array(patch, { maxLength: 5 }), async (patches) => {
      const sessionId = `session_${(number += 1)}`;
      await host.sessions.createSession({ sessionId });
      for (const updates of patches) await host.sessions.updateSession({ sessionId, updates });
      const events = await host.events(sessionId);
      const writer = await host.sessions.openForWriting(sessionId);
      expect(await host.sessions.getActiveSession(sessionId)).toEqual(writer.state());
      expect(events).toHaveLength(patches.length + 2);
      await writer.close();
    }),
    { numRuns: 30 },
  );
});

test("a title and tags can be given, and are kept when the session goes on", async () => {
  await using host = await startSessionHost();
  await host.has("one", created("A long goal"));
  await host.sessions.rename("one", "  My\nreport ");
  await host.sessions.setTags("one", ["work", " urgent ", "work"]);
  expect(await host.sessions.getSession("one")).toMatchObject({ title: "My report", tags: ["work", "urgent"] });
  const writer = await host.sessions.openForWriting("one");
  await host.commit(writer, planned("a"), updated({ workflow: { goal: "Another goal" } }));
  await writer.close();
  expect(await host.sessions.getSession("one")).toMatchObject({
    title: "My report",
    tags: ["work", "urgent"],
    goal: "Another goal",
  });
  await host.sessions.setTags("one", []);
  expect(await host.sessions.getSession("one")).toMatchObject({ tags: [] });
});

test("a title or tags that fit no list are refused", async () => {
  await using host = await startSessionHost();
  await host.has("one", created());
  for (const title of ["", " \n", "x".repeat(201)]) {
    await expect(host.sessions.rename("one", title)).rejects.toMatchObject({ code: "session.invalidTitle" });
  }
  for (const tags of [[""], ["x".repeat(41)], Array.from({ length: 21 }, (_, index) => `${index}`)]) {
    await expect(host.sessions.setTags("one", tags)).rejects.toMatchObject({ code: "session.invalidTags" });
  }
  await expect(host.sessions.rename("two", "x")).rejects.toMatchObject({ code: "session.unknown" });
  expect(await host.events("one")).toHaveLength(1);
});

test("what a process that is gone left running is interrupted in the state, too", async () => {
  await using host = await startSessionHost();
  await host.has(
    "one",
    created(),
    planned("a", "b"),
    started("a"),
    completed("a"),
    started("b"),
    agentStarted("w", "b"),
  );
  const state = await host.sessions.getActiveSession("one");
  expect(state.workflow).toMatchObject({
    status: "interrupted",
    lastCompletedStep: "a",
    steps: { a: { status: "completed" }, b: { status: "interrupted" } },
  });
  expect(state.agents).toMatchObject({ w: { status: "interrupted" } });
  expect(await host.sessions.resumeSession({ sessionId: "one" })).toEqual(state);
});
