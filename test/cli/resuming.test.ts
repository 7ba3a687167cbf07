/** A session goes on where it was, however its process ended, and nothing that is done is done again. */
import { rename } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import type { RunningCli } from "../support/cliProcess.ts";
import { type CliSandbox, createCliSandbox } from "../support/cliSandbox.ts";
import { eventsOf, joinedText, ofKind } from "../support/eventStream.ts";
import { createGate } from "../support/gate.ts";
import { oneStep, planOf, step } from "../support/goalScenarios.ts";
import { type ModelServer, startModelServer } from "../support/modelServer.ts";
import { httpError, say, stall } from "../support/modelServerReplies.ts";
import { firstUserTextOf, isPlannerRequest, messagesOf, modelOf } from "../support/modelServerRequests.ts";
import { byAgent } from "../support/modelServerScripts.ts";

const NEVER = stall(4, createGate(), say("These words ", "never come."));

/** Three steps in a row; the middle one is held in its text the first time it is asked for. */
function heldInTheMiddle() {
  return byAgent({
    planner: [planOf(step("first"), step("held", { dependsOn: ["first"] }), step("last", { dependsOn: ["held"] }))],
    steps: {
      "Step first": [say("First result."), say("First result again.")],
      "Step held": [NEVER, say("Held at first, done now.")],
      "Step last": [say("The end."), say("The end again.")],
    },
  });
}

interface HeldRun extends AsyncDisposable {
  readonly server: ModelServer;
  readonly sandbox: CliSandbox;
  readonly running: RunningCli;
}

async function startHeldRun(args: readonly string[] = []): Promise<HeldRun> {
  const server = await startModelServer({ script: heldInTheMiddle() });
  const sandbox = await createCliSandbox({ server, files: { "README.md": "# Sample\n" } });
  const running = await sandbox.start(["--json", "--session", "cut", ...args, "A goal"]);
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

async function startKilledRun(args: readonly string[] = []): Promise<HeldRun> {
  const run = await startHeldRun(args);
  run.running.kill("SIGKILL");
  await run.running.exited;
  return run;
}

/** How often the model was asked for the planner and for each step. */
function requestsOf(server: ModelServer): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const request of server.turns) {
    const task = firstUserTextOf(request);
    const who = isPlannerRequest(request) ? "planner" : (/^# Your task: (.*)$/m.exec(task)?.[1] ?? task);
    counts[who] = (counts[who] ?? 0) + 1;
  }
  return counts;
}

describe("a process that was killed in the middle", () => {
  test("leaves a session that goes on, with nothing finished done again", async () => {
    await using run = await startKilledRun();
    const { sandbox, server } = run;
    expect(await sandbox.sessions()).toMatchObject([{ sessionId: "cut", status: "interrupted", stepsCompleted: 1 }]);
    const shown = await sandbox.run(["--show", "cut"]);
    expect(shown.stdout).toContain("ai-orchestrator --resume cut");

    const result = await sandbox.run(["--resume", "cut", "--json"]);
    expect(result, result.stderr).toMatchObject({ exitCode: 0 });
    const events = eventsOf(result.lines);
    expect(events[0]).toMatchObject({ type: "workflow_resumed", epoch: 2 });
    expect(ofKind(events, "step_completed").map(({ stepId }) => stepId)).toEqual(["held", "last"]);
    expect(ofKind(events, "agent_continued")).toHaveLength(1);
    expect(events.at(-1)).toMatchObject({ type: "workflow_completed", summary: "The end." });

    expect(requestsOf(server)).toEqual({ planner: 1, "Step first": 1, "Step held": 2, "Step last": 1 });
    expect(server.violations).toEqual([]);
    const stored = await sandbox.storedEvents("cut");
    expect(stored.map(({ seq }) => seq)).toEqual(stored.map((_, index) => index + 1));
    expect(ofKind(stored, "step_completed").map(({ stepId }) => stepId)).toEqual(["first", "held", "last"]);
    expect(await sandbox.sessions()).toMatchObject([{ status: "completed", stepsCompleted: 3 }]);
  });

  test.each([["sessions/cut/latest"], ["cut/latest"], ["cut/v2"]])("goes on as %s too", async (reference) => {
    await using run = await startKilledRun();
    const result = await run.sandbox.run(["--resume", reference]);
    expect(result, result.stderr).toMatchObject({ exitCode: 0, stdout: "The end.\n" });
  });

  test("shows on a terminal what was done before as done", async () => {
    await using run = await startKilledRun();
    await using terminal = await run.sandbox.startOnTerminal(["--resume", "cut", "--streaming"]);
    expect(await terminal.exited, terminal.screen.text).toBe(0);
    const text = terminal.screen.text;
    for (const title of ["Step first", "Step held", "Step last"]) expect(text).toContain(`✓ ${title}`);
    expect(text).toContain("3/3 steps");
    expect(text).toContain("A goal");
  });

  test("shows without a terminal how far it was", async () => {
    await using run = await startKilledRun();
    const { stdout, exitCode } = await run.sandbox.run(["--resume", "cut", "--streaming"]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^\[orchestrator\] session cut goes on: A goal\n\[orchestrator\] 1 of 3 steps done\n/);
    expect(stdout).toMatch(/\[orchestrator\] completed: 3 of 3 steps/);
  });

  test("goes on with its own model, or with another that stays", async () => {
    await using run = await startKilledRun(["--model", "claude-opus-5"]);
    await using first = await run.sandbox.start(["--resume", "cut", "--json"]);
    expect(await first.exited).toMatchObject({ exitCode: 0 });
    expect(new Set(run.server.turns.map(modelOf))).toEqual(new Set(["claude-opus-5"]));
    const again = ["--resume", "cut", "--from-step", "held"];
    expect(await run.sandbox.run([...again, "--model", "claude-haiku-4-5"])).toMatchObject({ exitCode: 0 });
    expect(run.server.turns.slice(5).map(modelOf)).toEqual(["claude-haiku-4-5"]);
  });

  test("needs the key of its model, and does not go on with the demo instead", async () => {
    await using run = await startKilledRun();
    const noKey = { env: { ANTHROPIC_BASE_URL: "", ANTHROPIC_API_KEY: "" } };
    const result = await run.sandbox.run(["--resume", "cut"], noKey);
    expect(result.exitCode).toBe(2);
    expect(result.stderr).toMatch(/no API key/i);
    expect(await run.sandbox.sessions()).toMatchObject([{ status: "interrupted" }]);
  });
});

test("after Ctrl-C the command that is printed goes on", async () => {
  await using run = await startHeldRun();
  run.running.kill("SIGINT");
  const stopped = await run.running.exited;
  expect(stopped).toMatchObject({ exitCode: 130 });
  const [, command = ""] = /Go on with `ai-orchestrator ([^`]*)`/.exec(stopped.stderr) ?? [];
  expect(command).toBe("--resume cut");
  const result = await run.sandbox.run(command.split(" "));
  expect(result, result.stderr).toMatchObject({ exitCode: 0, stdout: "The end.\n" });
  expect(requestsOf(run.server)["Step first"]).toBe(1);
});

test("a resumed run that is stopped goes on once more", async () => {
  await using server = await startModelServer({ script: oneStep([NEVER, NEVER, say("Done at last.")]) });
  await using sandbox = await createCliSandbox({ server });
  await using first = await sandbox.start(["--json", "--session", "twice", "A goal"]);
  await first.waitForJson((line) => line["type"] === "text_chunk");
  first.kill("SIGKILL");
  await first.exited;
  await using second = await sandbox.start(["--json", "--resume", "twice"]);
  await second.waitForJson((line) => line["type"] === "text_chunk");
  expect(await sandbox.run(["--stop", "twice"])).toMatchObject({ exitCode: 0 });
  const stopped = await second.exited;
  expect(stopped).toMatchObject({ exitCode: 3 });
  expect(stopped.stderr).toContain("ai-orchestrator --resume twice");
  expect(await sandbox.run(["--resume", "twice"])).toMatchObject({ exitCode: 0, stdout: "Done at last.\n" });
  expect(new Set((await sandbox.storedEvents("twice")).map(({ epoch }) => epoch))).toEqual(new Set([1, 2, 3]));
});

test("a failed run says how to go on, and its failed step is tried again", async () => {
  const script = oneStep([httpError(400, { message: "Not today." }), say("It works today.")]);
  await using server = await startModelServer({ script });
  await using sandbox = await createCliSandbox({ server });
  const failed = await sandbox.run(["--session", "bad", "A goal"]);
  expect(failed).toMatchObject({ exitCode: 1 });
  expect(failed.stderr).toContain("ai-orchestrator --resume bad");
  expect(await sandbox.run(["--resume", "bad"])).toMatchObject({ exitCode: 0, stdout: "It works today.\n" });
});

describe("--from-step", () => {
  test("keeps the step and runs again what depends on it", async () => {
    const script = byAgent({
      planner: [planOf(step("a"), step("b", { dependsOn: ["a"] }), step("other"))],
      steps: { "Step a": [say("A.")], "Step b": [say("B."), say("B again.")], "Step other": [say("Other.")] },
    });
    await using server = await startModelServer({ script });
    await using sandbox = await createCliSandbox({ server });
    await sandbox.run(["--session", "done", "A goal"]);
    const result = await sandbox.run(["--resume", "done", "--from-step", "a", "--json"]);
    expect(result, result.stderr).toMatchObject({ exitCode: 0 });
    const events = eventsOf(result.lines);
    expect(ofKind(events, "steps_reset")).toMatchObject([{ stepIds: ["b"] }]);
    expect(ofKind(events, "step_completed")).toMatchObject([{ stepId: "b", attempt: 2, result: "B again." }]);
  });

  test("is not forgotten when the process is killed before the step begins", async () => {
    const script = byAgent({
      planner: [planOf(step("a"), step("b", { dependsOn: ["a"] }), step("c", { dependsOn: ["b"] }))],
      steps: {
        "Step a": [say("A.")],
        "Step b": [say("B."), NEVER, say("B again.")],
        "Step c": [say("C."), say("C again.")],
      },
    });
    await using server = await startModelServer({ script });
    await using sandbox = await createCliSandbox({ server });
    await sandbox.run(["--session", "done", "A goal"]);
    await using running = await sandbox.start(["--resume", "done", "--from-step", "a", "--json"]);
    await running.waitForJson((line) => line["type"] === "text_chunk");
    running.kill("SIGKILL");
    await running.exited;
    expect(await sandbox.show("done")).toMatchObject({
      lastCompletedStep: "a",
      steps: [
        { stepId: "a", status: "completed" },
        { stepId: "b", status: "interrupted" },
        { stepId: "c", status: "pending" },
      ],
    });
    // `c` had not begun again; that it must is in the log.
    expect(await sandbox.run(["--resume", "done"])).toMatchObject({ exitCode: 0, stdout: "C again.\n" });
  });
});

describe("refused, with what to do instead:", () => {
  test("a session that runs", async () => {
    await using run = await startHeldRun();
    const result = await run.sandbox.run(["--resume", "cut"]);
    expect(result.exitCode).toBe(1);
    expect(result.stderr).toMatch(/is being run by .*terminal.* --stop cut/s);
    expect(run.server.turns).toHaveLength(3);
  });

  test("a completed session, an unknown one, an unknown step, an unknown version", async () => {
    await using sandbox = await createCliSandbox();
    await sandbox.root.write({ "other/x.txt": "" });
    await sandbox.run(["--session", "research", "A goal"]);
    const before = (await sandbox.storedEvents("research")).length;
    const [first] = (await sandbox.show("research"))["steps"] as { stepId: string }[];
    const cases: [string[], RegExp][] = [
      [["research"], /is complete.*--from-step STEP/],
      [["reserch"], /no session reserch\. Did you mean research\?/],
      [["research/latest/x"], /"research\/latest\/x" cannot be a session id/],
      [["research/v99"], /no version v99/],
      [["research", "--from-step", `${first?.stepId}x`], new RegExp(`no step .*Its steps: ${first?.stepId}`)],
      [["research", "--from-step", `${first?.stepId}`, "-w", ".", "-w", "../other"], /works in one folder/],
    ];
    for (const [args, words] of cases) {
      const result = await sandbox.run(["--resume", ...args]);
      expect(result.stderr, args.join(" ")).toMatch(words);
      expect(result, args.join(" ")).toMatchObject({ exitCode: 2, stdout: "" });
    }
    expect(await sandbox.storedEvents("research")).toHaveLength(before);
  });
});

describe("a folder that was renamed", () => {
  test("is asked for, and the session goes on in its new place from then on", async () => {
    const script = oneStep([NEVER, NEVER, say("Done.")], { outputFile: "notes.md" });
    await using server = await startModelServer({ script });
    await using sandbox = await createCliSandbox({ server });
    await sandbox.root.write({ "old/x.txt": "" });
    const start = ["--json", "--session", "moved", "--workspace", sandbox.root.join("old"), "A goal"];
    await using running = await sandbox.start(start);
    await running.waitForJson((line) => line["type"] === "text_chunk");
    running.kill("SIGKILL");
    await running.exited;
    await rename(sandbox.root.join("old"), sandbox.root.join("new"));

    const refused = await sandbox.run(["--resume", "moved"]);
    expect(refused).toMatchObject({ exitCode: 2, stdout: "" });
    expect(refused.stderr).toContain(sandbox.root.join("old"));
    expect(refused.stderr).toContain("ai-orchestrator --resume moved --workspace DIR");

    const place = ["--workspace", sandbox.root.join("new")];
    await using bound = await sandbox.start(["--json", "--resume", "moved", ...place]);
    await bound.waitForJson((line) => line["type"] === "text_chunk");
    bound.kill("SIGKILL");
    await bound.exited;
    // Where it is now need not be said twice.
    const result = await sandbox.run(["--json", "--resume", "moved"]);
    expect(result, result.stderr).toMatchObject({ exitCode: 0 });
    expect(eventsOf(result.lines).at(-1)).toMatchObject({ workspace: sandbox.root.join("new") });
    expect(await sandbox.root.read("new/notes.md")).toBe("Done.\n");
    expect(await sandbox.show("moved")).toMatchObject({ folders: [{ name: "old", path: sandbox.root.join("new") }] });
  });
});

test("an agent goes on in its conversation, and its text is told once", async () => {
  await using run = await startKilledRun();
  const result = await run.sandbox.run(["--resume", "cut", "--json"]);
  const held = run.server.turns.filter((request) => firstUserTextOf(request).includes("Step held"));
  expect(held.slice(0, 2).map((request) => messagesOf(request).length)).toEqual([1, 1]);
  expect([...joinedText(eventsOf(result.lines)).values()]).toContain("Held at first, done now.");
});
