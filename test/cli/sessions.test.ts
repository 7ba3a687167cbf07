/** Looking at what was done. */
import { stat } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { createCliSandbox } from "../support/cliSandbox.ts";
import { createGate } from "../support/gate.ts";
import { planOf, step } from "../support/goalScenarios.ts";
import { startModelServer } from "../support/modelServer.ts";
import { httpError, say, stall } from "../support/modelServerReplies.ts";
import { byAgent } from "../support/modelServerScripts.ts";

describe("--list", () => {
  test("is empty, and says how to begin, before the first goal", async () => {
    await using sandbox = await createCliSandbox();
    const result = await sandbox.run(["--list"]);
    expect(result).toMatchObject({ exitCode: 0 });
    expect(result.stdout + result.stderr).toMatch(/no sessions/i);
    expect(await sandbox.sessions()).toEqual([]);
  });

  test("shows the sessions of all folders, newest first", async () => {
    await using sandbox = await createCliSandbox();
    await sandbox.root.write({ "other/x.txt": "" });
    await sandbox.run(["--session", "first", "One goal"]);
    await sandbox.run(["--session", "second", "--workspace", sandbox.root.join("other"), "Another\ngoal of two lines"]);
    const sessions = await sandbox.sessions();
    expect(sessions).toMatchObject([{ sessionId: "second" }, { sessionId: "first", goal: "One goal" }]);
    const { stdout } = await sandbox.run(["--list"]);
    expect(stdout.indexOf("second")).toBeLessThan(stdout.indexOf("first"));
    expect(stdout).toMatch(/first.*One goal/);
    expect(stdout.trimEnd().split("\n").length).toBeLessThanOrEqual(4);
  });
});

describe("--show", () => {
  test("tells goal, steps, files and outcome", async () => {
    await using sandbox = await createCliSandbox({ files: { "README.md": "# Sample\n" } });
    await sandbox.run(["--session", "mine", "Describe this"]);
    const { stdout, exitCode } = await sandbox.run(["--show", "mine"]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain("Describe this");
    expect(stdout).toContain(sandbox.workspace.path);
    expect(stdout).toMatch(/completed/);
    expect(stdout).toMatch(/\.md/);
  });

  test("tells why a session failed", async () => {
    const script = byAgent({
      planner: [planOf(step("bad"), step("next", { dependsOn: ["bad"] }))],
      steps: { "Step bad": [httpError(400, { message: "Something in it is not liked." })] },
    });
    await using server = await startModelServer({ script });
    await using sandbox = await createCliSandbox({ server });
    await sandbox.run(["--session", "mine", "A goal"]);
    const { stdout } = await sandbox.run(["--show", "mine"]);
    expect(stdout).toMatch(/failed/);
    expect(stdout).toMatch(/Something in it is not liked/);
    expect(stdout).toMatch(/skipped/);
  });

  test("of a session that runs shows how far it is", async () => {
    const gate = createGate();
    const script = byAgent({
      planner: [planOf(step("first"), step("next", { dependsOn: ["first"] }))],
      steps: { "Step first": [say("Done.")], "Step next": [stall(4, gate, say("slowly ", "done"))] },
    });
    await using server = await startModelServer({ script });
    await using sandbox = await createCliSandbox({ server });
    await using running = await sandbox.start(["--json", "--session", "mine", "A goal"]);
    await running.waitForJson((line) => line["type"] === "text_chunk" && line["content"] === "slowly ");
    const { stdout } = await sandbox.run(["--show", "mine"]);
    expect(stdout).toMatch(/running/);
    gate.open();
    expect(await running.exited).toMatchObject({ exitCode: 0 });
    expect(await sandbox.sessions()).toMatchObject([{ status: "completed" }]);
  });
});

test("two goals at once in one home do not disturb each other", async () => {
  await using sandbox = await createCliSandbox({ files: { "README.md": "# Sample\n" } });
  const results = await Promise.all(
    [1, 2, 3].map((number) => sandbox.run(["--json", "--session", `s${number}`, `Goal ${number}`])),
  );
  for (const result of results) {
    expect(result, result.stderr).toMatchObject({ exitCode: 0 });
    expect(result.lines.map((line) => line["seq"])).toEqual(result.lines.map((_, index) => index + 1));
  }
  const ids = (await sandbox.sessions()).map((session) => session["sessionId"]);
  expect(new Set(ids)).toEqual(new Set(["s1", "s2", "s3"]));
  expect(ids).toHaveLength(3);
});

test("of several goals that want one id at the same time exactly one gets it", async () => {
  await using sandbox = await createCliSandbox();
  const results = await Promise.all([1, 2, 3].map((number) => sandbox.run(["--session", "same", `Goal ${number}`])));
  expect(results.map((result) => result.exitCode).toSorted((left, right) => (left ?? 0) - (right ?? 0))).toEqual([
    0, 2, 2,
  ]);
  expect(await sandbox.sessions()).toMatchObject([{ sessionId: "same", status: "completed" }]);
});

test("the home and what is in it are closed to others", async () => {
  await using sandbox = await createCliSandbox();
  await sandbox.run(["A goal"]);
  expect((await stat(sandbox.home)).mode & 0o777).toBe(0o700);
  for (const path of await sandbox.everything()) {
    if (!path.startsWith("home/")) continue;
    expect((await stat(sandbox.root.join(path))).mode & 0o077, path).toBe(0);
  }
});
