/** What goes wrong between the program and the model: mended where it can be, said clearly where it cannot. */
import { describe, expect, test } from "vitest";
import { createCliSandbox, TEST_KEY } from "../support/cliSandbox.ts";
import { eventsOf, joinedText, ofKind, onlyOne } from "../support/eventStream.ts";
import { createGate } from "../support/gate.ts";
import { oneStep, planOf, step } from "../support/goalScenarios.ts";
import { startModelServer } from "../support/modelServer.ts";
import {
  cutBeforeHeaders,
  cutInsideStream,
  errorInsideStream,
  garbage,
  garbageInsideStream,
  httpError,
  type Reply,
  refuse,
  say,
  slow,
  stall,
  turn,
  useTool,
} from "../support/modelServerReplies.ts";
import { messagesOf, toolResultsOf } from "../support/modelServerRequests.ts";
import { byAgent, inTurn } from "../support/modelServerScripts.ts";

const ANSWER = say("The whole ", "answer.");

describe.concurrent("a fault that passes", () => {
  const passing: readonly [string, () => Reply][] = [
    ["429 with retry-after", () => httpError(429, { retryAfterSeconds: 0.2 })],
    ["529", () => httpError(529)],
    ["500", () => httpError(500)],
    ["a connection cut before the headers", cutBeforeHeaders],
    ["a connection cut inside the stream", () => cutInsideStream(5, ANSWER)],
    ["a connection cut before the last event", () => cutInsideStream(7, ANSWER)],
    ["garbage inside the stream", () => garbageInsideStream(4, ANSWER)],
    ["an error inside the stream", () => errorInsideStream(4, "overloaded_error", ANSWER)],
    ["a page that is no answer", garbage],
  ];

  test.each(passing)("%s is tried again, for the planner and for a step", async (_, fault) => {
    const script = byAgent({
      planner: [fault(), planOf(step("work", { outputFile: "out.md" }))],
      steps: { "Step work": [fault(), ANSWER] },
    });
    await using server = await startModelServer({ script });
    await using sandbox = await createCliSandbox({ server });
    const result = await sandbox.run(["--json", "A goal"]);
    expect(result, result.stderr).toMatchObject({ exitCode: 0 });
    expect(server.turns).toHaveLength(4);
    expect(server.violations).toEqual([]);
    const events = eventsOf(result.lines);
    // Half an answer is never taken for a whole one.
    expect(onlyOne(events, "step_completed").result).toBe("The whole answer.");
    expect(await sandbox.workspace.read("out.md")).toBe("The whole answer.\n");
    expect(ofKind(events, "turn_completed")).toHaveLength(2);
  });

  test("what was cut off is told apart by its attempt, and the tokens of it count", async () => {
    await using server = await startModelServer({ script: oneStep([cutInsideStream(5, ANSWER), ANSWER]) });
    await using sandbox = await createCliSandbox({ server });
    const events = eventsOf((await sandbox.run(["--json", "A goal"])).lines);
    const worker = onlyOne(events, "step_completed").agentId;
    const chunks = ofKind(events, "text_chunk").filter((event) => event.agentId === worker);
    const textOf = (attempt: number) => joinedText(chunks.filter((event) => event.attempt === attempt)).get(worker);
    expect([textOf(1), textOf(2)]).toEqual(["The whole answer.", "The whole answer."]);
    expect(ofKind(events, "retry_scheduled")).toMatchObject([{ agentId: worker, attempt: 2 }]);
    expect(ofKind(events, "usage_recorded").map((event) => event.wasted ?? false)).toEqual([false, true, false]);
  });

  test("a break in a later turn goes on from there, and no tool runs twice", async () => {
    const script = oneStep([
      [useTool("write", { file_path: "count.txt", content: "x" })],
      cutInsideStream(4, ANSWER),
      ANSWER,
    ]);
    await using server = await startModelServer({ script });
    await using sandbox = await createCliSandbox({ server });
    const result = await sandbox.run(["--json", "A goal"]);
    expect(result, result.stderr).toMatchObject({ exitCode: 0 });
    const [, , , again] = server.turns;
    expect(messagesOf(again!)).toEqual(messagesOf(server.turns[2]!));
    expect(toolResultsOf(again!)).toHaveLength(1);
    expect(ofKind(eventsOf(result.lines), "tool_use").filter((event) => event.tool === "write")).toHaveLength(1);
    expect(server.violations).toEqual([]);
  });

  test("a tool call that was cut off is not run", async () => {
    const call = [
      say("I write."),
      useTool("write", { file_path: "half.txt", content: "a long content that comes in many pieces" }),
    ];
    await using server = await startModelServer({ script: oneStep([cutInsideStream(9, call), ANSWER]) });
    await using sandbox = await createCliSandbox({ server });
    const result = await sandbox.run(["--json", "A goal"]);
    expect(result, result.stderr).toMatchObject({ exitCode: 0 });
    expect(await sandbox.workspace.files()).toEqual([]);
  });

  test("a model that falls silent is left and asked again", async () => {
    const silent = createGate();
    await using server = await startModelServer({ script: oneStep([stall(4, silent, ANSWER), ANSWER]) });
    await using sandbox = await createCliSandbox({ server });
    await sandbox.root.write({ "home/config.json": '{ "agentIdleTimeoutSeconds": 1 }' });
    const result = await sandbox.run(["--json", "A goal"]);
    expect(result, result.stderr).toMatchObject({ exitCode: 0 });
    expect(server.turns[1]).toMatchObject({ outcome: "abandoned" });
    expect(ofKind(eventsOf(result.lines), "retry_scheduled")).toMatchObject([{ reason: "agent.idle" }]);
  });
});

describe.concurrent("a fault that stays", () => {
  const QUICK = '{ "maxRetries": 1 }';

  test.each([
    [401, /ANTHROPIC_API_KEY/],
    [403, /ANTHROPIC_API_KEY/],
    [400, /did not accept/],
    [404, /--model/],
  ])("%i is asked exactly once", async (status, message) => {
    await using server = await startModelServer({ script: () => httpError(status) });
    await using sandbox = await createCliSandbox({ server });
    const result = await sandbox.run(["--json", "A goal"]);
    expect(result, result.stderr).toMatchObject({ exitCode: 1 });
    expect(server.requests).toHaveLength(1);
    expect(result.stderr).toMatch(message);
    expect(eventsOf(result.lines).at(-1)).toMatchObject({ type: "workflow_failed" });
    expect(await sandbox.sessions()).toMatchObject([{ status: "failed" }]);
  });

  test("a wrong key is not hammered, even with several agents", async () => {
    await using server = await startModelServer({ script: inTurn([]), expectKey: "sk-another" });
    await using sandbox = await createCliSandbox({ server });
    const result = await sandbox.run(["A goal"]);
    expect(result).toMatchObject({ exitCode: 1 });
    expect(server.requests).toHaveLength(1);
    expect(result.stderr).toMatch(/refused the API key/);
    expect(result.stdout + result.stderr).not.toContain(TEST_KEY);
  });

  test("an unknown model is named, with the flag to change it", async () => {
    await using server = await startModelServer({ script: inTurn([]), models: ["claude-sonnet-5-5"] });
    await using sandbox = await createCliSandbox({ server });
    const result = await sandbox.run(["--model", "claude-nonsense", "A goal"]);
    expect(result).toMatchObject({ exitCode: 1 });
    expect(result.stderr).toMatch(/claude-nonsense.*--model/s);
    expect(server.requests).toHaveLength(1);
  });

  test.each([
    ["429", () => httpError(429, { retryAfterSeconds: 0.05 }), /allows no more requests/],
    ["529", () => httpError(529), /overloaded/],
    ["500", () => httpError(500), /failed with status 500/],
  ])("%s gives up after the retries that are set", async (_, fault, message) => {
    await using server = await startModelServer({ script: fault });
    await using sandbox = await createCliSandbox({ server });
    await sandbox.root.write({ "home/config.json": QUICK });
    const result = await sandbox.run(["A goal"]);
    expect(result, result.stderr).toMatchObject({ exitCode: 1 });
    expect(server.requests).toHaveLength(2);
    expect(result.stderr).toMatch(message);
  });

  test("a server that is away is said with its address", async () => {
    const server = await startModelServer({ script: inTurn([]) });
    await server.close();
    await using sandbox = await createCliSandbox({ server });
    await sandbox.root.write({ "home/config.json": QUICK });
    const result = await sandbox.run(["--session", "away", "A goal"]);
    expect(result, result.stderr).toMatchObject({ exitCode: 1 });
    expect(result.stderr).toContain(`The model server ${server.url} cannot be reached`);
    expect(result.stderr).toMatch(/ANTHROPIC_BASE_URL/);
    expect(await sandbox.sessions()).toMatchObject([{ status: "failed" }]);
  });

  test("a stream that always breaks ends after a few attempts", async () => {
    await using server = await startModelServer({ script: () => cutInsideStream(4) });
    await using sandbox = await createCliSandbox({ server });
    const result = await sandbox.run(["A goal"]);
    expect(result, result.stderr).toMatchObject({ exitCode: 1 });
    expect(server.requests).toHaveLength(4);
    expect(result.stderr).toMatch(/broke off 4 times/);
  });
});

describe.concurrent("an answer that ends early", () => {
  test.each([
    ["max_tokens", () => turn(say("Half an ans"), { stopReason: "max_tokens" }), /tokens/],
    ["refusal", () => refuse("Against the rules.", say("No.")), /refused/],
    [
      "model_context_window_exceeded",
      () => turn(say("Too much"), { stopReason: "model_context_window_exceeded" }),
      /no longer fits/,
    ],
  ])("by %s fails its step with that reason", async (_, reply, message) => {
    await using server = await startModelServer({ script: oneStep([reply()]) });
    await using sandbox = await createCliSandbox({ server });
    const result = await sandbox.run(["A goal"]);
    expect(result, result.stderr).toMatchObject({ exitCode: 1 });
    expect(result.stderr).toMatch(message);
    expect(server.turns).toHaveLength(2);
  });

  test("by a pause goes on where it paused", async () => {
    await using server = await startModelServer({
      script: oneStep([turn(say("Searching… "), { stopReason: "pause_turn" }), say("found.")]),
    });
    await using sandbox = await createCliSandbox({ server });
    const result = await sandbox.run(["A goal"]);
    expect(result, result.stderr).toMatchObject({ exitCode: 0 });
    expect(server.violations).toEqual([]);
  });

  test("with a tool call cut by max_tokens does not run the call", async () => {
    const cut = turn([useTool("write", { file_path: "half.txt", content: "half" })], { stopReason: "max_tokens" });
    await using server = await startModelServer({ script: oneStep([cut]) });
    await using sandbox = await createCliSandbox({ server });
    expect((await sandbox.run(["A goal"])).exitCode).toBe(1);
    expect(await sandbox.workspace.files()).toEqual([]);
  });
});

test("blank text beside a call is not sent back, because the API refuses it", async () => {
  const script = oneStep([[say(" \n\n"), useTool("glob", { pattern: "*" }, { id: "toolu_look" })], ANSWER]);
  await using server = await startModelServer({ script });
  await using sandbox = await createCliSandbox({ server });
  const result = await sandbox.run(["--json", "A goal"]);
  expect(server.violations).toEqual([]);
  expect(result, result.stderr).toMatchObject({ exitCode: 0 });
  // The log keeps the turn exactly as it was received.
  const [, turn] = ofKind(eventsOf(result.lines), "turn_completed");
  expect(turn?.message.content).toMatchObject([
    { type: "text", text: " \n\n" },
    { type: "tool_use", id: "toolu_look" },
  ]);
});

test("a base URL may end in a slash", async () => {
  await using server = await startModelServer({ script: oneStep([ANSWER]) });
  await using sandbox = await createCliSandbox({ server });
  const result = await sandbox.run(["A goal"], { env: { ANTHROPIC_BASE_URL: `${server.url}/` } });
  expect(result, result.stderr).toMatchObject({ exitCode: 0 });
});

test("a slow server is waited for", async () => {
  const gate = createGate();
  await using server = await startModelServer({ script: oneStep([slow({ hold: gate }, ANSWER)]) });
  await using sandbox = await createCliSandbox({ server });
  await using running = await sandbox.start(["--json", "A goal"]);
  await running.until(gate.reached());
  gate.open();
  expect(await running.exited).toMatchObject({ exitCode: 0 });
});
