import { expect, test } from "vitest";
import type { EventDraft, OrchestratorEvent } from "../../../../src/core/events/event.ts";
import { SessionFold } from "../../../../src/core/sessions/sessionFold.ts";
import { emptyState, type SessionState } from "../../../../src/core/sessions/sessionState.ts";
import { initialSummary } from "../../../../src/core/sessions/sessionSummary.ts";
import type { SessionSummary } from "../../../../src/core/store/sessionStore.ts";
import { eventsFrom, text, version } from "../store/storeFixtures.ts";
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

const imported: EventDraft = {
  type: "session_imported",
  source: "import",
  from: { sessionId: "theirs", exportedAt: "2026-01-01T00:00:00.000Z", program: "0.1.0" },
  sha256: "aa",
  taint: ["import: theirs"],
};

test("an imported session is bound to no folder, and nothing of it runs here", () => {
  const { state, summary } = foldOf(created(), planned("a"), started("a"), agentStarted("w", "a"), imported);
  expect(summary).toMatchObject({ folders: [], status: "interrupted", agentsRunning: 0, goal: "Write a report" });
  expect(state.workflow).toMatchObject({ status: "interrupted", steps: { a: { status: "interrupted" } } });
  expect(foldOf(created(), workflowCompleted, imported).summary.status).toBe("completed");
  expect(foldOf(created(), imported).summary.status).toBe("created");
});

test("a title and tags are what was given last, whatever becomes of the goal", () => {
  const renamed: EventDraft = { type: "session_renamed", source: "api", title: "Mine" };
  const tagged = (tags: string[]): EventDraft => ({ type: "session_tagged", source: "api", tags });
  const { summary } = foldOf(created("Goal"), renamed, tagged(["a"]), tagged(["b", "c"]), workflowCompleted);
  expect(summary).toMatchObject({ goal: "Goal", title: "Mine", tags: ["b", "c"], status: "completed" });
});
