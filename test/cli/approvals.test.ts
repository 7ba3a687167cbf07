/** What asks for a yes, who may give it, and that a no reaches the model. */
import { describe, expect, test } from "vitest";
import { type CliSandbox, createCliSandbox } from "../support/cliSandbox.ts";
import { eventsOf, ofKind } from "../support/eventStream.ts";
import { oneStep } from "../support/goalScenarios.ts";
import { startModelServer } from "../support/modelServer.ts";
import { say, searchWeb, type ScriptedBlock, useTool } from "../support/modelServerReplies.ts";
import { toolResultsOf } from "../support/modelServerRequests.ts";

const MAKE_FILE = useTool("bash", { command: "echo made > made.txt && echo said" });

async function runWith(
  args: readonly string[],
  calls: readonly ScriptedBlock[],
  prepare?: (sandbox: CliSandbox) => Promise<void>,
) {
  const server = await startModelServer({ script: oneStep([calls, say("Done.")]) });
  const sandbox = await createCliSandbox({ server });
  await prepare?.(sandbox);
  const result = await sandbox.run(["--json", ...args, "A goal"]);
  expect(result, result.stderr).toMatchObject({ exitCode: 0 });
  expect(server.violations).toEqual([]);
  const files = await sandbox.workspace.files();
  await sandbox[Symbol.asyncDispose]();
  await server.close();
  return { result, events: eventsOf(result.lines), results: toolResultsOf(server.turns.at(-1)!), files };
}

describe.concurrent("a shell command", () => {
  test("is run with --approve all, its output goes to the model and its effects to the log", async () => {
    const { events, results, files } = await runWith(["--approve", "all"], [MAKE_FILE]);
    expect(files).toEqual(["made.txt"]);
    expect(results).toMatchObject([{ isError: false, text: expect.stringContaining("said") }]);
    expect(ofKind(events, "approval_requested")).toMatchObject([{ tool: "bash" }]);
    expect(ofKind(events, "approval_resolved")).toMatchObject([{ decision: "allow", by: "--approve all" }]);
    expect(
      ofKind(events, "tool_output")
        .map((event) => event.content)
        .join(""),
    ).toContain("said");
  });

  test("is denied where nobody can be asked, the model is told why, and the run goes on", async () => {
    const { events, results, files } = await runWith([], [MAKE_FILE]);
    expect(files).toEqual([]);
    expect(results).toMatchObject([{ isError: true }]);
    expect(results[0]?.text).toMatch(/not allowed|denied|nobody|no terminal/i);
    expect(ofKind(events, "approval_resolved")).toMatchObject([{ decision: "deny" }]);
    expect(ofKind(events, "workflow_completed")).toHaveLength(1);
  });

  test("is denied with --approve none", async () => {
    const { events, results, files } = await runWith(["--approve", "none"], [MAKE_FILE]);
    expect(files).toEqual([]);
    expect(results).toMatchObject([{ isError: true }]);
    expect(ofKind(events, "approval_resolved")).toMatchObject([{ decision: "deny" }]);
  });

  test("that is one plain argv can be allowed by a rule, and runs without a shell", async () => {
    const rule = { "approvals.rules": [{ tool: "bash", decision: "allow", argv: ["printf", "*"] }] };
    const { events, results, files } = await runWith(
      [],
      [
        useTool("bash", { command: "printf %s allowed" }),
        useTool("bash", { command: "printf %s stolen > made.txt" }),
        useTool("bash", { command: "printf x; echo more" }),
        useTool("bash", { command: "sh -c 'echo x > made.txt'" }),
      ],
      (sandbox) => sandbox.root.write({ "home/config.json": JSON.stringify(rule) }),
    );
    expect(results.map((one) => one.isError)).toEqual([false, true, true, true]);
    expect(results[0]?.text).toContain("allowed");
    expect(files).toEqual([]);
    expect(ofKind(events, "approval_requested")).toHaveLength(3);
  });

  test("that a rule denies is not saved by --approve all", async () => {
    const rule = { "approvals.rules": [{ tool: "bash", decision: "deny" }] };
    const { results, files } = await runWith(["--approve", "all"], [MAKE_FILE], (sandbox) =>
      sandbox.root.write({ "home/config.json": JSON.stringify(rule) }),
    );
    expect(results).toMatchObject([{ isError: true }]);
    expect(files).toEqual([]);
  });

  test("that fails tells the model its exit code and both outputs", async () => {
    const { results } = await runWith(
      ["--approve", "all"],
      [useTool("bash", { command: "echo out; echo err >&2; exit 7" })],
    );
    expect(results[0]?.text).toMatch(/out/);
    expect(results[0]?.text).toMatch(/err/);
    expect(results[0]?.text).toMatch(/7/);
    expect(results[0]?.isError).toBe(true);
  });

  test("that never ends is ended after its timeout", async () => {
    const { results } = await runWith(
      ["--approve", "all"],
      [useTool("bash", { command: "echo begun; sleep 1000", timeout_seconds: 1 })],
    );
    expect(results[0]).toMatchObject({ isError: true });
    expect(results[0]?.text).toMatch(/begun/);
    expect(results[0]?.text).toMatch(/timed? ?out|longer|seconds/i);
  });

  test("that floods has its output capped", async () => {
    const { result, results } = await runWith(
      ["--approve", "all"],
      [useTool("bash", { command: "yes flood | head -c 20000000" })],
    );
    expect(results[0]!.text.length).toBeLessThan(200_000);
    expect(result.stdout.length).toBeLessThan(5_000_000);
  });
});

describe("not even --approve all", () => {
  test("opens protected places without a terminal", async () => {
    const { results, files } = await runWith(
      ["--approve", "all"],
      [useTool("write", { file_path: ".vscode/tasks.json", content: "{}" })],
    );
    expect(results).toMatchObject([{ isError: true }]);
    expect(files).toEqual([]);
  });

  test("allows a command to an agent that has read the web", async () => {
    const web = searchWeb("q", [{ url: "https://example.org", title: "Run this" }]);
    const { events, results, files } = await runWith(["--approve", "all"], [...web, MAKE_FILE]);
    expect(results.at(-1)).toMatchObject({ isError: true });
    expect(files).toEqual([]);
    expect(ofKind(events, "approval_requested").at(-1)?.taint?.length).toBeGreaterThan(0);
  });
});

describe.concurrent("on a terminal", () => {
  const held = async () => {
    const server = await startModelServer({ script: oneStep([[MAKE_FILE], say("Done.")]) });
    const sandbox = await createCliSandbox({ server });
    return { server, sandbox, close: async () => (await server.close(), await sandbox[Symbol.asyncDispose]()) };
  };

  test.each([
    ["a", ["made.txt"], false],
    ["d", [], true],
  ] as const)("the answer %s counts", async (key, files, isError) => {
    const { server, sandbox, close } = await held();
    await using terminal = await sandbox.startOnTerminal(["--streaming", "A goal"]);
    await terminal.waitForScreen((text) => text.includes("[a]") && text.includes("echo made > made.txt && echo said"));
    terminal.type(key);
    expect(await terminal.exited).toBe(0);
    expect(await sandbox.workspace.files()).toEqual(files);
    expect(toolResultsOf(server.turns.at(-1)!)).toMatchObject([{ isError }]);
    await close();
  });

  test("Ctrl-C at the question ends the run and saves it", async () => {
    const { sandbox, close } = await held();
    await using terminal = await sandbox.startOnTerminal(["--session", "asked", "A goal"]);
    await terminal.waitForScreen((text) => text.includes("[a]"));
    terminal.type("\u0003");
    expect(await terminal.exited).toBe(130);
    expect(await sandbox.workspace.files()).toEqual([]);
    expect(await sandbox.sessions()).toMatchObject([{ status: "interrupted" }]);
    await close();
  });
});
