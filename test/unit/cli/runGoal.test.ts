import { beforeEach, expect, test } from "vitest";
import { catalogueFor } from "../../../src/cli/catalogue.ts";
import { Interruption } from "../../../src/cli/interruption.ts";
import { ResultOutput } from "../../../src/cli/resultOutput.ts";
import { runGoal } from "../../../src/cli/runGoal.ts";
import type { RunView } from "../../../src/cli/viewModel.ts";
import { OrchestratorError } from "../../../src/core/errors.ts";
import type { OrchestratorEvent } from "../../../src/core/events/event.ts";
import type { RunningGoal } from "../../../src/core/orchestrator/streamingOrchestrator.ts";
import { FakeClock } from "../../support/fakeClock.ts";
import { capturedConsole } from "./captured.ts";
import { EventFactory, stepFields } from "./eventFactory.ts";

/** A run whose events the test decides; `stop` makes it end with an interruption. */
class ScriptedGoal implements RunningGoal {
  readonly sessionId = "session_1";
  readonly stops: string[] = [];
  readonly ended: Promise<void>;
  readonly #script: (goal: ScriptedGoal) => AsyncIterable<OrchestratorEvent>;

  constructor(
    script: (goal: ScriptedGoal) => AsyncIterable<OrchestratorEvent>,
    ended: Promise<void> = Promise.resolve(),
  ) {
    this.#script = script;
    this.ended = ended;
    ended.catch(() => undefined);
  }

  events(): AsyncIterable<OrchestratorEvent> {
    return this.#script(this);
  }

  stop(by: string): void {
    this.stops.push(by);
  }
}

let make: EventFactory;
beforeEach(() => (make = new EventFactory()));
const interrupted = (by: string) =>
  make.event("workflow_interrupted", { lastCompletedStep: null, reason: "workflow.stopped", by });

/** `past` is what the log holds; the run's own events may be in it. */
async function run(goal: ScriptedGoal | OrchestratorError, past: readonly OrchestratorEvent[] = []) {
  const captured = capturedConsole();
  const interruption = new Interruption({
    clock: new FakeClock(),
    sameWithinMilliseconds: 0,
    onFirst: () => undefined,
    onSecond: () => undefined,
  });
  const begin = async () => {
    if (goal instanceof OrchestratorError) throw goal;
    return goal;
  };
  const views: RunView[] = [];
  const ended = runGoal({
    begin,
    sessions: { readEvents: () => events(...past) },
    openOutput: async () => {
      const output = new ResultOutput(captured.console, { progress: false });
      return { event: (_, view) => void views.push(view), finish: (view) => output.finish(view) };
    },
    console: captured.console,
    interruption,
    catalogue: catalogueFor("ai-orchestrator"),
    command: "ai-orchestrator",
  });
  return { ...captured, interruption, views, ended };
}

async function* events(...list: OrchestratorEvent[]) {
  yield* list;
}

test("a run that completed prints its result", async () => {
  const { ended, stdout, stderr } = await run(
    new ScriptedGoal(() => events(make.created("A goal"), make.completed("Done"))),
  );
  expect(await ended).toBe(0);
  expect([stdout.text, stderr.text]).toEqual(["Done\n", ""]);
});

test("a run that failed says why and where to look", async () => {
  const error = { code: "agent.maxTurns", params: { turns: 3 }, message: "x" };
  const list = [
    make.created("A goal"),
    make.planned("a", "b"),
    make.event("step_failed", { ...stepFields("a"), error }),
    make.event("step_failed", { ...stepFields("b"), error: { ...error, code: "model.contextFull" } }),
    make.failed("workflow.stepsFailed", { failed: 2, total: 2, steps: "a, b" }),
  ];
  const { ended, stdout, stderr } = await run(new ScriptedGoal(() => events(...list)));
  expect(await ended).toBe(1);
  expect(stdout.text).toBe("");
  expect(stderr.text).toMatchInlineSnapshot(`
    "2 of 2 steps failed: a, b.
      Do a: The agent did not finish within 3 model turns. Allow more with --max-turns N or split the goal.
      Do b: The conversation no longer fits into the model. Split the goal into smaller ones, or name a model with a larger context with --model M.
    The session is session_1. Go on with \`ai-orchestrator --resume session_1\`, look at it with \`ai-orchestrator --show session_1\`.
    "
  `);
});

test("Ctrl-C stops the run and waits until it is saved", async () => {
  const { promise: stopped, resolve } = Promise.withResolvers<string>();
  const goal = new ScriptedGoal(async function* (self) {
    self.stop = resolve;
    yield make.created("A goal");
    yield interrupted(await stopped);
  });
  const { ended, interruption, stderr } = await run(goal);
  await new Promise(setImmediate);
  interruption.interrupt("SIGINT");
  expect(await ended).toBe(130);
  expect(stderr.text).toBe(
    "Stopped by Ctrl-C. The session is saved as session_1. Go on with `ai-orchestrator --resume session_1`, look at it with `ai-orchestrator --show session_1`.\n",
  );
});

test("a run stopped from elsewhere is interrupted", async () => {
  const { ended, stderr } = await run(new ScriptedGoal(() => events(make.created("A goal"), interrupted("VS Code"))));
  expect(await ended).toBe(3);
  expect(stderr.text).toContain("Stopped by VS Code.");
});

test("a run that completed before Ctrl-C took effect has completed", async () => {
  const goal = new ScriptedGoal(async function* () {
    yield make.created("A goal");
    yield make.completed("Done");
  });
  const { ended, interruption } = await run(goal);
  interruption.interrupt("SIGINT");
  expect(await ended).toBe(0);
});

test("when nobody reads the output any more the run is stopped", async () => {
  const { promise: stopped, resolve } = Promise.withResolvers<string>();
  const goal = new ScriptedGoal(async function* (self) {
    self.stop = resolve;
    yield make.created("A goal");
    yield interrupted(await stopped);
  });
  const { ended, stdout } = await run(goal);
  stdout.destroy(new Error("write EPIPE"));
  expect(await ended).toBe(3);
  expect(await stopped).toBe("closed output");
});

test("what keeps a run from beginning is thrown", async () => {
  const { ended } = await run(new OrchestratorError("session.exists", { id: "session_1" }));
  await expect(ended).rejects.toMatchObject({ code: "session.exists" });
});

test("interrupted before it began, nothing is begun", async () => {
  const captured = capturedConsole();
  const interruption = new Interruption({
    clock: new FakeClock(),
    sameWithinMilliseconds: 0,
    onFirst: () => undefined,
    onSecond: () => undefined,
  });
  interruption.interrupt("SIGTERM");
  const exitCode = await runGoal({
    begin: () => Promise.reject(new Error("begun")),
    sessions: { readEvents: () => events() },
    openOutput: async () => new ResultOutput(captured.console, { progress: false }),
    console: captured.console,
    interruption,
    catalogue: catalogueFor("ai-orchestrator"),
    command: "ai-orchestrator",
  });
  expect(exitCode).toBe(143);
});

test("a log that fails in the middle ends the run and is told", async () => {
  const failure = new OrchestratorError("store.failed", { detail: "disk full" });
  const goal = new ScriptedGoal(async function* () {
    yield make.created("A goal");
    throw failure;
  }, Promise.reject(failure));
  const { ended, stderr } = await run(goal);
  expect(await ended).toBe(1);
  expect(stderr.text).toContain("The session store failed: disk full.");
  expect(stderr.text).toContain("--show session_1");
  expect(goal.stops).toEqual(["error"]);
});

test("a session another process took over is interrupted here", async () => {
  const failure = new OrchestratorError("session.fenced", { id: "session_1" });
  const { ended, stderr } = await run(new ScriptedGoal(() => events(make.created("A goal")), Promise.reject(failure)));
  expect(await ended).toBe(3);
  // Somebody else goes on with it.
  expect(stderr.text).not.toContain("--resume");
});

test("events that end without an end are a failure", async () => {
  const { ended, stderr } = await run(new ScriptedGoal(() => events(make.created("A goal"))));
  expect(await ended).toBe(1);
  expect(stderr.text).toContain("The run ended without saying how.");
});

test("a run that goes on is shown with what was done before", async () => {
  const before = [
    make.created("A goal"),
    make.planned("a", "b"),
    make.stepStarted("a"),
    make.stepCompleted("a", "w_1"),
  ];
  const now = [make.event("workflow_resumed", { lastSeq: 4 }), make.stepStarted("b"), make.completed("Done")];
  const { ended, views } = await run(new ScriptedGoal(() => events(...now)), [...before, ...now]);
  expect(await ended).toBe(0);
  expect(views[0]).toMatchObject({
    goal: "A goal",
    status: "running",
    steps: [
      { stepId: "a", state: "completed" },
      { stepId: "b", state: "waiting" },
    ],
  });
});
