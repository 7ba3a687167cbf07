import { expect, test } from "vitest";
import type { OrchestratorEvent } from "../../../src/core/events/event.ts";
import { EMPTY_VIEW, foldEvent } from "../../../src/cli/viewModel.ts";
import type { RunView } from "../../../src/cli/viewModel.ts";
import { EventFactory, stepFields } from "./eventFactory.ts";

function fold(...events: OrchestratorEvent[]): RunView {
  return events.reduce(foldEvent, EMPTY_VIEW);
}

test("a run goes from planning over its steps to its result", () => {
  const make = new EventFactory();
  const started = [make.created("A goal"), make.agentStarted("planner_1")];
  expect(fold(...started)).toMatchObject({
    sessionId: "session_1",
    goal: "A goal",
    status: "planning",
    startedAt: 1000,
  });

  const running = [...started, make.planned("a", "b<a"), make.stepStarted("a"), make.agentStarted("writer_1", "a")];
  expect(fold(...running)).toMatchObject({
    status: "running",
    steps: [{ state: "running" }, { state: "waiting", dependsOn: ["a"] }],
  });

  const ended = [...running, make.stepCompleted("a", "writer_1", ["a.md"]), make.completed("All done", ["a.md"])];
  expect(fold(...ended)).toMatchObject({
    status: "completed",
    summary: "All done",
    outputs: ["a.md"],
    steps: [{ state: "completed", outputs: ["a.md"], startedAt: 4000, endedAt: 6000 }, { state: "waiting" }],
  });
});

test("an agent shows the call under way and the end of its text", () => {
  const make = new EventFactory();
  const call = { agentId: "writer_1", toolUseId: "call_1", tool: "read" };
  const during = [
    make.created("A goal"),
    make.agentStarted("writer_1"),
    make.text("writer_1", "I look"),
    make.text("writer_1", " into it"),
    make.event("tool_use", { ...call, input: { file_path: "README.md" } }),
  ];
  expect(fold(...during).agents).toMatchObject([
    { text: "I look into it", tool: { name: "read", subject: "README.md" } },
  ]);
  const after = fold(...during, make.event("tool_result", { ...call, isError: false, content: "", effects: [] }));
  expect(after.agents[0]).not.toHaveProperty("tool");
});

test("the text kept of an agent is bounded", () => {
  const make = new EventFactory();
  const chunks = Array.from({ length: 100 }, (_, index) => make.text("writer_1", `${index} `.repeat(50)));
  const view = fold(make.agentStarted("writer_1"), ...chunks);
  expect(view.agents[0]?.text.length).toBe(2000);
  expect(view.agents[0]?.text.endsWith("99 ")).toBe(true);
});

test("a question is a state until it is answered", () => {
  const make = new EventFactory();
  const question = { agentId: "writer_1", approvalId: "approval_1" };
  const asked = [
    make.agentStarted("writer_1"),
    make.event("approval_requested", { ...question, tool: "bash", input: {}, reason: "approval.rule" }),
  ];
  expect(fold(...asked).agents[0]?.state).toBe("asking");
  const answered = make.event("approval_resolved", { ...question, decision: "allow", by: "user" });
  expect(fold(...asked, answered).agents[0]?.state).toBe("running");
});

test("a new attempt is seen until the model writes again", () => {
  const make = new EventFactory();
  const retry = make.event("retry_scheduled", { agentId: "writer_1", delayMs: 500, reason: "model.streamBroken" });
  const view = fold(make.agentStarted("writer_1"), make.text("writer_1", "half"), retry);
  expect(view.agents[0]?.state).toBe("retrying");
  expect(foldEvent(view, make.text("writer_1", "whole")).agents[0]?.state).toBe("running");
});

test("tokens and cost add up, and an unknown price is not taken for zero", () => {
  const make = new EventFactory();
  const view = fold(make.agentStarted("a"), make.used("a", 10, 0.5), make.used("elsewhere", 5, null));
  expect(view).toMatchObject({ costUsd: 0.5, costIsPartial: true, usage: { outputTokens: 15 } });
  expect(view.agents[0]?.usage.outputTokens).toBe(10);
});

test("a failed step and the steps that needed it", () => {
  const make = new EventFactory();
  const error = { code: "agent.failed", params: { detail: "x" }, message: "x" };
  const view = fold(
    make.planned("a", "b<a"),
    make.stepStarted("a"),
    make.event("step_failed", { ...stepFields("a"), error }),
    make.event("step_skipped", { ...stepFields("b"), reason: "step.dependencyFailed", blockedBy: ["a"] }),
    make.failed("agent.failed", { detail: "x" }),
  );
  expect(view).toMatchObject({
    status: "failed",
    error: { code: "agent.failed" },
    steps: [{ state: "failed", error }, { state: "skipped" }],
  });
});

test("an interruption leaves nothing looking as if it still ran", () => {
  const make = new EventFactory();
  const view = fold(
    make.created("A goal"),
    make.planned("a"),
    make.stepStarted("a"),
    make.agentStarted("writer_1", "a"),
    make.event("workflow_interrupted", { lastCompletedStep: null, reason: "workflow.stopped", by: "Ctrl-C" }),
  );
  expect(view).toMatchObject({
    status: "interrupted",
    interruption: { by: "Ctrl-C" },
    steps: [{ state: "stopped" }],
    agents: [{ state: "stopped", endedAt: 5000 }],
  });
  const resumed = foldEvent(view, make.event("workflow_resumed", { lastSeq: 4 }));
  expect(resumed.status).toBe("running");
  expect(resumed).not.toHaveProperty("endedAt");
});

test("a revised plan keeps what its steps had reached", () => {
  const make = new EventFactory();
  const revised = make.planned("a", "c<a");
  if (revised.type !== "plan_created") throw new Error("not a plan");
  const view = fold(
    make.planned("a", "b<a"),
    make.stepStarted("a"),
    make.stepCompleted("a", "writer_1", ["a.md"]),
    make.event("plan_revised", { plan: revised.plan, reason: "changed" }),
  );
  expect(view.steps).toMatchObject([
    { stepId: "a", state: "completed", outputs: ["a.md"] },
    { stepId: "c", state: "waiting" },
  ]);
});

test("kinds that change nothing one sees return the same view", () => {
  const make = new EventFactory();
  const view = fold(make.created("A goal"));
  expect(foldEvent(view, make.event("lease_taken", { owner: "me" }))).toBe(view);
  expect(foldEvent(view, make.text("nobody", "x"))).toBe(view);
});

test("a session whose process was killed goes on with what is done, and the rest still to do", () => {
  const make = new EventFactory();
  const killed = [
    make.created("A goal"),
    make.planned("a", "b<a", "c"),
    make.stepStarted("a"),
    make.agentStarted("writer_1", "a"),
    make.stepCompleted("a", "writer_1", ["a.md"]),
    make.stepStarted("b"),
    make.agentStarted("writer_2", "b"),
    make.event("step_failed", { ...stepFields("c"), error: { code: "agent.failed", params: {}, message: "x" } }),
    make.event("pool_paused", { by: "--pause" }),
  ];
  const folders = [{ name: "app", path: "/moved/app" }];
  const view = fold(...killed, make.event("workflow_resumed", { lastSeq: 9, folders }));
  expect(view).toMatchObject({
    status: "running",
    isPaused: false,
    folders,
    steps: [{ state: "completed", outputs: ["a.md"] }, { state: "waiting" }, { state: "waiting" }],
    agents: [{ agentId: "writer_1" }, { agentId: "writer_2", state: "stopped" }],
  });
  expect(view.steps[2]).not.toHaveProperty("error");
  const on = foldEvent(view, make.event("agent_continued", { agentId: "writer_2", turn: 1 }));
  expect(on.agents[1]).toMatchObject({ state: "running" });
  expect(on.agents[1]).not.toHaveProperty("endedAt");
});

test("the time nobody worked on a session is not counted", () => {
  const make = new EventFactory();
  const stop = make.event("workflow_interrupted", { lastCompletedStep: null, reason: "workflow.stopped", by: "x" });
  const created = make.created("A goal");
  const interrupted = fold({ ...created, timestamp: at(0) }, { ...stop, timestamp: at(60) });
  const resumed = make.event("workflow_resumed", { lastSeq: 2 });
  const view = foldEvent(interrupted, { ...resumed, timestamp: at(1000) });
  expect(view.startedAt).toBe(940_000);
});

function at(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}

test("steps that are to run again are waiting", () => {
  const make = new EventFactory();
  const view = fold(
    make.created("A goal"),
    make.planned("a", "b<a"),
    make.stepStarted("b"),
    make.stepCompleted("b", "writer_1", ["b.md"]),
    make.completed("Old result", ["b.md"]),
    make.event("workflow_resumed", { lastSeq: 5 }),
    make.event("steps_reset", { stepIds: ["b"] }),
  );
  expect(view.steps).toMatchObject([{ state: "waiting" }, { state: "waiting", outputs: [] }]);
  expect(view).toMatchObject({ summary: "", outputs: [] });
});

test("open questions are those nobody has answered", () => {
  const make = new EventFactory();
  const asked = [
    make.created("A goal"),
    make.agentStarted("writer_1"),
    make.event("question_asked", { agentId: "writer_1", questionId: "q", question: "Which?", options: [] }),
  ];
  expect(fold(...asked)).toMatchObject({ questions: [{ id: "q" }], agents: [{ state: "asking" }] });
  const answered = make.event("question_answered", { agentId: "writer_1", questionId: "q", answer: "a", by: "user" });
  expect(fold(...asked, answered)).toMatchObject({ questions: [], agents: [{ state: "running" }] });
  const gone = make.event("workflow_resumed", { lastSeq: 3 });
  expect(fold(...asked, gone).questions).toEqual([]);
});
