/** What goes over the wire when two steps run at once and a third needs both. */
import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { createCliSandbox, TEST_KEY, type CliSandbox } from "../support/cliSandbox.ts";
import { createMeeting } from "../support/gate.ts";
import { oneStep, planOf, step, twoThenOne } from "../support/goalScenarios.ts";
import { startModelServer } from "../support/modelServer.ts";
import { httpError, say, stall, think, useTool } from "../support/modelServerReplies.ts";
import {
  firstUserTextOf,
  isPlannerRequest,
  messagesOf,
  toolNamesOf,
  toolResultsOf,
} from "../support/modelServerRequests.ts";
import { byAgent } from "../support/modelServerScripts.ts";

describe("two parallel steps and one that needs both", () => {
  const script = () => {
    const meeting = createMeeting(2);
    return twoThenOne({
      left: [
        [think("First the file."), say("I read it."), useTool("read", { file_path: "a.txt" }, { id: "toolu_left" })],
        stall(4, meeting, say("Left result: the ", "file says alpha.")),
      ],
      right: [
        [useTool("glob", { pattern: "*.txt" }), useTool("grep", { pattern: "beta" })],
        stall(4, meeting, say("Right result: ", "beta is in b.txt.")),
      ],
      both: [say("# Report\n\nalpha and beta")],
    });
  };

  test("send tools, full history and tool results, and the third is given the results of both", async () => {
    await using server = await startModelServer({ script: script(), expectKey: TEST_KEY });
    await using sandbox = await createCliSandbox({ server, files: { "a.txt": "alpha\n", "b.txt": "beta\n" } });
    const result = await sandbox.run(["--model", "claude-opus-5", "Compare the files"]);
    expect(result, result.stderr).toMatchObject({ exitCode: 0 });
    expect(server.violations).toEqual([]);

    const [planning] = server.turns.filter(isPlannerRequest);
    expect(toolNamesOf(planning!)).toEqual(expect.arrayContaining(["submit_plan", "glob", "grep", "read"]));
    expect(firstUserTextOf(planning!)).toContain("Compare the files");

    const turnsOf = (title: string) =>
      server.turns.filter(
        (request) => !isPlannerRequest(request) && firstUserTextOf(request).includes(`Your task: ${title}`),
      );
    const left = turnsOf("Step left");
    expect(left).toHaveLength(2);
    expect(messagesOf(left[1]!).map((message) => message.role)).toEqual(["user", "assistant", "user"]);
    // What the model said goes back to it exactly as it came, thinking included.
    expect(messagesOf(left[1]!)[1]?.content).toMatchObject([
      { type: "thinking", thinking: "First the file." },
      { type: "text", text: "I read it." },
      { type: "tool_use", id: "toolu_left", name: "read", input: { file_path: "a.txt" } },
    ]);
    expect(toolResultsOf(left[1]!)).toMatchObject([
      { toolUseId: "toolu_left", isError: false, text: expect.stringContaining("alpha") },
    ]);
    expect(toolNamesOf(left[0]!)).toEqual(expect.arrayContaining(["read", "glob", "grep", "edit", "write", "bash"]));

    const right = turnsOf("Step right");
    const results = toolResultsOf(right[1]!);
    expect(results.map((one) => one.isError)).toEqual([false, false]);
    expect(results[0]?.text).toContain("b.txt");
    expect(results[1]?.text).toContain("b.txt");

    const [both, ...more] = turnsOf("Step both");
    expect(more).toEqual([]);
    expect(firstUserTextOf(both!)).toContain("Left result: the file says alpha.");
    expect(firstUserTextOf(both!)).toContain("Right result: beta is in b.txt.");
    // Neither of the first two was told what the other did.
    for (const request of [...left, ...right]) expect(firstUserTextOf(request)).not.toContain(" result: ");

    for (const request of server.turns) {
      expect(request.body).toMatchObject({ model: "claude-opus-5", stream: true, max_tokens: expect.any(Number) });
      expect(request.body).not.toHaveProperty("thread");
    }
  });

  test("share connections instead of opening one for each request", async () => {
    await using server = await startModelServer({ script: script() });
    await using sandbox = await createCliSandbox({ server, files: { "a.txt": "alpha\n", "b.txt": "beta\n" } });
    await sandbox.run(["Compare the files"]);
    expect(server.turns).toHaveLength(6);
    expect(server.connections).toBeLessThan(server.requests.length);
  });
});

describe("the key", () => {
  async function everyByte(sandbox: CliSandbox): Promise<string> {
    const files = await sandbox.everything();
    const contents = await Promise.all(files.map((path) => readFile(sandbox.root.join(path), "latin1")));
    return contents.join("\n");
  }

  test("is sent to the server and is nowhere else: outputs, log, store, workspace", async () => {
    const script = oneStep([
      [
        useTool("read", { file_path: ".env.leak" }),
        useTool("bash", { command: "env" }),
        useTool("bash", { command: "echo $ANTHROPIC_API_KEY | cut -c1-99" }),
      ],
      say("Done."),
    ]);
    await using server = await startModelServer({ script, expectKey: TEST_KEY });
    await using sandbox = await createCliSandbox({ server, files: { ".env.leak": "nothing yet" } });
    // A file that already holds the key is the workspace's own and not counted. Snapshots hold bytes as they are,
    // but leave out what is named like this.
    await sandbox.workspace.write({ ".env.leak": `key=${TEST_KEY}\n` });
    const result = await sandbox.run(["--verbose", "--json", "--approve", "all", "Print the environment"]);
    expect(result, result.stderr).toMatchObject({ exitCode: 0 });
    expect(
      server.requests.every(
        (request) =>
          request.headers.authorization === `Bearer ${TEST_KEY}` || request.headers["x-api-key"] === TEST_KEY,
      ),
    ).toBe(true);
    expect(server.requests.map((request) => request.rawBody).join("\n")).not.toContain(TEST_KEY);
    await sandbox.workspace.write({ ".env.leak": "" });
    expect(result.stdout + result.stderr + (await everyByte(sandbox))).not.toContain(TEST_KEY);
  });

  test("is filtered from what the server says about it", async () => {
    const refusal = httpError(401, { message: `The key ${TEST_KEY} is not known.` });
    await using server = await startModelServer({ script: byAgent({ planner: [refusal] }) });
    await using sandbox = await createCliSandbox({ server });
    const result = await sandbox.run(["--verbose", "--json", "A goal"]);
    expect(result.exitCode).toBe(1);
    expect(result.stdout + result.stderr + (await everyByte(sandbox))).not.toContain(TEST_KEY);
  });

  test("is not sent to another server by a redirect", async () => {
    await using other = await startModelServer({ script: () => say("stolen") });
    const redirect = httpError(307, { headers: { location: `${other.url}/v1/messages` } });
    await using server = await startModelServer({ script: () => redirect });
    await using sandbox = await createCliSandbox({ server });
    await sandbox.root.write({ "home/config.json": '{ "maxRetries": 0 }' });
    const result = await sandbox.run(["A goal"]);
    expect(result.exitCode).toBe(1);
    expect(other.requests).toEqual([]);
  });
});

test("a long result is cut for the step that needs it, which can read on", async () => {
  const long = `${"x".repeat(20_000)}END`;
  const script = byAgent({
    planner: [planOf(step("first"), step("second", { dependsOn: ["first"] }))],
    steps: {
      "Step first": [say(long)],
      "Step second": [useTool("read_result", { step_id: "first", offset: 16_384 }), say("Read.")],
    },
  });
  await using server = await startModelServer({ script });
  await using sandbox = await createCliSandbox({ server });
  const result = await sandbox.run(["A goal"]);
  expect(result, result.stderr).toMatchObject({ exitCode: 0 });
  const last = server.turns.at(-1)!;
  expect(firstUserTextOf(last)).not.toContain("END");
  expect(toolResultsOf(last)).toMatchObject([{ isError: false, text: expect.stringContaining("END") }]);
  expect(server.violations).toEqual([]);
});
