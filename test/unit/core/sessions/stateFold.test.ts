import fc from "fast-check";
import { expect, test } from "vitest";
import type { EventDraft, OrchestratorEvent } from "../../../../src/core/events/event.ts";
import { SessionFold } from "../../../../src/core/sessions/sessionFold.ts";
import { emptyState, type SessionState } from "../../../../src/core/sessions/sessionState.ts";
import { initialSummary } from "../../../../src/core/sessions/sessionSummary.ts";
import { foldState, StateFold } from "../../../../src/core/sessions/stateFold.ts";
import type { SessionSummary } from "../../../../src/core/store/sessionStore.ts";
import { eventsFrom, text, updated, version } from "../store/storeFixtures.ts";
import {
  agentCompleted,
  agentFailed,
  agentStarted,
  completed,
  created,
  failed,
  interrupted,
  leaseTaken,
  planned,
  resumed,
  revised,
  skipped,
  started,
  used,
  workflowCompleted,
  workflowFailed,
} from "./sessionEvents.ts";

function numbered(drafts: readonly EventDraft[]): OrchestratorEvent[] {
  return eventsFrom(drafts, { sessionId: "one" });
}

function newFold(): SessionFold {
  return new SessionFold({ summary: initialSummary({ goal: "", folders: [] }), state: emptyState(), seq: 0 });
}

function foldOf(...drafts: readonly EventDraft[]): { state: SessionState; summary: SessionSummary } {
  const fold = newFold();
  for (const event of numbered(drafts)) fold.apply(event);
  return { state: fold.state, summary: fold.summary };
}

test("a user's own keys are kept, and merged by patches", () => {
  const { state } = foldOf(
    created("goal", { workflow: { step: 1 }, notes: { tone: "dry", list: [1, 2] }, history: [{ mine: true }] }),
    updated({ workflow: { step: 2 }, notes: { list: [3], more: null } }),
  );
  expect(state).toMatchObject({ workflow: { goal: "goal", step: 2 }, notes: { tone: "dry", list: [3], more: null } });
  expect(state.history).toEqual([{ mine: true }]);
});

test("a patch cannot take away the shape that events fold into", () => {
  const nonsense = { workflow: 1, agents: [1], history: "none" };
  const deeper = { workflow: { steps: [], goal: "patched" }, agents: { a: 1, b: {} } };
  const { state } = foldOf(created(), planned("a"), updated(nonsense), updated(deeper), started("a"), used("b", 5, 1));
  expect(state.workflow).toMatchObject({ goal: "patched", steps: { a: { status: "running" } } });
  expect(Object.keys(state.agents)).toEqual(["b"]);
  expect(state.agents["b"]).toMatchObject({ usage: { inputTokens: 5 }, costUsd: 1 });
});

test("a patch counts as the store will give it back", () => {
  const fresh = updated({ gone: undefined, when: new Date(0), minus: -0, workflow: { step: undefined } });
  const readBack = JSON.parse(JSON.stringify(fresh)) as EventDraft;
  const before = [created("goal", { gone: 1 }), started("a")];
  expect(foldOf(...before, fresh).state).toStrictEqual(foldOf(...before, readBack).state);
});

test("a patch is no way to the prototype of objects", () => {
  const hostile = JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}') as Record<
    string,
    unknown
  >;
  const { state } = foldOf(
    created(),
    updated(hostile),
    planned("__proto__", "constructor"),
    started("__proto__"),
    completed("constructor"),
  );
  expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  expect(Object.keys(state.workflow.steps)).toEqual(["__proto__", "constructor"]);
  expect(Object.getPrototypeOf(state.workflow.steps)).toBe(Object.prototype);
});

test("neither events nor the state given to a fold are changed by it", () => {
  const patch = { notes: { a: { b: 1 } }, workflow: { steps: { mine: { title: "Mine" } } } };
  const events = numbered([created(), updated(patch), updated({ notes: { a: { c: 2 } } }), started("mine")]);
  const before = structuredClone(events);
  const state = foldState(emptyState(), events);
  const kept = structuredClone(state);
  const next = foldState(state, [
    ...eventsFrom([completed("mine"), updated({ notes: { a: 1 } })], { sessionId: "one", firstSeq: 5 }),
  ]);
  expect(events).toEqual(before);
  expect(state).toEqual(kept);
  expect(next).not.toEqual(state);
});

const id = fc.constantFrom("a", "b", "c", "__proto__", "constructor");
const anyDraft: fc.Arbitrary<EventDraft> = fc.oneof(
  fc.string().map((goal) => created(goal)),
  fc.dictionary(fc.constantFrom("workflow", "agents", "history", "mine", "__proto__"), fc.jsonValue()).map(updated),
  fc
    .tuple(id, fc.dictionary(fc.constantFrom("status", "outputs", "usage", "costUsd", "steps"), fc.jsonValue()))
    .map(([key, entry]) => updated({ workflow: { steps: { [key]: entry } }, agents: { [key]: entry } })),
  fc.array(id).map((ids) => planned(...new Set(ids))),
  fc.array(id).map((ids) => revised("because", ...new Set(ids))),
  fc.tuple(id, fc.constantFrom(started, completed, failed, skipped)).map(([step, draft]) => draft(step)),
  fc.tuple(id, id).map(([agent, step]) => agentStarted(agent, step)),
  fc.tuple(id, fc.constantFrom(agentCompleted, agentFailed, text)).map(([agent, draft]) => draft(agent)),
  fc
    .tuple(fc.option(id, { nil: undefined }), fc.nat(), fc.option(fc.nat()))
    .map(([agent, tokens, cost]) => used(agent, tokens, cost)),
  fc.nat().map((number) => version(`v${number}`)),
  fc.constantFrom(leaseTaken, resumed, workflowCompleted, workflowFailed, interrupted),
);

test("folding in two halves, through the text of a checkpoint, is folding at once", () => {
  fc.assert(
    fc.property(fc.array(anyDraft, { maxLength: 40 }), fc.nat(40), (drafts, cut) => {
      const events = numbered(drafts);
      const whole = newFold();
      for (const event of events) whole.apply(event);

      const first = newFold();
      for (const event of events.slice(0, cut)) first.apply(event);
      const start = {
        summary: first.summary,
        state: JSON.parse(first.toCheckpoint()) as SessionState,
        seq: Math.min(cut, events.length),
      };
      const second = new SessionFold(start);
      for (const event of events) second.apply(event);

      expect(second.toCheckpoint()).toBe(whole.toCheckpoint());
      expect(second.summary).toEqual(whole.summary);
    }),
    { numRuns: 500 },
  );
});

test("the counts are those of the state, whatever happened", () => {
  fc.assert(
    fc.property(fc.array(anyDraft, { maxLength: 40 }), (drafts) => {
      const fold = new StateFold();
      for (const event of numbered(drafts)) fold.apply(event);
      expect(fold.digest).toEqual(new StateFold(fold.state).digest);
    }),
    { numRuns: 500 },
  );
});

test("steps that are to run again are pending, and the last completed one is one that is kept", () => {
  const { state, summary } = foldOf(
    created(),
    planned("a", "b", "c"),
    started("a"),
    completed("a"),
    started("b"),
    completed("b"),
    started("c"),
    completed("c"),
    { type: "steps_reset", source: "test", stepIds: ["b", "c"] },
  );
  expect(state.workflow.steps["b"]).toEqual({
    status: "pending",
    title: "Do b",
    agentId: null,
    attempt: 1,
    agentType: "writer",
    outputs: [],
  });
  expect(state.workflow.lastCompletedStep).toBe("a");
  expect(summary).toMatchObject({ stepsCompleted: 1, lastCompletedStep: "a" });
});

test("a session that goes on in other folders has those", () => {
  const folders = [{ name: "app", path: "/moved/app" }];
  expect(foldOf(created(), { ...resumed, folders } as EventDraft).summary.folders).toEqual(folders);
  expect(foldOf(created(), resumed).summary.folders).toEqual([{ name: "app", path: "/app" }]);
});
