/** However a run ends, nothing is lost and the session says the truth about it. */
import { describe, expect, test } from "vitest";
import type { RunningCli } from "../support/cliProcess.ts";
import { type CliSandbox, createCliSandbox } from "../support/cliSandbox.ts";
import { eventsOf, joinedText, ofKind } from "../support/eventStream.ts";
import { createGate, type Gate } from "../support/gate.ts";
import { oneStep, planOf, step } from "../support/goalScenarios.ts";
import { type ModelServer, startModelServer } from "../support/modelServer.ts";
import { say, stall, useTool } from "../support/modelServerReplies.ts";
import { byAgent } from "../support/modelServerScripts.ts";
import { isRunning } from "../support/processState.ts";

/** One step done, one held in the middle of its text, one that waits for it. */
function halfWay(gate: Gate) {
  return byAgent({
    planner: [planOf(step("done"), step("held", { dependsOn: ["done"] }), step("later", { dependsOn: ["held"] }))],
    steps: { "Step done": [say("Done.")], "Step held": [stall(4, gate, say("These words ", "never come."))] },
  });
}

interface HeldRun extends AsyncDisposable {
  readonly server: ModelServer;
  readonly sandbox: CliSandbox;
  readonly running: RunningCli;
}

async function startHeldRun(args: readonly string[] = []): Promise<HeldRun> {
  const server = await startModelServer({ script: halfWay(createGate()) });
  const sandbox = await createCliSandbox({ server });
  const running = await sandbox.start(["--json", "--session", "held", ...args, "A goal"]);
  await running.waitForJson((line) => line["type"] === "text_chunk" && line["content"] === "These words ");
  return {
    server,
    sandbox,
    running,
    [Symbol.asyncDispose]: async () => {
      await running[Symbol.asyncDispose]();
      await server.close();
      await sandbox[Symbol.asyncDispose]();
    },
  };
}

/** What the session looks like to somebody who comes later. */
async function expectInterrupted(sandbox: CliSandbox): Promise<void> {
  const [session] = await sandbox.sessions();
  expect(session).toMatchObject({ status: "interrupted" });
  expect(await sandbox.show("held")).toMatchObject({
    status: "interrupted",
    lastCompletedStep: "done",
    steps: [
      { stepId: "done", status: "completed" },
      { stepId: "held", status: "interrupted" },
      { stepId: "later", status: "pending" },
    ],
  });
  const events = await sandbox.storedEvents("held");
  expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index + 1));
  expect(ofKind(events, "step_completed").map((event) => event.stepId)).toEqual(["done"]);
  expect(ofKind(events, "step_failed")).toEqual([]);
  expect(ofKind(events, "agent_error")).toEqual([]);
  expect([...joinedText(events).values()]).toContain("These words ");
}

describe("a signal", () => {
  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)("%s saves the session and ends with %i", async (signal, exitCode) => {
    await using run = await startHeldRun();
    run.running.kill(signal);
    const result = await run.running.exited;
    expect(result, result.stderr).toMatchObject({ exitCode, signal: null });
    expect(eventsOf(result.lines).at(-1)).toMatchObject({
      type: "workflow_interrupted",
      lastCompletedStep: "done",
      reason: "workflow.stopped",
    });
    expect(result.stderr).toMatch(/held/);
    await expectInterrupted(run.sandbox);
    expect(await run.sandbox.storedEvents("held")).toEqual(result.lines);
    await expect.poll(() => run.server.turns.at(-1)?.outcome).toBe("abandoned");
  });

  test("in the middle of a shell command ends the command too", async () => {
    const command = "echo $$ > pid.txt; sleep 1000 & echo $! > child.txt; wait";
    const script = byAgent({
      planner: [planOf(step("work"))],
      steps: { "Step work": [[useTool("bash", { command })]] },
    });
    await using server = await startModelServer({ script });
    await using sandbox = await createCliSandbox({ server });
    await using running = await sandbox.start(["--json", "--approve", "all", "A goal"]);
    await expect.poll(() => sandbox.workspace.read("child.txt").catch(() => ""), { timeout: 15_000 }).toMatch(/\d+\n/);
    running.kill("SIGINT");
    expect(await running.exited).toMatchObject({ exitCode: 130 });
    for (const file of ["pid.txt", "child.txt"]) {
      const processId = Number(await sandbox.workspace.read(file));
      await expect.poll(() => isRunning(processId), { timeout: 5_000 }).toBe(false);
    }
  });

  test("before the plan is there ends it as well", async () => {
    const gate = createGate();
    await using server = await startModelServer({ script: () => stall(0, gate, say("never")) });
    await using sandbox = await createCliSandbox({ server });
    await using running = await sandbox.start(["--json", "--session", "early", "A goal"]);
    await running.until(gate.reached());
    running.kill("SIGINT");
    expect(await running.exited).toMatchObject({ exitCode: 130 });
    expect(await sandbox.sessions()).toMatchObject([{ status: "interrupted" }]);
  });
});

test("a process that was killed leaves a session that others see as interrupted", async () => {
  await using run = await startHeldRun();
  // Text is shown before it is stored; what is in the store when the process dies is what counts.
  await expect
    .poll(async () => [...joinedText(await run.sandbox.storedEvents("held")).values()])
    .toContain("These words ");
  run.running.kill("SIGKILL");
  expect(await run.running.exited).toMatchObject({ signal: "SIGKILL" });
  await expectInterrupted(run.sandbox);
});

describe("--stop from another process", () => {
  test("ends the run with 3, and both sides say so", async () => {
    await using run = await startHeldRun();
    const [before] = await run.sandbox.sessions();
    expect(before).toMatchObject({ status: "running" });
    const stop = await run.sandbox.run(["--stop", "held"]);
    expect(stop, stop.stderr).toMatchObject({ exitCode: 0 });
    const result = await run.running.exited;
    expect(result, result.stderr).toMatchObject({ exitCode: 3, signal: null });
    const last = eventsOf(result.lines).at(-1);
    expect(last).toMatchObject({
      type: "workflow_interrupted",
      reason: "workflow.stopped",
      commandId: expect.any(String),
    });
    await expectInterrupted(run.sandbox);
  });

  test("has nothing to stop when the run has ended", async () => {
    await using sandbox = await createCliSandbox();
    await sandbox.run(["--session", "over", "A goal"]);
    const stop = await sandbox.run(["--stop", "over"]);
    expect(stop.exitCode).not.toBe(0);
    expect(stop.stderr).toMatch(/over is not running; it is completed/);
  });

  test("has nothing to stop when the process was killed", async () => {
    await using run = await startHeldRun();
    run.running.kill("SIGKILL");
    await run.running.exited;
    const stop = await run.sandbox.run(["--stop", "held"]);
    expect(stop.exitCode).not.toBe(0);
    expect(stop.stderr).toMatch(/not running; it is interrupted/);
  });
});

test("a second Ctrl-C ends at once, and leaves no command behind that did not want to end", async () => {
  const command = "trap '' TERM INT HUP; echo $$ > pid.txt; while true; do sleep 0.1; done";
  await using server = await startModelServer({ script: oneStep([[useTool("bash", { command })]]) });
  await using sandbox = await createCliSandbox({ server });
  await using running = await sandbox.start(["--approve", "all", "A goal"]);
  await expect.poll(() => sandbox.workspace.read("pid.txt").catch(() => ""), { timeout: 15_000 }).toMatch(/\d+\n/);
  const processId = Number(await sandbox.workspace.read("pid.txt"));
  running.kill("SIGINT");
  await running.stderr.waitFor((line) => line.includes("Once more ends at once"));
  running.kill("SIGINT");
  expect(await running.exited).toMatchObject({ exitCode: 130 });
  try {
    await expect.poll(() => isRunning(processId), { timeout: 5_000 }).toBe(false);
  } finally {
    if (isRunning(processId)) process.kill(processId, "SIGKILL");
  }
  expect(await sandbox.sessions()).toMatchObject([{ status: "interrupted" }]);
});

test("a reader that goes away ends the run quietly, with the session saved", async () => {
  const gate = createGate();
  const words = say("one ", ...Array.from({ length: 1000 }, (_, index) => `word ${index} `));
  await using server = await startModelServer({ script: oneStep([stall(4, gate, words), say("More.")]) });
  await using sandbox = await createCliSandbox({ server });
  await using running = await sandbox.start(["--json", "A goal"]);
  await running.until(gate.reached());
  running.closeStdout();
  gate.open();
  const result = await running.exited;
  expect(result, result.stderr).toMatchObject({ exitCode: 3 });
  expect(result.stderr).not.toMatch(/EPIPE|\n\s+at /);
  expect(await sandbox.sessions()).toMatchObject([{ status: "interrupted" }]);
});
