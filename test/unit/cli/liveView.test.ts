import fc from "fast-check";
import { expect, test } from "vitest";
import type { OrchestratorEvent } from "../../../src/core/events/event.ts";
import { liveView } from "../../../src/cli/liveView.ts";
import type { Frame } from "../../../src/cli/liveView.ts";
import { plainPaint } from "../../../src/cli/styledLine.ts";
import { widthOf } from "../../../src/cli/textWidth.ts";
import { EMPTY_VIEW, foldEvent } from "../../../src/cli/viewModel.ts";
import { EventFactory, stepFields } from "./eventFactory.ts";

function lines(events: readonly OrchestratorEvent[], frame: Partial<Frame> = {}): string[] {
  const view = events.reduce(foldEvent, EMPTY_VIEW);
  return liveView(view, {
    columns: 80,
    rows: 40,
    now: 60_000,
    paint: plainPaint,
    words: ({ message }) => message,
    ...frame,
  });
}

/** Two steps at work, one done, one waiting; text in several scripts. */
function busyRun(): OrchestratorEvent[] {
  const make = new EventFactory();
  return [
    make.created("Research AI trends"),
    make.agentStarted("planner_1"),
    make.event("agent_completed", { agentId: "planner_1", result: "", outputs: [] }),
    make.planned("look", "read", "think<look", "write<think"),
    make.stepStarted("look"),
    make.agentStarted("researcher_1", "look"),
    make.event("agent_completed", { agentId: "researcher_1", result: "", outputs: ["notes.md"] }),
    make.stepCompleted("look", "researcher_1", ["notes.md"]),
    make.stepStarted("read"),
    make.agentStarted("researcher_2", "read"),
    make.text("researcher_2", "First line\nこれは長い日本語の文章です👩‍👩‍👧 and it goes on"),
    make.stepStarted("think"),
    make.agentStarted("analyst_1", "think"),
    make.used("analyst_1", 12_345, 0.12),
    make.event("tool_use", {
      agentId: "analyst_1",
      toolUseId: "call_1",
      tool: "read",
      input: { file_path: "src/index.ts" },
    }),
  ];
}

test("at 80 columns everything is seen", () => {
  expect(lines(busyRun()).join("\n")).toMatchInlineSnapshot(`
    "Research AI trends
    running · 1/4 steps · 2 agents · 12.3k tokens · $0.12 · 0:59
    ✓ planner  0:01
    ✓ Do look  0:03
      researcher_1  → notes.md
    ● Do read  0:51
      researcher_2  writing
      これは長い日本語の文章です👩‍👩‍👧 and it goes on
    ● Do think  0:48
      analyst_1  read src/index.ts
    ○ Do write"
  `);
});

test("at 20 columns lines are cut, not lost", () => {
  expect(lines(busyRun(), { columns: 20 }).join("\n")).toMatchInlineSnapshot(`
    "Research AI trends
    running · 1/4 steps
    2 agents
    12.3k tokens · $0.12
    0:59
    ✓ planner  0:01
    ✓ Do look  0:03
      researcher_1  → n…
    ● Do read  0:51
      researcher_2  wri…
      …👩‍👩‍👧 and it goes on
    ● Do think  0:48
      analyst_1  read s…
    ○ Do write"
  `);
});

test("at 40 and 200 columns", () => {
  expect(lines(busyRun(), { columns: 40 }).join("\n")).toMatchInlineSnapshot(`
    "Research AI trends
    running · 1/4 steps · 2 agents
    12.3k tokens · $0.12 · 0:59
    ✓ planner  0:01
    ✓ Do look  0:03
      researcher_1  → notes.md
    ● Do read  0:51
      researcher_2  writing
      …長い日本語の文章です👩‍👩‍👧 and it goes on
    ● Do think  0:48
      analyst_1  read src/index.ts
    ○ Do write"
  `);
  expect(lines(busyRun(), { columns: 200 })[1]).toBe("running · 1/4 steps · 2 agents · 12.3k tokens · $0.12 · 0:59");
});

test("with few rows what is done goes first, what runs stays", () => {
  expect(lines(busyRun(), { rows: 9 }).join("\n")).toMatchInlineSnapshot(`
    "Research AI trends
    running · 1/4 steps · 2 agents · 12.3k tokens · $0.12 · 0:59
    ✓ 2 completed
    ● Do read  0:51
      researcher_2  writing
      これは長い日本語の文章です👩‍👩‍👧 and it goes on
    ● Do think  0:48
      analyst_1  read src/index.ts
    ○ Do write"
  `);
  const status = "running · 1/4 steps · 2 agents · 12.3k tokens · $0.12 · 0:59";
  expect(lines(busyRun(), { rows: 5 })).toEqual([
    status,
    "✓ 2 completed",
    "● Do read  0:51",
    "● Do think  0:48",
    "○ 1 waiting",
  ]);
  expect(lines(busyRun(), { rows: 3 })).toEqual([status, "● Do read  0:51", "● Do think  0:48"]);
  expect(lines(busyRun(), { rows: 2 })).toEqual([status, "… 2 more"]);
  expect(lines(busyRun(), { rows: 1 })).toEqual([status]);
  expect(lines(busyRun(), { columns: 20, rows: 5 })[0]).toBe("running · 1/4 steps");
});

test("a question, a new attempt, a failure and what follows from it are seen", () => {
  const make = new EventFactory();
  const error = { code: "agent.failed", params: {}, message: "it broke" };
  const text = lines([
    make.created("A goal"),
    make.planned("a", "b", "c", "d<c"),
    make.stepStarted("a"),
    make.agentStarted("writer_1", "a"),
    make.event("tool_use", { agentId: "writer_1", toolUseId: "call_1", tool: "bash", input: { command: "npm test" } }),
    make.event("approval_requested", {
      agentId: "writer_1",
      approvalId: "approval_1",
      tool: "bash",
      input: {},
      reason: "approval.rule",
    }),
    make.stepStarted("b"),
    make.agentStarted("writer_2", "b"),
    make.event("retry_scheduled", { agentId: "writer_2", delayMs: 500, reason: "model.streamBroken" }),
    make.stepStarted("c"),
    make.event("step_failed", { ...stepFields("c"), error }),
    make.event("step_skipped", { ...stepFields("d"), reason: "step.dependencyFailed", blockedBy: ["c"] }),
  ]).join("\n");
  expect(text).toContain("1 question waiting");
  expect(text).toContain("? Do a");
  expect(text).toContain("waits for an answer: bash npm test");
  expect(text).toContain("↻ Do b");
  expect(text).toContain("✗ Do c  0:01\n  it broke");
  expect(text).toContain("– Do d");
});

test("the demo says that it is no AI", () => {
  const make = new EventFactory();
  expect(lines([make.event("session_created", { goal: "A goal", folders: [], demo: true })])[1]).toContain(
    "demo, not an AI",
  );
});

test("control characters in what agents and people wrote are shown, not sent", () => {
  const make = new EventFactory();
  const text = lines([
    make.created("\u001b[2Jgoal\r"),
    make.agentStarted("writer_1"),
    make.text("writer_1", "\u001b]0;title\u0007x"),
  ]).join("\n");
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
  expect(text).toContain("␛[2Jgoal");
});

test("styles are around the text and change no width", () => {
  const paint: Frame["paint"] = (style, text) => `<${style}>${text}</>`;
  const styled = lines(busyRun(), { paint }).map((line) => line.replaceAll(/<[a-z]+>|<\/>/g, ""));
  expect(styled).toEqual(lines(busyRun()));
});

const anyText = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 80 }),
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.constant("日本語".repeat(30)),
);

test("no line is wider than the terminal and no frame higher, whatever agents write", () => {
  fc.assert(
    fc.property(
      anyText,
      fc.array(fc.tuple(anyText, anyText, fc.constantFrom("run", "complete", "fail", "wait")), { maxLength: 12 }),
      fc.integer({ min: 1, max: 220 }),
      fc.integer({ min: 1, max: 30 }),
      (goal, steps, columns, rows) => {
        const make = new EventFactory();
        const events = [make.created(goal), make.planned(...steps.map((_, index) => `s${index}`))];
        for (const [index, [text, subject, end]] of steps.entries()) {
          if (end === "wait") continue;
          const agentId = `writer_${index}`;
          events.push(make.stepStarted(`s${index}`), make.agentStarted(agentId, `s${index}`), make.text(agentId, text));
          events.push(make.event("tool_use", { agentId, toolUseId: "call", tool: text, input: { path: subject } }));
          if (end === "complete") events.push(make.stepCompleted(`s${index}`, agentId, [subject]));
          if (end === "fail") {
            events.push(
              make.event("step_failed", {
                ...stepFields(`s${index}`),
                error: { code: "agent.failed", params: {}, message: text },
              }),
            );
          }
        }
        const drawn = lines(events, { columns, rows });
        expect(drawn.length).toBeLessThanOrEqual(rows);
        for (const line of drawn) {
          expect(line).not.toContain("\n");
          expect(widthOf(line)).toBeLessThanOrEqual(columns);
        }
      },
    ),
  );
});

test("a held run is shown as paused until it goes on or ends", () => {
  const make = new EventFactory();
  const held = [make.created("A goal"), make.planned("a"), make.event("pool_paused", { by: "--pause" })];
  expect(lines(held)[1]).toMatch(/^paused · 0\/1 step · /);
  expect(lines([...held, make.event("pool_continued", { by: "--continue" })])[1]).toMatch(/^running · /);
  expect(lines([...held, make.completed("Done")])[1]).toMatch(/^completed · /);
});
