import Anthropic from "@anthropic-ai/sdk";
import { describe, expect, test } from "vitest";
import { createMeeting } from "../../support/gate.ts";
import { startModelServer } from "../../support/modelServer.ts";
import { plan, say, slow } from "../../support/modelServerReplies.ts";
import { byAgent, inTurn } from "../../support/modelServerScripts.ts";
import { ask, clientOf, HELLO, playing, start } from "./modelServerCalls.ts";

describe("scripts by agent", () => {
  const tools = (name: string) => [{ name, input_schema: { type: "object" as const } }];
  const task = (text: string) => ({ messages: [{ role: "user" as const, content: text }], tools: tools("read") });

  test("tell planner and steps apart and give each its own turns", async () => {
    const server = await start({
      script: byAgent({
        planner: [plan({ summary: "s", steps: [] })],
        steps: { "Collect facts": [say("c1"), say("c2")], "Write report": [say("w1")] },
      }),
    });
    const collecting = task("Your task: Collect facts");
    // A dependent's task repeats the titles of its dependencies, after its own.
    const writing = task("Your task: Write report\nResult of Collect facts: …");
    const texts: unknown[] = [];
    for (const request of [collecting, writing, collecting]) texts.push((await ask(server, request)).content[0]);
    expect(texts).toMatchObject([{ text: "c1" }, { text: "w1" }, { text: "c2" }]);
    expect((await ask(server, { tools: tools("submit_plan") })).content).toMatchObject([{ name: "submit_plan" }]);
    expect(server.violations).toEqual([]);
  });

  test("an unexpected request is a violation and a 400 that nobody retries", async () => {
    const server = await start({ script: byAgent({ steps: { Known: [] } }) });
    await expect(ask(server, task("Unknown"), 3)).rejects.toThrow(Anthropic.BadRequestError);
    await expect(ask(server, task("Known"), 3)).rejects.toThrow(/Known.* has no turn 1/);
    expect(server.violations.map((violation) => violation.message)).toEqual([
      "no step of the script matches the task: Unknown",
      '"Known" has no turn 1',
    ]);
  });

  test("a script that throws is a violation", async () => {
    const server = await start({
      script: () => {
        throw new TypeError("oops");
      },
    });
    await expect(ask(server)).rejects.toThrow(/the script failed: TypeError: oops/);
    expect(server.violations).toHaveLength(1);
  });
});

describe("the server", () => {
  test("records requests in order, with headers and the connection they came on", async () => {
    const server = await playing(say("1"), say("2"));
    const client = clientOf(server);
    await client.beta.messages.create({ ...HELLO, betas: ["some-beta-2026-01-01"] }, { query: { beta: "true" } });
    await client.beta.messages.stream(HELLO).finalMessage();
    expect(server.requests).toMatchObject([
      {
        order: 1,
        connectionId: 1,
        method: "POST",
        path: "/v1/messages",
        body: { messages: HELLO.messages },
        outcome: "answered",
      },
      { order: 2, method: "POST", path: "/v1/messages", body: { stream: true } },
    ]);
    expect(server.requests[0]?.headers["anthropic-beta"]).toBe("some-beta-2026-01-01");
    expect(server.requests[0]?.query.get("beta")).toBe("true");
  });

  test("counts connections, not requests, and tells which request came on which", async () => {
    const meeting = createMeeting(3);
    const server = await start({ script: () => slow({ hold: meeting }, say("together")) });
    const client = clientOf(server);
    await Promise.all([1, 2, 3].map(() => client.beta.messages.create(HELLO)));
    expect(server.connections).toBe(3);
    for (let request = 4; request <= 10; request += 1) await client.beta.messages.create(HELLO);
    expect(server.requests).toHaveLength(10);
    // A client may open one more while the last bytes of an answer are on their way.
    expect(server.connections).toBeLessThanOrEqual(4);
    const together = server.requests.slice(0, 3).map((request) => request.connectionId);
    expect(new Set(together).size).toBe(3);
  });

  test("counts tokens and lists models", async () => {
    const server = await start({ script: inTurn([]), models: ["claude-a", "claude-b"], countTokens: () => 42 });
    const client = clientOf(server);
    expect(await client.beta.messages.countTokens({ model: "claude-a", messages: HELLO.messages })).toMatchObject({
      input_tokens: 42,
    });
    const ids: string[] = [];
    for await (const model of client.models.list()) ids.push(model.id);
    expect(ids).toEqual(["claude-a", "claude-b"]);
    expect(await client.models.retrieve("claude-b")).toMatchObject({ id: "claude-b", type: "model" });
    await expect(client.models.retrieve("claude-c")).rejects.toThrow(Anthropic.NotFoundError);
  });

  test("has no other models than those it was given", async () => {
    const server = await start({ script: inTurn([say("x")]), models: ["claude-a"] });
    await expect(ask(server, { model: "claude-z" })).rejects.toThrow(/model: claude-z/);
    expect((await ask(server, { model: "claude-a" })).content).toMatchObject([{ text: "x" }]);
  });

  test("serves only who has the key", async () => {
    const server = await start({ script: inTurn([say("x"), say("y")]), expectKey: "sk-right" });
    const withKey = (apiKey: string) =>
      new Anthropic({ apiKey, baseURL: server.url, maxRetries: 2, logLevel: "off" }).beta.messages.create(HELLO);
    await expect(withKey("sk-wrong")).rejects.toThrow(Anthropic.AuthenticationError);
    expect(server.requests).toHaveLength(1);
    expect((await withKey("sk-right")).content).toMatchObject([{ text: "x" }]);
    const bearer = await fetch(`${server.url}/v1/messages`, {
      method: "POST",
      headers: {
        authorization: "Bearer sk-right",
        "anthropic-version": "2023-06-01",
        "content-type": "application/json",
      },
      body: JSON.stringify(HELLO),
    });
    expect(bearer.status).toBe(200);
  });

  test("refuses what it does not know", async () => {
    const server = await playing();
    expect((await fetch(`${server.url}/v1/complete`, { method: "POST", body: "{}" })).status).toBe(404);
    const noVersion = await fetch(`${server.url}/v1/messages`, { method: "POST", body: JSON.stringify(HELLO) });
    expect(noVersion.status).toBe(400);
    const noJson = await fetch(`${server.url}/v1/messages`, {
      method: "POST",
      headers: { "anthropic-version": "2023-06-01" },
      body: "{",
    });
    expect(noJson.status).toBe(400);
    expect(server.violations.map((violation) => violation.message)).toEqual([
      "anthropic-version: header is required",
      "The request body is not valid JSON",
    ]);
  });

  test("waits for a request that fits, past or future, and gives up when it is closed", async () => {
    const server = await playing(say("1"), say("2"));
    const future = server.waitForRequest((request) => request.order === 2);
    const never = server.waitForRequest((request) => request.order === 9);
    never.catch(() => undefined);
    await ask(server);
    await ask(server);
    expect((await future).order).toBe(2);
    expect((await server.waitForRequest((request) => request.order === 1)).order).toBe(1);
    await server.close();
    await expect(never).rejects.toThrow(/closed before/);
  });

  test("answers 400 in the API's words when a rule is broken, and notes it", async () => {
    const server = await playing();
    await expect(ask(server, { messages: [{ role: "assistant", content: "I begin" }] })).rejects.toThrow(
      /first message must use the .*user.* role/,
    );
    expect(server.violations).toEqual([
      { order: 1, path: "/v1/messages", message: 'messages: first message must use the "user" role' },
    ]);
  });

  test("is gone after disposal", async () => {
    let url: string;
    {
      await using server = await startModelServer({ script: inTurn([]) });
      url = server.url;
    }
    await expect(fetch(url)).rejects.toThrow();
  });
});
