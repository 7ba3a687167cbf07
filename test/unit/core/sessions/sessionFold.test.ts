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
  planOf,
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

function at(seq: number): string {
  return new Date(Date.UTC(2026, 0, 1) + seq * 1_000).toISOString();
}

test("a new session has its goal and nothing else", () => {
  const { state, summary } = foldOf(created("Write a report"));
  expect(state).toEqual({
    workflow: { goal: "Write a report", status: "created", step: null, lastCompletedStep: null, steps: {} },
    agents: {},
    history: [],
  });
  expect(summary).toEqual(initialSummary({ goal: "Write a report", folders: [{ name: "app", path: "/app" }] }));
});

test("a goal carried out becomes its steps, its agents and its history", () => {
  const { state, summary } = foldOf(
    created(),
    agentStarted("planner_1", undefined, "planner"),
    used("planner_1", 100, 0.25),
    agentCompleted("planner_1"),
    planned("look", "write"),
    started("look"),
    agentStarted("writer_look", "look"),
    text("I look."),
    used("writer_look", 40, 0.5),
    used("writer_look", 2, 0.25),
    agentCompleted("writer_look"),
    completed("look"),
    version("v1", "look"),
    started("write"),
  );
  expect(state.workflow).toEqual({
    goal: "Write a report",
    status: "running",
    step: "write",
    lastCompletedStep: "look",
    plan: planOf("look", "write"),
    steps: {
      look: {
        status: "completed",
        title: "Do look",
        agentId: "writer_look",
        agentType: "writer",
        attempt: 1,
        result: "look is done",
        outputs: ["look.md"],
        startedAt: at(6),
        endedAt: at(12),
      },
      write: {
        status: "running",
        title: "Do write",
        agentId: null,
        agentType: "writer",
        attempt: 1,
        outputs: [],
        startedAt: at(14),
      },
    },
  });
  expect(state.agents["writer_look"]).toEqual({
    type: "writer",
    stepId: "look",
    status: "completed",
    model: "demo",
    usage: { inputTokens: 42, outputTokens: 20, cacheReadTokens: 6, cacheWriteTokens: 4 },
    costUsd: 0.75,
    outputs: ["a.md"],
    startedAt: at(7),
    endedAt: at(11),
  });
  expect(state.history).toEqual([
    { seq: 5, timestamp: at(5), type: "plan_created", text: "A plan" },
    { seq: 6, timestamp: at(6), type: "step_started", stepId: "look", text: "Do look" },
    { seq: 12, timestamp: at(12), type: "step_completed", stepId: "look", text: "Do look" },
    { seq: 14, timestamp: at(14), type: "step_started", stepId: "write", text: "Do write" },
  ]);
  expect(summary).toMatchObject({
    status: "running",
    stepsTotal: 2,
    stepsCompleted: 1,
    agentsRunning: 0,
    costUsd: 1,
    costIsPartial: false,
    inputTokens: 142 + 3 * 5,
    outputTokens: 30,
    lastCompletedStep: "look",
    versions: 1,
  });
});

test("a failed and a skipped step say why", () => {
  const { state, summary } = foldOf(
    created(),
    planned("a", "b"),
    started("a"),
    failed("a"),
    skipped("b"),
    workflowFailed,
  );
  expect(state.workflow.steps["a"]).toMatchObject({
    status: "failed",
    agentId: "writer_a",
    error: { code: "internal" },
  });
  expect(state.workflow.steps["b"]).toMatchObject({ status: "skipped", reason: "step.dependencyFailed" });
  expect(state.workflow).toMatchObject({ status: "failed", summary: "Done.", error: { code: "internal" } });
  expect(summary).toMatchObject({ status: "failed", stepsTotal: 2, stepsCompleted: 0 });
});

test("a step that is tried again leaves its failure behind", () => {
  const { state } = foldOf(planned("a"), started("a"), failed("a"), started("a", 2), agentStarted("again", "a"));
  expect(state.workflow.steps["a"]).toEqual({
    status: "running",
    title: "Do a",
    agentId: "again",
    agentType: "writer",
    attempt: 2,
    outputs: [],
    startedAt: at(4),
  });
});

test("a step that is completed twice counts once", () => {
  const { summary } = foldOf(planned("a", "b"), started("a"), completed("a"), started("a", 2), completed("a", 2));
  expect(summary).toMatchObject({ stepsTotal: 2, stepsCompleted: 1 });
});

test("a revised plan keeps what was done and forgets what never began", () => {
  const { state, summary } = foldOf(
    planned("a", "b", "c"),
    started("a"),
    completed("a"),
    revised("too much", "b", "d"),
  );
  expect(Object.entries(state.workflow.steps).map(([id, step]) => [id, step.status])).toEqual([
    ["a", "completed"],
    ["b", "pending"],
    ["d", "pending"],
  ]);
  expect(state.history.at(-1)).toMatchObject({ type: "plan_revised", text: "too much" });
  expect(summary).toMatchObject({ stepsTotal: 3, stepsCompleted: 1 });
});

test("agents are counted while they run, however often one begins anew", () => {
  const begun = [created(), agentStarted("a"), agentStarted("b"), agentStarted("a")];
  expect(foldOf(...begun).summary.agentsRunning).toBe(2);
  expect(foldOf(...begun, agentFailed("a"), agentFailed("a")).summary.agentsRunning).toBe(1);
});

test.each([
  ["its end", workflowCompleted],
  ["its failure", workflowFailed],
  ["its interruption", interrupted],
  ["a new owner", leaseTaken],
  ["its resumption", resumed],
])("nothing runs across %s", (_name, event) => {
  const { state, summary } = foldOf(created(), planned("a"), started("a"), agentStarted("writer_a", "a"), event);
  expect(state.workflow.steps["a"]?.status).toBe("interrupted");
  expect(state.agents["writer_a"]?.status).toBe("interrupted");
  expect(summary.agentsRunning).toBe(0);
});

test("the status is what the log says, from the plan to the end and back", () => {
  const statuses = [
    created(),
    agentStarted("planner_1", undefined, "planner"),
    interrupted,
    resumed,
    planned("a"),
    interrupted,
    resumed,
    workflowFailed,
    resumed,
    workflowCompleted,
    agentCompleted("late"),
  ];
  const fold = newFold();
  const seen = numbered(statuses).map((event) => {
    fold.apply(event);
    expect(fold.state.workflow.status).toBe(fold.summary.status);
    return fold.summary.status;
  });
  const [plan, run, stop] = ["planning", "running", "interrupted"];
  expect(seen).toEqual(["created", plan, stop, plan, run, stop, run, "failed", run, "completed", "completed"]);
});

test("agents without a plan are a running session", () => {
  expect(foldOf(created(), agentStarted("a")).summary.status).toBe("running");
});

test("a request of unknown price makes the cost a part of it", () => {
  const { summary } = foldOf(used("a", 1, 0.5), used(undefined, 1, null), used("a", 1, 0.25));
  expect(summary).toMatchObject({ costUsd: 0.75, costIsPartial: true });
});

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

test("an event that was folded before changes nothing", () => {
  const fold = newFold();
  const events = numbered([created(), used("a", 1, 1), version("v1")]);
  for (const event of [...events, ...events]) fold.apply(event);
  expect(fold.summary).toMatchObject({ costUsd: 1, versions: 1 });
});

test("a title is the goal's first line, short enough for a list", () => {
  const titleOf = (goal: string): string => initialSummary({ goal, folders: [] }).title;
  expect(titleOf("\n  Write a report\nwith three parts")).toBe("Write a report");
  expect([...titleOf("😀".repeat(200))]).toHaveLength(80);
  expect(titleOf("😀".repeat(200))).toMatch(/^(😀)+…$/u);
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
      expect(fold.counts).toEqual(new StateFold(fold.state).counts);
    }),
    { numRuns: 500 },
  );
});
