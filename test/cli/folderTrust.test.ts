/** What a folder brings for agents is used only where the person said so. */
import { describe, expect, test } from "vitest";
import { type CliSandbox, createCliSandbox } from "../support/cliSandbox.ts";
import { planOf, step } from "../support/goalScenarios.ts";
import { type ModelServer, startModelServer } from "../support/modelServer.ts";
import { say } from "../support/modelServerReplies.ts";
import { firstUserTextOf, isPlannerRequest, systemTextOf, toolResultsOf } from "../support/modelServerRequests.ts";
import { byAgent } from "../support/modelServerScripts.ts";

const AGENT =
  "---\nname: greeter\ndescription: Greets in the way of this folder.\ntools: [read]\n---\nYou greet in the way of this folder.\n";
const FILES = { ".ai-orchestrator/agents/greeter.md": AGENT, "AGENTS.md": "Always write in iambic pentameter.\n" };

/** A planner that wants the folder's agent first and falls back to a built-in one when it is told no. */
function wantsGreeter() {
  return byAgent({
    planner: [planOf(step("work", { agentType: "greeter" })), planOf(step("work"))],
    steps: { "Step work": [say("Hello.")] },
  });
}

function everythingSent(server: ModelServer): string {
  return server.turns.map((request) => `${systemTextOf(request)}\n${firstUserTextOf(request)}`).join("\n");
}

describe("an untrusted folder", () => {
  test("is worked in without its own agents and instructions, and that is said once", async () => {
    await using server = await startModelServer({ script: wantsGreeter() });
    await using sandbox = await createCliSandbox({ server, files: FILES });
    const result = await sandbox.run(["A goal"]);
    expect(result, result.stderr).toMatchObject({ exitCode: 0 });
    const lines = result.stderr.split("\n").filter((line) => line.includes("--trust"));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/\.ai-orchestrator\/agents/);
    expect(lines[0]).toMatch(/AGENTS\.md/);
    expect(everythingSent(server)).not.toMatch(/iambic|in the way of this folder/);
    expect(toolResultsOf(server.turns[1]!)).toMatchObject([
      { isError: true, text: expect.stringContaining("greeter") },
    ]);
  });

  test("that brings nothing is not mentioned", async () => {
    await using server = await startModelServer({
      script: byAgent({ planner: [planOf(step("work"))], steps: { "Step work": [say("Hi.")] } }),
    });
    await using sandbox = await createCliSandbox({ server, files: { "README.md": "# x\n" } });
    expect((await sandbox.run(["A goal"])).stderr).not.toMatch(/trust/);
  });
});

describe("--trust", () => {
  async function expectUsed(server: ModelServer, sandbox: CliSandbox, args: readonly string[]): Promise<void> {
    const result = await sandbox.run([...args, "A goal"]);
    expect(result, result.stderr).toMatchObject({ exitCode: 0 });
    expect(result.stderr).not.toMatch(/--trust/);
    expect(everythingSent(server)).toMatch(/iambic/);
    const working = server.turns.find((request) => !isPlannerRequest(request));
    expect(systemTextOf(working!)).toContain("You greet in the way of this folder.");
  }

  test("uses them, and is remembered in the home and not in the folder", async () => {
    await using server = await startModelServer({ script: wantsGreeter() });
    await using sandbox = await createCliSandbox({ server, files: FILES });
    await expectUsed(server, sandbox, ["--trust"]);
    expect((await sandbox.workspace.files()).toSorted()).toEqual(Object.keys(FILES).toSorted());
    await using again = await startModelServer({ script: wantsGreeter() });
    const second = await sandbox.run(["Another goal"], { env: { ANTHROPIC_BASE_URL: again.url } });
    expect(second, second.stderr).toMatchObject({ exitCode: 0 });
    expect(second.stderr).not.toMatch(/--trust/);
    expect(everythingSent(again)).toMatch(/iambic/);
  });

  test("for one folder is none for another", async () => {
    await using server = await startModelServer({ script: wantsGreeter() });
    await using sandbox = await createCliSandbox({ server, files: FILES });
    await sandbox.root.write({ "other/AGENTS.md": "Write everything in capitals.\n" });
    await expectUsed(server, sandbox, ["--trust"]);
    await using again = await startModelServer({
      script: byAgent({ planner: [planOf(step("work"))], steps: { "Step work": [say("Hi.")] } }),
    });
    const second = await sandbox.run(["--workspace", sandbox.root.join("other"), "A goal"], {
      env: { ANTHROPIC_BASE_URL: again.url },
    });
    expect(second, second.stderr).toMatchObject({ exitCode: 0 });
    expect(second.stderr).toMatch(/--trust/);
    expect(everythingSent(again)).not.toMatch(/capitals/);
  });
});

test("a broken agent file is named, and the others are used", async () => {
  const files = { ...FILES, ".ai-orchestrator/agents/broken.md": "---\nname: [not a name\n---\n" };
  await using server = await startModelServer({ script: wantsGreeter() });
  await using sandbox = await createCliSandbox({ server, files });
  const result = await sandbox.run(["--trust", "A goal"]);
  expect(result, result.stderr).toMatchObject({ exitCode: 0 });
  expect(result.stderr).toMatch(/broken\.md/);
  expect(server.turns).toHaveLength(2);
});

test("the user's own agents are there in every folder", async () => {
  await using server = await startModelServer({ script: wantsGreeter() });
  await using sandbox = await createCliSandbox({ server });
  await sandbox.root.write({ "home/agents/greeter.md": AGENT });
  const result = await sandbox.run(["A goal"]);
  expect(result, result.stderr).toMatchObject({ exitCode: 0 });
  expect(server.turns).toHaveLength(2);
});
