/** How many agents, how many turns, which folders. */
import { describe, expect, test } from "vitest";
import { createCliSandbox } from "../support/cliSandbox.ts";
import { eventsOf, ofKind, onlyOne } from "../support/eventStream.ts";
import { createGate, createMeeting } from "../support/gate.ts";
import { oneStep, planOf, step } from "../support/goalScenarios.ts";
import { startModelServer } from "../support/modelServer.ts";
import { say, slow, useTool } from "../support/modelServerReplies.ts";
import { systemTextOf, toolResultsOf } from "../support/modelServerRequests.ts";
import { byAgent } from "../support/modelServerScripts.ts";

const SIX = ["s1", "s2", "s3", "s4", "s5", "s6"];

describe("--concurrency", () => {
  test("1 runs one step after the other", async () => {
    let atOnce = 0;
    let most = 0;
    const script = byAgent({
      planner: [planOf(...SIX.map((id) => step(id)))],
      steps: Object.fromEntries(
        SIX.map((id) => [
          `Step ${id}`,
          [
            async () => {
              most = Math.max(most, (atOnce += 1));
              await new Promise((resolve) => setImmediate(resolve));
              atOnce -= 1;
              return say(`${id} done.`);
            },
          ],
        ]),
      ),
    });
    await using server = await startModelServer({ script });
    await using sandbox = await createCliSandbox({ server });
    const result = await sandbox.run(["--json", "--concurrency", "1", "A goal"]);
    expect(result, result.stderr).toMatchObject({ exitCode: 0 });
    expect(most).toBe(1);
    const order = eventsOf(result.lines).filter(
      (event) => event.type === "step_started" || event.type === "step_completed",
    );
    expect(order.map((event) => event.type)).toEqual(SIX.flatMap(() => ["step_started", "step_completed"]));
  });

  test("of 3 runs three and not four at a time", async () => {
    const gate = createGate();
    const script = byAgent({
      planner: [planOf(...SIX.map((id) => step(id)))],
      steps: Object.fromEntries(SIX.map((id) => [`Step ${id}`, [slow({ hold: gate }, say(`${id} done.`))]])),
    });
    await using server = await startModelServer({ script });
    await using sandbox = await createCliSandbox({ server });
    await using running = await sandbox.start(["--json", "--concurrency", "3", "A goal"]);
    await running.until(gate.reached(3));
    // A second process that is started and ends gives a fourth request all the time it would need.
    await sandbox.sessions();
    expect(server.turns).toHaveLength(4);
    gate.open();
    expect(await running.exited).toMatchObject({ exitCode: 0 });
  });

  test("is 4 when nothing is said", async () => {
    const meeting = createMeeting(4);
    const script = byAgent({
      planner: [planOf(...SIX.map((id) => step(id)))],
      steps: Object.fromEntries(SIX.map((id) => [`Step ${id}`, [slow({ hold: meeting }, say(`${id} done.`))]])),
    });
    await using server = await startModelServer({ script });
    await using sandbox = await createCliSandbox({ server });
    expect(await sandbox.run(["A goal"])).toMatchObject({ exitCode: 0 });
  });
});

describe("--max-turns", () => {
  const look = useTool("glob", { pattern: "*" });

  test("ends an agent that does not come to an end, and the step fails with the reason", async () => {
    await using server = await startModelServer({ script: oneStep([look, look, look, look]) });
    await using sandbox = await createCliSandbox({ server });
    const result = await sandbox.run(["--json", "--max-turns", "2", "A goal"]);
    expect(result, result.stderr).toMatchObject({ exitCode: 1 });
    expect(server.turns).toHaveLength(3);
    expect(onlyOne(eventsOf(result.lines), "step_failed").error).toMatchObject({
      code: "agent.maxTurns",
      params: { turns: 2 },
    });
    expect(result.stderr).toMatch(/2 model turns.*--max-turns/s);
  });

  test("is no limit for one that ends in time", async () => {
    await using server = await startModelServer({ script: oneStep([look, say("Done.")]) });
    await using sandbox = await createCliSandbox({ server });
    expect(await sandbox.run(["--max-turns", "2", "A goal"])).toMatchObject({ exitCode: 0 });
  });
});

describe("several workspaces", () => {
  test("are named in front of every path", async () => {
    const script = oneStep([
      [
        useTool("read", { file_path: "one/a.txt" }),
        useTool("write", { file_path: "two/new.txt", content: "new\n" }),
        useTool("read", { file_path: "a.txt" }),
        useTool("write", { file_path: "three/x.txt", content: "x" }),
        useTool("glob", { pattern: "**/*.txt" }),
      ],
      say("Done."),
    ]);
    await using server = await startModelServer({ script });
    await using sandbox = await createCliSandbox({ server });
    await sandbox.root.write({ "one/a.txt": "alpha", "two/b.txt": "beta" });
    const result = await sandbox.run([
      "--json",
      "--workspace",
      "../one",
      "--workspace",
      sandbox.root.join("two"),
      "A goal",
    ]);
    expect(result, result.stderr).toMatchObject({ exitCode: 0 });
    const events = eventsOf(result.lines);
    expect(onlyOne(events, "session_created").folders).toEqual([
      { name: "one", path: sandbox.root.join("one") },
      { name: "two", path: sandbox.root.join("two") },
    ]);
    const results = toolResultsOf(server.turns.at(-1)!);
    expect(results.map((one) => one.isError)).toEqual([false, false, true, true, false]);
    expect(results[0]?.text).toContain("alpha");
    expect(results[2]?.text).toMatch(/one.*two/s);
    expect(results[4]?.text).toMatch(/one\/a\.txt/);
    expect(results[4]?.text).toMatch(/two\/b\.txt/);
    expect(await sandbox.root.read("two/new.txt")).toBe("new\n");
    expect(ofKind(events, "tool_result").flatMap((event) => event.effects)).toMatchObject([
      { path: "two/new.txt", change: "created" },
    ]);
    expect(systemTextOf(server.turns[1]!)).toMatch(/`one`.*`two`/s);
  });

  test("of the same name are told apart", async () => {
    await using server = await startModelServer({ script: oneStep([say("Done.")]) });
    await using sandbox = await createCliSandbox({ server });
    await sandbox.root.write({ "x/app/a.txt": "", "y/app/b.txt": "" });
    const result = await sandbox.run(["--json", "--workspace", "../x/app", "--workspace", "../y/app", "A goal"]);
    expect(result, result.stderr).toMatchObject({ exitCode: 0 });
    const names = onlyOne(eventsOf(result.lines), "session_created").folders.map((folder) => folder.name);
    expect(new Set(names).size).toBe(2);
  });
});

describe("an output file", () => {
  test("that exists is not written over", async () => {
    await using server = await startModelServer({ script: oneStep([say("New text.")], { outputFile: "report.md" }) });
    await using sandbox = await createCliSandbox({ server, files: { "report.md": "Old text.\n" } });
    const result = await sandbox.run(["--json", "A goal"]);
    expect(result, result.stderr).toMatchObject({ exitCode: 0 });
    expect(await sandbox.workspace.read("report.md")).toBe("Old text.\n");
    expect(await sandbox.workspace.read("report-2.md")).toBe("New text.\n");
    expect(onlyOne(eventsOf(result.lines), "workflow_completed").outputs).toEqual(["report-2.md"]);
  });

  test("that the agent wrote itself is left as it is", async () => {
    const script = oneStep([useTool("write", { file_path: "report.md", content: "By hand.\n" }), say("Written.")], {
      outputFile: "report.md",
    });
    await using server = await startModelServer({ script });
    await using sandbox = await createCliSandbox({ server });
    expect(await sandbox.run(["A goal"])).toMatchObject({ exitCode: 0 });
    expect(await sandbox.workspace.files()).toEqual(["report.md"]);
    expect(await sandbox.workspace.read("report.md")).toBe("By hand.\n");
  });

  test("outside the workspace fails the step", async () => {
    await using server = await startModelServer({ script: oneStep([say("Text.")], { outputFile: "../report.md" }) });
    await using sandbox = await createCliSandbox({ server });
    expect(await sandbox.run(["A goal"])).toMatchObject({ exitCode: 1 });
    expect((await sandbox.everything()).filter((path) => path.endsWith(".md"))).toEqual([]);
  });
});
