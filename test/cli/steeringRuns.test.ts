/** A run in one process, steered from another. */
import { describe, expect, test } from "vitest";
import { type CliSandbox, createCliSandbox } from "../support/cliSandbox.ts";
import { eventsOf, ofKind } from "../support/eventStream.ts";
import { createGate, type Gate } from "../support/gate.ts";
import { oneStep } from "../support/goalScenarios.ts";
import { type ModelServer, startModelServer } from "../support/modelServer.ts";
import { say, slow, useTool } from "../support/modelServerReplies.ts";
import { lastUserTextOf, toolResultsOf } from "../support/modelServerRequests.ts";

const LOOK = useTool("glob", { pattern: "*" });
const MAKE_FILE = useTool("bash", { command: "echo made > made.txt && echo said" });

/** A run whose agent waits at the gate for its first answer, a tool call; the second ends it. */
async function startHeld(gate: Gate): Promise<{ server: ModelServer; sandbox: CliSandbox } & AsyncDisposable> {
  const server = await startModelServer({ script: oneStep([slow({ hold: gate }, LOOK), say("Done.")]) });
  const sandbox = await createCliSandbox({ server });
  return {
    server,
    sandbox,
    [Symbol.asyncDispose]: async () => {
      await server.close();
      await sandbox[Symbol.asyncDispose]();
    },
  };
}

describe("--pause and --continue", () => {
  test("hold a run between its model requests, seen by everybody, and let it go on", async () => {
    const gate = createGate();
    await using run = await startHeld(gate);
    const { sandbox, server } = run;
    await using running = await sandbox.start(["--json", "--session", "held", "A goal"]);
    await running.until(gate.reached());
    expect(await sandbox.run(["--pause", "held"])).toMatchObject({ exitCode: 0, stdout: "Paused held.\n" });
    gate.open();
    await running.waitForJson((line) => line["type"] === "tool_result" && line["tool"] === "glob");
    expect(await sandbox.show("held")).toMatchObject({ status: "running", isPaused: true });
    expect((await sandbox.run(["--show", "held"])).stdout).toContain("running, paused");
    const again = await sandbox.run(["--pause", "held"]);
    expect(again).toMatchObject({ exitCode: 1, stdout: "" });
    expect(again.stderr).toContain("ai-orchestrator --continue held");
    // The planner's turn and the agent's first; nobody has asked for more.
    expect(server.turns).toHaveLength(2);
    expect(await sandbox.run(["--continue", "held"])).toMatchObject({ exitCode: 0, stdout: "held goes on.\n" });
    const result = await running.exited;
    expect(result, result.stderr).toMatchObject({ exitCode: 0 });
    const types = result.lines.map((line) => line["type"]);
    expect(types.indexOf("pool_paused")).toBeLessThan(types.indexOf("pool_continued"));
    expect(server.turns).toHaveLength(3);
  });

  test("are shown in the live view", async () => {
    const gate = createGate();
    await using run = await startHeld(gate);
    await using terminal = await run.sandbox.startOnTerminal(["--streaming", "--session", "held", "A goal"]);
    await terminal.until(gate.reached());
    await run.sandbox.run(["--pause", "held"]);
    await terminal.waitForScreen((text) => /^paused · /m.test(text));
    await run.sandbox.run(["--continue", "held"]);
    await terminal.waitForScreen((text) => /^running · /m.test(text));
    gate.open();
    expect(await terminal.exited, terminal.screen.text).toBe(0);
  });

  test("a paused run can be stopped, and goes on unpaused when it is resumed", async () => {
    const gate = createGate();
    const script = oneStep([slow({ hold: gate }, LOOK), say("Done.")]);
    await using server = await startModelServer({ script });
    await using sandbox = await createCliSandbox({ server });
    await using running = await sandbox.start(["--json", "--session", "held", "A goal"]);
    await running.until(gate.reached());
    await sandbox.run(["--pause", "held"]);
    gate.open();
    await running.waitForJson((line) => line["type"] === "tool_result" && line["tool"] === "glob");
    expect(await sandbox.run(["--stop", "held"])).toMatchObject({ exitCode: 0 });
    expect(await running.exited).toMatchObject({ exitCode: 3 });
    expect(await sandbox.show("held")).toMatchObject({ status: "interrupted", isPaused: false });
    expect(await sandbox.run(["--resume", "held"])).toMatchObject({ exitCode: 0, stdout: "Done.\n" });
  });

  test("there is nothing to continue in a run that is not paused", async () => {
    const gate = createGate();
    await using run = await startHeld(gate);
    await using running = await run.sandbox.start(["--json", "--session", "held", "A goal"]);
    await running.until(gate.reached());
    const result = await run.sandbox.run(["--continue", "held"]);
    expect(result).toMatchObject({ exitCode: 1, stdout: "" });
    expect(result.stderr).toContain("is not paused");
    gate.open();
    expect(await running.exited).toMatchObject({ exitCode: 0 });
  });
});

describe("--send", () => {
  test("reaches the agent before its next turn", async () => {
    const gate = createGate();
    await using run = await startHeld(gate);
    const { sandbox, server } = run;
    await using running = await sandbox.start(["--json", "--session", "held", "A goal"]);
    await running.until(gate.reached());
    const send = ["--send", "held", "Also mention the tests."];
    expect(await sandbox.run(send)).toMatchObject({ exitCode: 0, stdout: "Told the agents at work.\n" });
    const unknown = await sandbox.run([...send, "--agent", "nobody_0000"]);
    expect(unknown).toMatchObject({ exitCode: 1 });
    expect(unknown.stderr).toMatch(/No agent nobody_0000 .* At work now: coder_\d{4}\./);
    gate.open();
    const result = await running.exited;
    expect(result, result.stderr).toMatchObject({ exitCode: 0 });
    expect(lastUserTextOf(server.turns.at(-1)!)).toContain("Also mention the tests.");
    expect(ofKind(eventsOf(result.lines), "message_sent")).toContainEqual(
      expect.objectContaining({ content: "Also mention the tests.", by: "--send", commandId: expect.any(String) }),
    );
    expect(server.violations).toEqual([]);
  });
});

describe("--answer", () => {
  const asked = async () => {
    const server = await startModelServer({ script: oneStep([[MAKE_FILE], say("Done.")]) });
    const sandbox = await createCliSandbox({ server });
    const terminal = await sandbox.startOnTerminal(["--streaming", "--session", "asks", "A goal"]);
    await terminal.waitForScreen((text) => text.includes("[a]"));
    return {
      server,
      sandbox,
      terminal,
      [Symbol.asyncDispose]: async () => {
        await terminal[Symbol.asyncDispose]();
        await server.close();
        await sandbox[Symbol.asyncDispose]();
      },
    };
  };

  test.each([
    ["allow", ["made.txt"], false],
    ["deny", [], true],
  ] as const)("%s, with the command --show prints, while the first terminal asks", async (answer, files, isError) => {
    await using run = await asked();
    const { sandbox, server, terminal } = run;
    const { stdout } = await sandbox.run(["--show", "asks"]);
    expect(stdout).toContain("echo made > made.txt && echo said");
    const command = stdout.split("\n").find((line) => line.includes("--answer") && line.endsWith(` ${answer}`));
    const [, ...words] = (command ?? "").trim().split(" ");
    const result = await sandbox.run(words);
    expect(result, result.stderr).toMatchObject({ exitCode: 0 });
    expect(await terminal.exited, terminal.screen.text).toBe(0);
    expect(terminal.screen.text).toContain("no answer needed any more");
    expect(await sandbox.workspace.files()).toEqual(files);
    expect(toolResultsOf(server.turns.at(-1)!)).toMatchObject([{ isError }]);
    expect(ofKind(await sandbox.storedEvents("asks"), "approval_resolved")).toMatchObject([
      { by: "--answer", commandId: expect.any(String) },
    ]);
  });

  test("that fits no question is refused and changes nothing", async () => {
    await using run = await asked();
    const { sandbox, terminal } = run;
    const [question] = (await sandbox.show("asks"))["questions"] as { id: string }[];
    const id = question?.id ?? "";
    const text = await sandbox.run(["--answer", "asks", id, "as you like"]);
    expect(text).toMatchObject({ exitCode: 2, stdout: "" });
    expect(text.stderr).toContain('takes allow or allow-session or deny, not "as you like"');
    const unknown = await sandbox.run(["--answer", "asks", "approval_none", "allow"]);
    expect(unknown).toMatchObject({ exitCode: 1, stdout: "" });
    expect(unknown.stderr).toContain("ai-orchestrator --show asks");
    terminal.type("d");
    expect(await terminal.exited).toBe(0);
    const late = await sandbox.run(["--answer", "asks", id, "allow"]);
    expect(late).toMatchObject({ exitCode: 1 });
    expect(late.stderr).toContain("is not running; it is completed");
    expect(await sandbox.workspace.files()).toEqual([]);
  });
});

test.each([["--pause"], ["--continue"], ["--send"], ["--answer"]])("%s names what it cannot reach", async (flag) => {
  await using sandbox = await createCliSandbox();
  await sandbox.run(["--session", "research", "A goal"]);
  const more = { "--send": ["Hello."], "--answer": ["approval_1", "allow"] }[flag] ?? [];
  const unknown = await sandbox.run([flag, "reserch", ...more]);
  expect(unknown).toMatchObject({ exitCode: 2, stdout: "" });
  expect(unknown.stderr).toContain("Did you mean research?");
  const ended = await sandbox.run([flag, "research", ...more]);
  expect(ended).toMatchObject({ exitCode: 1, stdout: "" });
  expect(ended.stderr).toContain("is not running; it is completed");
});
