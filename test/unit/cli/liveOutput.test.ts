import { expect, test } from "vitest";
import { LiveOutput } from "../../../src/cli/liveOutput.ts";
import { EMPTY_VIEW, foldEvent } from "../../../src/cli/viewModel.ts";
import type { RunView } from "../../../src/cli/viewModel.ts";
import { Console } from "../../../src/cli/console.ts";
import type { OrchestratorEvent } from "../../../src/core/events/event.ts";
import { FakeClock } from "../../support/fakeClock.ts";
import { TerminalScreen } from "../../support/terminalScreen.ts";
import { CapturedStream } from "./captured.ts";
import { EventFactory } from "./eventFactory.ts";

/** A terminal both streams of the program write to, as a person has it. */
class Terminal extends CapturedStream {
  override isTTY = true;
  readonly screen: TerminalScreen;

  constructor(columns: number, rows: number) {
    super();
    this.columns = columns;
    this.rows = rows;
    this.screen = new TerminalScreen(columns, rows);
  }

  protected override take(text: string): void {
    // A terminal driver ends lines with a carriage return too.
    this.screen.write(text.replaceAll("\n", "\r\n"));
    super.take(text);
  }

  resize(columns: number, rows: number): void {
    this.columns = columns;
    this.rows = rows;
    this.screen.resize(columns, rows);
    this.emit("resize");
  }
}

function openLiveOutput(options: { columns?: number; rows?: number; environment?: NodeJS.ProcessEnv } = {}) {
  const terminal = new Terminal(options.columns ?? 60, options.rows ?? 24);
  const console = new Console(terminal, terminal, (text) => text);
  const clock = new FakeClock(0);
  const atExit = new Set<() => void>();
  const output = new LiveOutput({
    terminal,
    console,
    clock,
    words: ({ message }) => message,
    environment: options.environment ?? {},
    atExit: (callback) => {
      atExit.add(callback);
      return { [Symbol.dispose]: () => void atExit.delete(callback) };
    },
  });
  let view: RunView = EMPTY_VIEW;
  const send = (...events: OrchestratorEvent[]): void => {
    for (const event of events) {
      view = foldEvent(view, event);
      output.event(event, view);
    }
  };
  return { terminal, console, clock, atExit, output, send, finish: () => output.finish(view) };
}

const make = new EventFactory();
const RUN = [
  make.created("Research AI trends"),
  make.planned("look"),
  make.stepStarted("look"),
  make.agentStarted("writer_1", "look"),
];

test("events are drawn at most fifteen times a second, the last state always", async () => {
  const { terminal, clock, send } = openLiveOutput();
  send(...RUN);
  const written = terminal.text.length;
  for (let index = 0; index < 50; index++) send(make.text("writer_1", `line ${index}\n`));
  expect(terminal.text.length).toBe(written);
  await clock.advance(70);
  expect(terminal.screen.text).toContain("line 49");
});

test("elapsed time goes on without events", async () => {
  const { terminal, clock, send } = openLiveOutput();
  send(...RUN);
  await clock.advance(75_000);
  expect(terminal.screen.text).toContain("1:1");
});

test("at the end the whole last frame stays, the result is below it and nothing is left to do", async () => {
  const { terminal, clock, send, finish, atExit } = openLiveOutput({ rows: 6 });
  const steps = Array.from({ length: 12 }, (_, index) => `step${index}`);
  send(make.created("A goal"), make.planned(...steps));
  for (const step of steps) send(make.stepStarted(step), make.stepCompleted(step, "writer_1"));
  send(make.completed("The summary", ["report.md"]));
  await finish();
  for (const step of steps) expect(terminal.screen.text).toContain(`✓ Do ${step}`);
  expect(terminal.screen.text).toMatch(/The summary\n\nFiles:\n {2}report\.md$/);
  expect(terminal.screen.text.match(/A goal/g)).toHaveLength(1);
  expect(terminal.text.endsWith("\u001b[?25h\nThe summary\n\nFiles:\n  report.md\n")).toBe(true);
  expect(clock.pendingTimers).toBe(0);
  expect(atExit.size).toBe(0);
});

test("a note stands above the live view, which is drawn once", () => {
  const { terminal, console, send } = openLiveOutput();
  send(...RUN);
  console.note("warning: something");
  expect(terminal.screen.text).toMatch(/^warning: something\nResearch AI trends\n/);
  expect(terminal.screen.text.match(/Research AI trends/g)).toHaveLength(1);
});

test("while it is held nothing is drawn, then the state of that moment", async () => {
  const { terminal, console, clock, send } = openLiveOutput();
  send(...RUN);
  const hold = console.hold();
  expect(terminal.screen.text).toBe("");
  send(make.text("writer_1", "meanwhile"));
  await clock.advance(5000);
  expect(terminal.screen.text).toBe("");
  hold[Symbol.dispose]();
  expect(terminal.screen.text).toContain("meanwhile");
});

test("an end at once gives the cursor back", () => {
  const { terminal, send, atExit } = openLiveOutput();
  send(...RUN);
  for (const callback of atExit) callback();
  expect(terminal.text.lastIndexOf("\u001b[?25h")).toBeGreaterThan(terminal.text.lastIndexOf("\u001b[?25l"));
});

test("a terminal that changes its size shows one view that fits, and keeps what stood above", async () => {
  const { terminal, console, clock, send } = openLiveOutput({ columns: 70, rows: 20 });
  console.note("first line of the person");
  send(...RUN, make.text("writer_1", "some words that are longer than a narrow terminal has columns for"));
  await clock.advance(70);
  for (const [columns, rows] of [
    [20, 20],
    [70, 20],
    [33, 8],
    [120, 30],
    [20, 5],
  ] as const) {
    terminal.resize(columns, rows);
    expect(terminal.screen.text.match(/first line of the person/g)).toHaveLength(1);
    expect(terminal.screen.visible.filter((line) => line.startsWith("running · "))).toHaveLength(1);
    for (const line of terminal.screen.visible.slice(1)) expect(line.length).toBeLessThanOrEqual(columns);
  }
});

test("where the terminal wraps lines anew, the rows they became are erased", async () => {
  const { terminal, clock, send } = openLiveOutput({ columns: 60, environment: { TERM_PROGRAM: "vscode" } });
  send(...RUN);
  await clock.advance(70);
  // Of the four lines the second, `running · 0/1 step · 1 agent · 0 tokens · $0.00 · 0:00`, becomes two of 30 columns.
  const before = terminal.text.length;
  terminal.resize(30, 24);
  expect(terminal.text.slice(before)).toMatch(/^\u001b\[5A\r\u001b\[J/);
});

test("a terminal without a size is taken for one of 80 columns", () => {
  const { terminal, send } = openLiveOutput();
  terminal.columns = 0;
  terminal.rows = 0;
  send(...RUN);
  expect(terminal.screen.text).toContain("Research AI trends");
});
