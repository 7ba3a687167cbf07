import { expect, test } from "vitest";
import { JsonOutput } from "../../../src/cli/jsonOutput.ts";
import { PlainOutput } from "../../../src/cli/plainOutput.ts";
import { ResultOutput } from "../../../src/cli/resultOutput.ts";
import type { RunOutput } from "../../../src/cli/runOutput.ts";
import { EMPTY_VIEW, foldEvent } from "../../../src/cli/viewModel.ts";
import type { OrchestratorEvent } from "../../../src/core/events/event.ts";
import { ZERO_USAGE } from "../../../src/core/events/event.ts";
import { capturedConsole } from "./captured.ts";
import { EventFactory, stepFields } from "./eventFactory.ts";

async function show(output: RunOutput, events: readonly OrchestratorEvent[]): Promise<void> {
  let view = EMPTY_VIEW;
  for (const event of events) {
    view = foldEvent(view, event);
    await output.event(event, view);
  }
  await output.finish(view);
}

function wholeRun(): OrchestratorEvent[] {
  const make = new EventFactory();
  const call = { agentId: "writer_1", toolUseId: "call_1", tool: "write_md" };
  return [
    make.created("A goal"),
    make.agentStarted("planner_1"),
    make.planned("look", "write<look"),
    make.stepStarted("look"),
    make.agentStarted("writer_1", "look"),
    make.text("writer_1", "First line\nsecond"),
    make.text("planner_1", "A word in between\n"),
    make.text("writer_1", " line"),
    make.event("turn_completed", {
      agentId: "writer_1",
      turn: 1,
      message: { role: "assistant", content: [] },
      stopReason: "tool_use",
      usage: ZERO_USAGE,
    }),
    make.event("tool_use", { ...call, input: { path: "notes.md", content: "x" } }),
    make.event("tool_result", {
      ...call,
      isError: false,
      content: "ok",
      effects: [{ path: "notes.md", change: "created" }],
    }),
    make.event("tool_result", { ...call, isError: true, content: "it is\nnot allowed", effects: [] }),
    make.event("retry_scheduled", { agentId: "writer_1", delayMs: 750, reason: "model.streamBroken" }),
    make.event("approval_requested", {
      agentId: "writer_1",
      approvalId: "a",
      tool: "bash",
      input: { command: "npm test" },
      reason: "approval.rule",
    }),
    make.event("approval_resolved", { agentId: "writer_1", approvalId: "a", decision: "deny", by: "no terminal" }),
    make.text("writer_1", "No line end"),
    make.event("agent_completed", { agentId: "writer_1", result: "done", outputs: ["notes.md"] }),
    make.stepCompleted("look", "writer_1", ["notes.md"]),
    make.event("step_failed", {
      ...stepFields("write"),
      error: { code: "agent.failed", params: {}, message: "it broke" },
    }),
    make.used("writer_1", 1500, 0.02),
    make.completed("All is done.\nReally.", ["notes.md"]),
  ];
}

test("plain lines carry the id of the agent they belong to, also where two write at once", async () => {
  const { console, stdout, stderr } = capturedConsole();
  await show(new PlainOutput(console, ({ message }) => message), wholeRun());
  expect(stderr.text).toBe("");
  expect(stdout.text).toMatchInlineSnapshot(`
    "[orchestrator] session session_1: A goal
    [planner_1] started as planner with model
    [orchestrator] plan: 2 steps
    [orchestrator]   look: Do look (writer)
    [orchestrator]   write: Do write (writer, after look)
    [orchestrator] step look started: Do look
    [writer_1] started as writer with model
    [writer_1] First line
    [planner_1] A word in between
    [writer_1] second line
    [writer_1] → write_md notes.md
    [writer_1] created notes.md
    [writer_1] write_md failed: it is
    [writer_1] tries again in 0.8 s (model.streamBroken)
    [writer_1] asks for a yes: bash npm test
    [writer_1] denied by no terminal
    [writer_1] No line end
    [writer_1] completed
    [orchestrator] step look completed: notes.md
    [orchestrator] step write failed: it broke
    [orchestrator] All is done.
    [orchestrator] Really.
    [orchestrator]
    [orchestrator] Files:
    [orchestrator]   notes.md
    [orchestrator] completed: 1 of 2 steps, 1.5k tokens, $0.02
    "
  `);
});

test("text without line ends is printed before it gets long, and at the end", async () => {
  const { console, stdout } = capturedConsole();
  const make = new EventFactory();
  const chunks = Array.from({ length: 50 }, () => make.text("writer_1", "x".repeat(100)));
  await show(new PlainOutput(console, ({ message }) => message), chunks);
  expect(stdout.text.replaceAll("[writer_1] ", "").replaceAll("\n", "")).toBe("x".repeat(5000));
  expect(stdout.text.endsWith("\n")).toBe(true);
});

test("without streaming only the result is on standard output", async () => {
  const { console, stdout, stderr } = capturedConsole();
  await show(new ResultOutput(console, { progress: false }), wholeRun());
  expect(stdout.text).toBe("All is done.\nReally.\n\nFiles:\n  notes.md\n");
  expect(stderr.text).toBe("");
});

test("progress goes to standard error where somebody watches", async () => {
  const { console, stdout, stderr } = capturedConsole();
  await show(new ResultOutput(console, { progress: true }), wholeRun());
  expect(stderr.text).toBe("Session session_1: planning\n2 steps planned\n● Do look\n✓ Do look\n✗ Do write\n");
  expect(stdout.text).toContain("All is done.");
});

test("a run without a result prints none", async () => {
  const { console, stdout } = capturedConsole();
  await show(new ResultOutput(console, { progress: false }), [new EventFactory().created("A goal")]);
  expect(stdout.text).toBe("");
});

test("with JSON every line is an event, exactly as it was", async () => {
  const { console, stdout, stderr } = capturedConsole();
  const events = wholeRun();
  await show(new JsonOutput(console), events);
  expect(
    stdout.text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as unknown),
  ).toEqual(events);
  expect(stderr.text).toBe("");
});

/** A run that goes on, is held, told something, asked and let go on. */
function steeredRun(): OrchestratorEvent[] {
  const make = new EventFactory();
  const question = { agentId: "writer_1", questionId: "q" };
  return [
    make.event("workflow_resumed", { lastSeq: 4 }),
    make.event("steps_reset", { stepIds: ["b", "c"] }),
    make.event("agent_continued", { agentId: "writer_1", turn: 1 }),
    make.event("pool_paused", { by: "--pause" }),
    make.event("message_sent", { agentId: "writer_1", content: "The task.", by: "orchestrator" }),
    make.event("message_sent", { agentId: "writer_1", content: "Hurry.", by: "--send", commandId: "command_1" }),
    make.event("pool_continued", { by: "--continue" }),
    make.event("question_asked", { ...question, question: "Which?", options: ["this", "that"] }),
    make.event("question_answered", { ...question, answer: "that", by: "--answer" }),
    make.event("question_answered", { ...question, answer: null, by: "timeout" }),
  ];
}

test("a run that goes on and is steered says so in lines", async () => {
  const { console, stdout } = capturedConsole();
  await show(new PlainOutput(console, ({ message }) => message), steeredRun());
  expect(stdout.text).toMatchInlineSnapshot(`
    "[orchestrator] session session_1 goes on:
    [orchestrator] 0 of 0 steps done
    [orchestrator] runs again: b, c
    [writer_1] goes on after 1 turn
    [orchestrator] paused by --pause
    [writer_1] is told by --send: Hurry.
    [orchestrator] goes on, by --continue
    [writer_1] asks: Which?
    [writer_1]   - this
    [writer_1]   - that
    [writer_1] answered by --answer: that
    [writer_1] no answer (timeout)
    "
  `);
});

test("a run that goes on and is held says so where somebody watches", async () => {
  const { console, stderr } = capturedConsole();
  await show(new ResultOutput(console, { progress: true }), steeredRun());
  expect(stderr.text).toBe("Session session_1: goes on\nPaused by --pause\nGoes on, by --continue\n");
});
