/** Looking at what other processes run: `--monitor` and `--dashboard`. */
import { describe, expect, test } from "vitest";
import { sessionListSchema } from "../../src/protocol/dashboardMessage.ts";
import type { CliLine, RunningCli } from "../support/cliProcess.ts";
import { createCliSandbox } from "../support/cliSandbox.ts";
import { DashboardClient } from "../support/dashboardClient.ts";
import { createGate } from "../support/gate.ts";
import { oneStep } from "../support/goalScenarios.ts";
import { startModelServer } from "../support/modelServer.ts";
import { say, slow, useTool } from "../support/modelServerReplies.ts";

/** A session of another process that waits in the middle. */
async function held() {
  const gate = createGate();
  const script = oneStep([useTool("glob", { pattern: "*.md" }), slow({ hold: gate }, say("Done."))]);
  const server = await startModelServer({ script });
  const sandbox = await createCliSandbox({ server });
  const running = await sandbox.start(["A goal", "--session", "one", "--json"]);
  await gate.reached();
  return {
    ...{ gate, sandbox, running },
    async [Symbol.asyncDispose]() {
      gate.open();
      await running[Symbol.asyncDispose]();
      await sandbox[Symbol.asyncDispose]();
      await server.close();
    },
  };
}

test("a run leaves samples of the machine's load in its log, while it runs", async () => {
  await using run = await held();
  const sample = await run.running.waitForJson((line) => line["type"] === "metrics_sampled");
  expect(sample).toMatchObject({ source: "monitor", agents: 1, sessionId: "one" });
  expect(sample["memory"]).toBeGreaterThan(0);
  run.gate.open();
  const { exitCode, lines } = await run.running.exited;
  expect(exitCode).toBe(0);
  expect(lines.at(-1)).toMatchObject({ type: "workflow_completed" });
});

describe("--monitor", () => {
  test("elsewhere than on a terminal it looks once, at what other processes run", async () => {
    await using run = await held();
    const { exitCode, stdout, stderr } = await run.sandbox.run(["--monitor"]);
    expect([exitCode, stderr]).toEqual([0, ""]);
    const [summary, head, session, agent] = stdout.split("\n");
    expect(summary).toMatch(/^1 session · 1 agent at work · /);
    expect(head).toMatch(/^SESSION +STATE +TOKENS +COST +TIME +GOAL/);
    expect(session).toMatch(/^one +running 0\/1 .* A goal$/);
    expect(agent).toMatch(/^ {2}coder_\d{4} +running /);
  });

  test("--json prints one object a session, one that has ended only when it is named", async () => {
    await using run = await held();
    const { lines } = await run.sandbox.run(["--monitor", "--json"]);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      sessionId: "one",
      status: "running",
      goal: "A goal",
      owner: { host: "terminal" },
    });
    expect(lines[0]).toHaveProperty("agents.1.agentId", expect.stringMatching(/^coder_/));
    run.gate.open();
    await run.running.exited;
    expect((await run.sandbox.run(["--monitor", "--json"])).lines).toEqual([]);
    const named = await run.sandbox.run(["--monitor", "one", "--json"]);
    expect(named.lines).toMatchObject([{ sessionId: "one", status: "completed" }]);
  });

  test("on a terminal it follows a session until it has ended, and leaves what was seen last", async () => {
    await using run = await held();
    await using terminal = await run.sandbox.startOnTerminal(["--monitor", "one"], { columns: 100, rows: 20 });
    await terminal.waitForScreen((text) => text.includes("running 0/1") && text.includes("coder_"));
    run.gate.open();
    expect(await terminal.exited).toBe(0);
    expect(terminal.screen.text).toMatch(/one +completed 1\/1/);
  });

  test.each([
    [30, 6],
    [20, 3],
  ])("fits a terminal of %i by %i, and Ctrl-C ends it", async (columns, rows) => {
    await using run = await held();
    await using terminal = await run.sandbox.startOnTerminal(["--monitor"], { columns, rows });
    await terminal.waitForScreen((text) => text.includes("one"));
    expect(terminal.screen.visible.length).toBeLessThanOrEqual(rows);
    terminal.type("\x03");
    expect(await terminal.exited).toBe(130);
    // The screen that was there before is back, with the cursor, and below it what was seen last.
    expect(terminal.output).toContain("\u001b[?25h\u001b[?1049l");
    expect(terminal.screen.text).toContain("one");
  });

  test("says what is wrong with a session that is not there", async () => {
    await using sandbox = await createCliSandbox();
    const unknown = await sandbox.run(["--monitor", "nothing"]);
    expect([unknown.exitCode, unknown.stdout]).toEqual([2, ""]);
    expect(unknown.stderr).toContain("nothing");
    const two = await sandbox.run(["--monitor", "one", "two"]);
    expect(two.stderr).toContain('"two" is too much: --monitor [SESSION]');
    expect((await sandbox.run(["--monitor"])).stdout).toContain("Nothing runs.");
  });
});

describe("--dashboard", () => {
  test("shows sessions of other processes to whoever has its link", async () => {
    await using run = await held();
    await using dashboard = await run.sandbox.start(["--dashboard", "0", "--json"]);
    const line = await firstLine(dashboard);
    expect(line).toMatchObject({ control: false });
    const client = new DashboardClient(String(line["url"]));
    using list = await client.open("/api/sessions");
    expect(sessionListSchema.parse((await list.next())?.data).sessions).toMatchObject([
      { sessionId: "one", owner: { host: "terminal", pid: run.running.pid } },
    ]);
    const { stream, first } = await client.watch("one");
    using _ = stream;
    expect(first.data).toMatchObject({ type: "snapshot", content: { header: { goal: "A goal", status: "running" } } });
    run.gate.open();
    await stream.until(({ data }) => JSON.stringify(data).includes('"status":"completed"'));
    dashboard.kill("SIGINT");
    const { exitCode } = await dashboard.exited;
    expect(exitCode).toBe(130);
  });

  test("stops a session of another process when it was started with --control", async () => {
    await using run = await held();
    await using dashboard = await run.sandbox.start(["--dashboard", "0", "--control", "--json"]);
    const client = new DashboardClient(String((await firstLine(dashboard))["url"]));
    const { stream, feedId } = await client.watch("one");
    using _ = stream;
    await client.say(feedId, [{ type: "stop" }]);
    expect((await run.running.exited).exitCode).toBe(3);
    await stream.until(({ data }) => JSON.stringify(data).includes('"status":"interrupted"'));
  });

  test("names what is wrong with its port", async () => {
    await using sandbox = await createCliSandbox();
    await using dashboard = await sandbox.start(["--dashboard", "0", "--json"]);
    const { port } = new URL(String((await firstLine(dashboard))["url"]));
    const taken = await sandbox.run(["--dashboard", port]);
    expect([taken.exitCode, taken.stdout]).toEqual([1, ""]);
    expect(taken.stderr).toContain(
      `Port ${port} is taken by another program. Choose another one with --dashboard PORT.`,
    );
    for (const wrong of ["70000", "-1", "http", "80.5"]) {
      const { exitCode, stderr } = await sandbox.run([`--dashboard=${wrong}`]);
      expect([exitCode, stderr]).toEqual([2, expect.stringContaining("--dashboard must be a whole number") as string]);
    }
    expect((await sandbox.run(["--control", "A goal"])).stderr).toContain("--control does not go with running a goal");
  });
});

function firstLine(dashboard: RunningCli): Promise<CliLine> {
  return dashboard.waitForJson((line) => "url" in line);
}
