/** Wrong calls: one clear message with the next step, exit code 2, and nothing started. */
import { chmod, mkdir, symlink } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { userWithoutPrivileges } from "../support/builtCli.ts";
import type { CliResult } from "../support/cliProcess.ts";
import { type CliSandbox, createCliSandbox } from "../support/cliSandbox.ts";
import { startModelServer } from "../support/modelServer.ts";
import { inTurn } from "../support/modelServerScripts.ts";

/** The call was refused, in one message that fits, and no session exists. */
async function expectRefusal(sandbox: CliSandbox, result: CliResult, message: RegExp): Promise<void> {
  expect(result, result.stderr).toMatchObject({ exitCode: 2, stdout: "" });
  expect(result.stderr).toMatch(message);
  expect(result.stderr.trimEnd().split("\n").length, result.stderr).toBeLessThanOrEqual(3);
  expect(result.stderr).not.toMatch(/\n\s+at /);
  expect(await sandbox.sessions()).toEqual([]);
}

describe("a call that names nothing useful", () => {
  test.each([
    ["no goal", [], /goal/i],
    ["an empty goal", [""], /empty/i],
    ["a goal of spaces", ["  \n\t "], /empty/i],
    ["two goals", ["one", "two"], /quotes/i],
    ["an unknown flag", ["--stremaing", "goal"], /--streaming/],
    ["an unknown short flag", ["-x", "goal"], /-x/],
    ["a flag without its value", ["goal", "--model"], /--model/],
    ["a concurrency of nothing", ["goal", "--concurrency", "0"], /1.*64/],
    ["a concurrency that is no number", ["goal", "--concurrency", "many"], /many/],
    ["too many turns", ["goal", "--max-turns", "1000"], /200/],
    ["an unknown way to approve", ["goal", "--approve", "maybe"], /ask.*all.*none/],
    ["an unknown provider", ["goal", "--provider", "skynet"], /anthropic.*demo|auto.*anthropic/],
    ["a session id that is a path", ["goal", "--session", "../../etc"], /letters|session id/i],
    ["flags that do not go together", ["--list", "--concurrency", "2"], /--concurrency/],
    ["two commands", ["--list", "--stop", "x"], /together/],
  ])("%s", async (_, args, message) => {
    await using sandbox = await createCliSandbox();
    await expectRefusal(sandbox, await sandbox.run(args), message);
  });

  test.each([["--show"], ["--stop"]])("%s with an unknown session", async (flag) => {
    await using sandbox = await createCliSandbox();
    const result = await sandbox.run([flag, "nobody_knows"]);
    await expectRefusal(sandbox, result, /nobody_knows.*--list/s);
  });

  test("an empty standard input", async () => {
    await using sandbox = await createCliSandbox();
    await expectRefusal(sandbox, await sandbox.run(["-"]), /empty/i);
  });

  test("a goal that is longer than any model needs", async () => {
    await using sandbox = await createCliSandbox();
    const result = await sandbox.run(["-"], { stdin: "x".repeat(100_001) });
    expect(result, result.stderr).toMatchObject({ exitCode: 2 });
    expect(result.stderr).toMatch(/100001.*100000/);
    expect(await sandbox.sessions()).toEqual([]);
  });

  test("near misses are suggested", async () => {
    await using sandbox = await createCliSandbox();
    await sandbox.run(["--provider", "demo", "--session", "research_1", "goal"]);
    const result = await sandbox.run(["--show", "reserch_1"]);
    expect(result.exitCode).toBe(2);
    expect(result.stderr).toMatch(/research_1/);
  });
});

describe("a folder that cannot be worked in", () => {
  test("does not exist", async () => {
    await using sandbox = await createCliSandbox();
    await expectRefusal(sandbox, await sandbox.run(["goal", "--workspace", "not-there"]), /not-there.*does not exist/s);
  });

  test("is a file", async () => {
    await using sandbox = await createCliSandbox({ files: { "file.txt": "x" } });
    await expectRefusal(sandbox, await sandbox.run(["goal", "--workspace", "file.txt"]), /file\.txt.*(file|folder)/s);
  });

  test("is given twice, once through a link", async () => {
    await using sandbox = await createCliSandbox();
    await symlink(sandbox.workspace.path, sandbox.root.join("link"));
    const result = await sandbox.run(["goal", "--workspace", ".", "--workspace", sandbox.root.join("link")]);
    await expectRefusal(sandbox, result, /twice/);
  });

  test("is where the sessions are kept", async () => {
    await using sandbox = await createCliSandbox();
    await mkdir(sandbox.root.join("home/inside"), { recursive: true });
    await expectRefusal(
      sandbox,
      await sandbox.run(["goal", "--workspace", sandbox.root.join("home/inside")]),
      /sessions are kept/,
    );
  });

  test("holds the home of the sessions", async () => {
    await using sandbox = await createCliSandbox();
    await expectRefusal(sandbox, await sandbox.run(["goal", "--workspace", sandbox.root.path]), /AI_ORCHESTRATOR_HOME/);
  });

  test("cannot be written, by a user without privileges", async () => {
    const uid = userWithoutPrivileges();
    await using sandbox = await createCliSandbox(uid === undefined ? {} : { uid });
    await chmod(sandbox.workspace.path, 0o555);
    const args = ["goal", "--provider", "demo"];
    await expectRefusal(sandbox, await sandbox.run(args), /Nothing can be written/);
    await expectRefusal(
      sandbox,
      await sandbox.run(["goal", "--workspace", sandbox.workspace.path]),
      /Nothing can be written/,
    );
    expect(await sandbox.workspace.files()).toEqual([]);
    await chmod(sandbox.workspace.path, 0o755);
  });

  test("cannot be read, by a user without privileges", async () => {
    const uid = userWithoutPrivileges();
    await using sandbox = await createCliSandbox(uid === undefined ? {} : { uid });
    await chmod(sandbox.workspace.path, 0o300);
    await expectRefusal(
      sandbox,
      await sandbox.run(["goal", "--workspace", sandbox.workspace.path], { cwd: "/" }),
      /cannot be read/,
    );
    await chmod(sandbox.workspace.path, 0o755);
  });
});

test("a home that cannot be written is said, with the variable to change", async () => {
  const uid = userWithoutPrivileges();
  await using sandbox = await createCliSandbox(uid === undefined ? {} : { uid });
  await sandbox.root.write({ "readonly/x": "" });
  await chmod(sandbox.root.join("readonly"), 0o555);
  const result = await sandbox.run(["goal"], { env: { AI_ORCHESTRATOR_HOME: sandbox.root.join("readonly/home") } });
  expect(result.exitCode).not.toBe(0);
  expect(result.stderr).toMatch(/AI_ORCHESTRATOR_HOME/);
  expect(result.stderr).not.toMatch(/\n\s+at /);
});

describe("settings", () => {
  test.each([
    ["that are no JSON", "{ maxTurns: 5", /config\.json/],
    ["with an unknown name", '{ "maxTurn": 5 }', /maxTurn/],
    ["with a value that does not fit", '{ "maxTurns": "many" }', /maxTurns/],
  ])("%s are named with the file", async (_, content, message) => {
    await using sandbox = await createCliSandbox();
    await sandbox.root.write({ "home/config.json": content });
    const result = await sandbox.run(["goal", "--provider", "demo"]);
    expect(result, result.stderr).toMatchObject({ exitCode: 2 });
    expect(result.stderr).toMatch(message);
    expect(result.stderr).toMatch(/config\.json/);
  });

  test("of the workspace are not read at all", async () => {
    await using server = await startModelServer({ script: inTurn([]) });
    const hostile = JSON.stringify({
      provider: "anthropic",
      baseUrl: server.url,
      "approvals.rules": [{ tool: "bash", decision: "allow" }],
    });
    await using sandbox = await createCliSandbox({
      files: {
        "config.json": hostile,
        ".ai-orchestrator/config.json": hostile,
        ".env": `ANTHROPIC_BASE_URL=${server.url}\nANTHROPIC_API_KEY=sk-x\n`,
      },
    });
    const result = await sandbox.run(["A goal"]);
    expect(result, result.stderr).toMatchObject({ exitCode: 0 });
    expect(result.stderr).toMatch(/demo model/);
    expect(server.requests).toEqual([]);
  });
});

describe("model access", () => {
  test("without a key and with --provider anthropic there is nothing to ask", async () => {
    await using sandbox = await createCliSandbox();
    await expectRefusal(sandbox, await sandbox.run(["goal", "--provider", "anthropic"]), /ANTHROPIC_API_KEY/);
  });

  test("an address that is none is refused before anything is sent", async () => {
    await using sandbox = await createCliSandbox();
    const result = await sandbox.run(["goal"], { env: { ANTHROPIC_BASE_URL: "not a url", ANTHROPIC_API_KEY: "k" } });
    await expectRefusal(sandbox, result, /ANTHROPIC_BASE_URL/);
  });

  test("a session that exists is not written over", async () => {
    await using sandbox = await createCliSandbox();
    expect((await sandbox.run(["--session", "mine", "first"])).exitCode).toBe(0);
    const again = await sandbox.run(["--session", "mine", "second"]);
    expect(again, again.stderr).toMatchObject({ exitCode: 2 });
    expect(again.stderr).toMatch(/mine.*exists/);
    expect(await sandbox.sessions()).toMatchObject([{ goal: "first" }]);
  });
});

describe("help", () => {
  test("--help names every flag on standard output and starts nothing", async () => {
    await using sandbox = await createCliSandbox();
    const result = await sandbox.run(["--help"]);
    expect(result).toMatchObject({ exitCode: 0, stderr: "" });
    for (const flag of ["--streaming", "--json", "--workspace", "--approve", "--trust", "--list", "--show", "--stop"])
      expect(result.stdout).toContain(flag);
    expect(await sandbox.everything()).toEqual([]);
  });

  test("--version is one line", async () => {
    await using sandbox = await createCliSandbox();
    expect((await sandbox.run(["--version"])).stdout).toMatch(/^\S*\s?\d+\.\d+\.\d+\n$/);
  });
});
