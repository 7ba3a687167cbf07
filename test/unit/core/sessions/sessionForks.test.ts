import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { EventDraft, OrchestratorEvent } from "../../../../src/core/events/event.ts";
import { SessionForks } from "../../../../src/core/sessions/sessionForks.ts";
import { describeThisProcess } from "../../../../src/core/store/processIdentity.ts";
import { silentLogger, text, updated, version } from "../store/storeFixtures.ts";
import {
  agentCompleted,
  agentFailed,
  agentStarted,
  completed,
  created,
  failed,
  interrupted,
  planned,
  resumed,
  revised,
  skipped,
  started,
  used,
  workflowCompleted,
} from "./sessionEvents.ts";
import { startSessionHost, type SessionHost } from "./sessionHost.ts";

const FOLDERS = [{ name: "app", path: "/elsewhere" }];
const NOTHING_LEFT_OUT = { size: 0, ignored: 0, secret: 0, unreadable: 0, special: 0 };

let host: SessionHost;
let forks: SessionForks;
beforeEach(async () => {
  host = await startSessionHost();
  const { store, clock, sessions, home } = host;
  const owner = await describeThisProcess({ home: home.path, host: "terminal" });
  forks = new SessionForks({ store, clock, sessions, owner, logger: silentLogger });
});
afterEach(() => host[Symbol.asyncDispose]());

function captured(versionId: string, manifest: string): EventDraft {
  return { type: "snapshot_captured", source: "t", versionId, manifest, files: 1, bytes: 2, leftOut: NOTHING_LEFT_OUT };
}

const WHOLE = [
  created(),
  version("v1"),
  planned("a", "b"),
  started("a"),
  agentStarted("writer_a", "a"),
  text("I write.", "writer_a"),
  used("writer_a", 5, 0.25),
  completed("a"),
  version("v2", "a"),
  started("b"),
  agentStarted("writer_b", "b"),
  text("Half a sen", "writer_b"),
  version("v3"),
  completed("b"),
  workflowCompleted,
];

function withoutIds({ id: _id, epoch: _epoch, sessionId: _sessionId, ...event }: OrchestratorEvent): object {
  return event;
}

describe("a fork", () => {
  test("is the parent's log up to the version, and from there a session of its own", async () => {
    const parent = await host.has("one", ...WHOLE);
    const fork = { parentSessionId: "one", parentVersionId: "v2", sessionId: "two", folders: FOLDERS };
    expect(await forks.write({ ...fork, prompt: "Be brief.", model: "m" })).toEqual({
      sessionId: "two",
      forkedSeq: 10,
    });
    const events = await host.events("two");
    expect(events.slice(0, 9).map(withoutIds)).toEqual(parent.slice(0, 9).map(withoutIds));
    expect(events.map(({ seq, epoch, id, sessionId }) => ({ seq, epoch, id, sessionId }))).toEqual(
      events.map((_, index) => ({ seq: index + 1, epoch: 1, id: `evt_1_${index + 1}`, sessionId: "two" })),
    );
    expect(events.slice(9)).toMatchObject([
      {
        type: "session_forked",
        parentSessionId: "one",
        parentVersionId: "v2",
        prompt: "Be brief.",
        model: "m",
        folders: FOLDERS,
      },
    ]);
    expect(await host.sessions.getSession("two")).toMatchObject({
      parent: { sessionId: "one", versionId: "v2" },
      status: "interrupted",
      owner: null,
      goal: "Write a report",
      folders: FOLDERS,
      stepsTotal: 2,
      stepsCompleted: 1,
      agentsRunning: 0,
      versions: 2,
      costUsd: 0,
      inputTokens: 0,
      outputTokens: 0,
    });
    expect(await host.sessions.getSession("one")).toMatchObject({
      parent: null,
      costUsd: 0.25,
      lastSeq: parent.length,
    });
  });

  test("with a goal of its own has no plan and no steps yet, and is called after its goal", async () => {
    await host.has("one", ...WHOLE);
    const fork = { parentSessionId: "one", parentVersionId: "latest", sessionId: "two", folders: FOLDERS };
    await forks.write({ ...fork, goal: "Translate it" });
    const { workflow, agents } = await host.sessions.getActiveSession("two");
    expect(workflow).toEqual({
      goal: "Translate it",
      status: "interrupted",
      step: null,
      lastCompletedStep: null,
      steps: {},
    });
    expect(agents["writer_b"]).toMatchObject({ status: "interrupted" });
    expect(await host.sessions.getSession("two")).toMatchObject({
      parent: { sessionId: "one", versionId: "v3" },
      title: "Translate it",
      goal: "Translate it",
      stepsTotal: 0,
      stepsCompleted: 0,
    });
  });

  test("can be told apart by the doctor from nothing: what is derived is what its log says", async () => {
    await host.has("one", ...WHOLE);
    await forks.write({ parentSessionId: "one", parentVersionId: "v2", sessionId: "two", goal: "x", folders: FOLDERS });
    const before = await host.sessions.getSession("two");
    await host.sessions.rebuildDerived("two");
    expect(await host.sessions.getSession("two")).toEqual(before);
  });

  test("knows of the folders of its versions what the parent found out later", async () => {
    const later = [captured("v1", "m1"), captured("v3", "m3"), { ...captured("v2", "m2") }];
    const removed: EventDraft = { type: "snapshots_removed", source: "t", versionIds: ["v2", "v3"], reason: "quota" };
    await host.has("one", ...WHOLE, ...later, removed);
    await forks.write({ parentSessionId: "one", parentVersionId: "v2", sessionId: "two", folders: FOLDERS });
    expect(await host.sessions.listVersions("two")).toMatchObject([
      { versionId: "v1", manifest: "m1", isRemoved: false },
      { versionId: "v2", manifest: null, isRemoved: true },
    ]);
    const parent = await host.sessions.listVersions("one");
    expect(await host.sessions.listVersions("two")).toEqual(parent.slice(0, 2));
  });

  test("takes no process of the parent along, which whoever goes on with it would end", async () => {
    const call: EventDraft = {
      ...{ type: "tool_started", source: "writer_b", agentId: "writer_b", toolUseId: "t1", tool: "bash" },
      ...{ processGroup: 4711, processStartedAt: "1" },
    };
    await host.has("one", created(), version("v1"), call, version("v2"));
    await forks.write({ parentSessionId: "one", parentVersionId: "v2", sessionId: "two", folders: FOLDERS });
    const copied = (await host.events("two")).find(({ type }) => type === "tool_started");
    expect(copied).toMatchObject({ toolUseId: "t1", tool: "bash" });
    expect(copied).not.toHaveProperty("processGroup");
    expect(copied).not.toHaveProperty("processStartedAt");
  });

  test("of a session that runs holds what was committed, and the parent goes on", async () => {
    const writer = await host.sessions.create({ sessionId: "one", goal: "Write a report", folders: FOLDERS });
    await host.commit(writer, ...WHOLE.slice(0, 10));
    await forks.write({ parentSessionId: "one", parentVersionId: "v2", sessionId: "two", folders: FOLDERS });
    await host.commit(writer, ...WHOLE.slice(10));
    await writer.close();
    expect(await host.events("one")).toHaveLength(WHOLE.length);
    expect(await host.events("two")).toHaveLength(10);
  });

  test("of a fork names the fork", async () => {
    await host.has("one", ...WHOLE);
    await forks.write({ parentSessionId: "one", parentVersionId: "v2", sessionId: "two", folders: FOLDERS });
    await forks.write({ parentSessionId: "two", parentVersionId: "v1", sessionId: "three", folders: FOLDERS });
    expect(await host.sessions.getSession("three")).toMatchObject({ parent: { sessionId: "two", versionId: "v1" } });
    await host.sessions.deleteSession("one");
    expect(await host.events("two")).toHaveLength(10);
  });

  test.each([
    ["session.unknown", { parentSessionId: "ona", parentVersionId: "v1" }, { id: "ona", nearest: "one" }],
    ["session.invalidId", { parentSessionId: "../one", parentVersionId: "v1" }, { id: "../one" }],
    ["version.unknown", { parentSessionId: "one", parentVersionId: "v9" }, { id: "one", version: "v9" }],
    ["session.exists", { parentSessionId: "one", parentVersionId: "v1", sessionId: "other" }, { id: "other" }],
    ["session.invalidId", { parentSessionId: "one", parentVersionId: "v1", sessionId: "a/b" }, { id: "a/b" }],
  ])("is refused as %s, and nothing is there then", async (code, draft, params) => {
    await host.has("one", ...WHOLE);
    await host.has("other", created());
    await expect(forks.write({ ...draft, folders: FOLDERS })).rejects.toMatchObject({
      code,
      params: expect.objectContaining(params) as unknown,
    });
    const left = await host.sessions.listSessions({ limit: 10 });
    expect(left.map(({ sessionId }) => sessionId).toSorted()).toEqual(["one", "other"]);
    expect(await host.store.removeLeftovers()).toBe(0);
  });

  test("of a parent that is deleted meanwhile is none", async () => {
    await host.has("one", ...WHOLE);
    const { store, clock, sessions, home } = host;
    const owner = await describeThisProcess({ home: home.path, host: "terminal" });
    const getVersion: typeof sessions.getVersion = async (...asked) => {
      const found = await sessions.getVersion(...asked);
      await sessions.deleteSession("one");
      return found;
    };
    const late = new SessionForks({
      ...{ store, clock, owner, logger: silentLogger },
      sessions: {
        getVersion,
        getSession: (id) => sessions.getSession(id),
        readEvents: (...asked) => sessions.readEvents(...asked),
      },
    });
    await expect(late.write({ parentSessionId: "one", parentVersionId: "v2", folders: FOLDERS })).rejects.toMatchObject(
      { code: "session.unknown" },
    );
    expect(await sessions.listSessions({ limit: 10 })).toEqual([]);
    expect(await store.removeLeftovers()).toBe(0);
  });
});

const steps = fc.constantFrom("a", "b", "c");
const drafts = fc.oneof(
  steps.map((id) => planned(id, "b")),
  steps.map((id) => revised("Because.", id, "a")),
  fc.tuple(steps, fc.integer({ min: 1, max: 3 })).map(([id, attempt]) => started(id, attempt)),
  steps.map((id) => completed(id)),
  steps.map((id) => failed(id)),
  steps.map((id) => skipped(id)),
  steps.map((id) => agentStarted(`writer_${id}`, id)),
  steps.map((id) => agentCompleted(`writer_${id}`)),
  steps.map((id) => agentFailed(`writer_${id}`)),
  steps.map((id): EventDraft => ({ type: "steps_reset", source: "t", stepIds: [id] })),
  fc.tuple(fc.option(steps), fc.nat(50)).map(([id, tokens]) => used(id ? `writer_${id}` : undefined, tokens, 0.1)),
  fc.jsonValue().map((value) => updated({ mine: value })),
  fc.string().map((words) => text(words)),
  fc.constantFrom(interrupted, resumed, workflowCompleted),
  fc.constant("version" as const),
);

test("a fork of any version adds up to what the parent was at that version", async () => {
  let number = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(drafts, { maxLength: 40 }), fc.nat(), async (given, chosen) => {
      number += 1;
      let versions = 1;
      const events = given.map((draft) => (draft === "version" ? version(`v${(versions += 1)}`) : draft));
      await host.has(`parent_${number}`, created(), version("v1"), ...events);
      const versionId = `v${(chosen % versions) + 1}`;
      const fork = { parentSessionId: `parent_${number}`, parentVersionId: versionId, sessionId: `fork_${number}` };
      await forks.write({ ...fork, folders: FOLDERS });
      const of = (sessionId: string) => host.sessions.resumeSession({ sessionId, versionId });
      expect(await of(`fork_${number}`)).toEqual(await of(`parent_${number}`));
      // From there on only what ran has stopped.
      const then = await of(`parent_${number}`);
      const now = await host.sessions.getActiveSession(`fork_${number}`);
      expect(now.workflow.plan).toEqual(then.workflow.plan);
      expect(now["mine"]).toEqual(then["mine"]);
      for (const [id, { status }] of Object.entries(then.workflow.steps))
        expect(now.workflow.steps[id]?.status).toBe(status === "running" ? "interrupted" : status);
    }),
    { numRuns: 60 },
  );
});
