import { strict as assert } from "node:assert";
import { afterEach, describe, it } from "mocha";
import * as vscode from "vscode";
import { oneStep, twoThenOne } from "../support/goalScenarios.ts";
import { startModelServer } from "../support/modelServer.ts";
import { say, useTool } from "../support/modelServerReplies.ts";
import { firstUserTextOf } from "../support/modelServerRequests.ts";
import { eventsOf, firstFolder, knownSessions, ofType, readText, rowOf, startSession } from "./product.ts";

const MODEL_VARIABLES = ["ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY"];

describe("a goal", () => {
  afterEach(() => {
    for (const name of MODEL_VARIABLES) delete process.env[name];
  });

  it("of the demo writes a report with true facts, and its session is complete", async () => {
    const readme = vscode.Uri.joinPath(firstFolder(), "README.md");
    await vscode.workspace.fs.writeFile(readme, new TextEncoder().encode("# Lighthouse\n\nIt shines.\n"));
    const sessionId = await startSession("runDemo");
    const events = await eventsOf(sessionId);
    assert.equal(events[0]?.type, "session_created");
    assert.equal(events.at(-1)?.type, "workflow_completed");
    const [plan] = ofType(events, "plan_created");
    assert.ok(plan && plan.plan.steps.length > 1);
    assert.equal(ofType(events, "step_completed").length, plan.plan.steps.length);
    assert.deepEqual(
      events.map(({ seq }) => seq),
      events.map((_, index) => index + 1),
    );
    const row = await rowOf(sessionId);
    assert.equal(row.effectiveStatus, "completed");
    assert.equal(row.demo, true);
    assert.equal(row.costUsd, 0);
    const outputs = events.flatMap((event) => (event.type === "workflow_completed" ? event.outputs : []));
    const texts = await Promise.all(outputs.map((path) => readText(vscode.Uri.joinPath(firstFolder(), path))));
    assert.match(texts.join("\n"), /Lighthouse/);
  });

  it("given to the command runs against the server that is named, with real tools", async () => {
    await using server = await startModelServer({
      expectKey: "sk-ant-test-key",
      script: twoThenOne({
        left: [[useTool("write", { file_path: "left.txt", content: "left\n" })], say("Left done.")],
        right: [say("Right done.")],
        both: [say("# Report\n\nBoth are done.\n")],
      }),
    });
    process.env["ANTHROPIC_BASE_URL"] = server.url;
    process.env["ANTHROPIC_API_KEY"] = "sk-ant-test-key";
    const sessionId = await startSession("runGoal", "Do two things and report");
    const events = await eventsOf(sessionId);
    assert.equal(events.at(-1)?.type, "workflow_completed");
    assert.deepEqual(server.violations, []);
    assert.equal(await readText(vscode.Uri.joinPath(firstFolder(), "left.txt")), "left\n");
    assert.match(await readText(vscode.Uri.joinPath(firstFolder(), "report.md")), /Both are done/);
    const row = await rowOf(sessionId);
    assert.equal(row.effectiveStatus, "completed");
    assert.deepEqual([row.stepsCompleted, row.stepsTotal], [3, 3]);
    assert.ok(row.costUsd > 0);
  });

  it("of fifty kilobytes reaches the model whole", async () => {
    const goal = `Sum this up:\n${"All work and no play. ".repeat(2_400)}THE END`;
    assert.ok(goal.length > 50_000);
    await using server = await startModelServer({ script: oneStep([say("Summed up.")]) });
    process.env["ANTHROPIC_BASE_URL"] = server.url;
    const sessionId = await startSession("runGoal", goal);
    assert.equal((await eventsOf(sessionId)).at(-1)?.type, "workflow_completed");
    assert.equal((await rowOf(sessionId)).goal, goal);
    const [planning] = server.turns;
    assert.ok(planning && firstUserTextOf(planning).includes(goal));
  });

  it("that is empty or too long starts nothing", async () => {
    await using server = await startModelServer({ script: oneStep([]) });
    process.env["ANTHROPIC_BASE_URL"] = server.url;
    const before = await knownSessions();
    for (const goal of ["  \n", "x".repeat(100_001)]) {
      assert.equal(await vscode.commands.executeCommand("aiOrchestrator.runGoal", goal), undefined);
    }
    assert.deepEqual(await knownSessions(), before);
  });

  it("fails with the truth when the key is refused", async () => {
    await using server = await startModelServer({ script: oneStep([]), expectKey: "another" });
    process.env["ANTHROPIC_BASE_URL"] = server.url;
    process.env["ANTHROPIC_API_KEY"] = "sk-ant-test-wrong";
    const sessionId = await startSession("runGoal", "Try the key");
    const [failure] = ofType(await eventsOf(sessionId), "workflow_failed");
    assert.equal(failure?.error.code, "model.keyRejected");
    assert.deepEqual(failure?.error.params, { origin: server.url, status: 401 });
    assert.equal((await rowOf(sessionId)).effectiveStatus, "failed");
  });

  it("fails with the truth when the server is away", async () => {
    const settings = vscode.workspace.getConfiguration("aiOrchestrator");
    await settings.update("maxRetries", 0, vscode.ConfigurationTarget.Global);
    const server = await startModelServer({ script: oneStep([]) });
    await server.close();
    process.env["ANTHROPIC_BASE_URL"] = server.url;
    const sessionId = await startSession("runGoal", "Reach nobody");
    const [failure] = ofType(await eventsOf(sessionId), "workflow_failed");
    assert.equal(failure?.error.code, "model.unreachable");
    assert.equal(failure?.error.params["origin"], server.url);
    assert.equal((await rowOf(sessionId)).effectiveStatus, "failed");
    await settings.update("maxRetries", undefined, vscode.ConfigurationTarget.Global);
  });

  it("is stopped by the command, and its session says so", async () => {
    const waiting = Promise.withResolvers<never>();
    await using server = await startModelServer({ script: () => waiting.promise });
    process.env["ANTHROPIC_BASE_URL"] = server.url;
    const sessionId = await startSession("runGoal", "Never ends");
    await server.waitForRequest(({ path }) => path === "/v1/messages");
    await vscode.commands.executeCommand("aiOrchestrator.stop", sessionId);
    const last = (await eventsOf(sessionId)).at(-1);
    assert.equal(last?.type, "workflow_interrupted");
    assert.equal((await rowOf(sessionId)).effectiveStatus, "interrupted");
  });
});
