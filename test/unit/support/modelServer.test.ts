import Anthropic from "@anthropic-ai/sdk";
import { betaZodTool } from "@anthropic-ai/sdk/helpers/beta/zod";
import { afterEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { createGate, createMeeting } from "../../support/gate.ts";
import { type ModelServer, type ModelServerOptions, startModelServer } from "../../support/modelServer.ts";
import {
  cutBeforeHeaders,
  cutInsideStream,
  errorInsideStream,
  garbage,
  garbageInsideStream,
  httpError,
  plan,
  refuse,
  say,
  searchWeb,
  slow,
  stall,
  think,
  turn,
  useTool,
} from "../../support/modelServerReplies.ts";
import { firstUserTextOf, systemTextOf, toolNamesOf, toolResultsOf } from "../../support/modelServerRequests.ts";
import { byAgent, inTurn, type ScriptedTurn } from "../../support/modelServerScripts.ts";

const servers: ModelServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function start(options: ModelServerOptions): Promise<ModelServer> {
  const server = await startModelServer(options);
  servers.push(server);
  return server;
}

function playing(...turns: ScriptedTurn[]): Promise<ModelServer> {
  return start({ script: inTurn(turns) });
}

function clientOf(server: ModelServer, maxRetries = 0): Anthropic {
  return new Anthropic({ apiKey: "sk-test", baseURL: server.url, maxRetries, logLevel: "off" });
}

const HELLO = { model: "claude-sonnet-5-5", max_tokens: 100, messages: [{ role: "user" as const, content: "Hello" }] };

function ask(server: ModelServer, more: object = {}, maxRetries = 0) {
  return clientOf(server, maxRetries).beta.messages.create({ ...HELLO, ...more, stream: false });
}

function askStreaming(server: ModelServer, maxRetries = 0) {
  return clientOf(server, maxRetries).beta.messages.stream(HELLO);
}

const readTool = (seen: string[] = []) =>
  betaZodTool({
    name: "read",
    description: "Reads a file.",
    inputSchema: z.object({ file_path: z.string() }),
    run: ({ file_path }) => {
      seen.push(file_path);
      return `content of ${file_path}`;
    },
  });

describe("an ordinary turn", () => {
  test("is streamed word by word and ends as the whole message", async () => {
    const server = await playing([think("Let me think."), say("Grüße, Welt! 🌍 Fertig.")]);
    const pieces: string[] = [];
    const stream = askStreaming(server).on("text", (delta) => pieces.push(delta));
    const message = await stream.finalMessage();
    expect(pieces).toEqual(["Grüße, ", "Welt! ", "🌍 ", "Fertig."]);
    expect(message.content).toMatchObject([
      { type: "thinking", thinking: "Let me think." },
      { type: "text", text: "Grüße, Welt! 🌍 Fertig." },
    ]);
    expect(message).toMatchObject({ id: "msg_000001", role: "assistant", model: "claude-sonnet-5-5", stop_reason: "end_turn" });
    expect(server.violations).toEqual([]);
  });

  test("is the same message without streaming", async () => {
    const blocks = [think("Hm."), say("one ", "two"), useTool("read", { file_path: "a.txt" }, { id: "toolu_a" })];
    const server = await playing(blocks, blocks);
    const whole = await ask(server, { tools: [{ name: "read", input_schema: { type: "object" } }] });
    const streamed = await askStreaming(server).finalMessage();
    expect(whole.content).toEqual(streamed.content);
    expect(whole.stop_reason).toBe("tool_use");
    expect(streamed.stop_reason).toBe("tool_use");
  });

  test("streams several strings exactly piece by piece", async () => {
    const server = await playing(say("a b", " c"));
    const pieces: string[] = [];
    await askStreaming(server).on("text", (delta) => pieces.push(delta)).finalMessage();
    expect(pieces).toEqual(["a b", " c"]);
  });

  test.each(["max_tokens", "refusal", "pause_turn", "model_context_window_exceeded", "stop_sequence"] as const)("can stop with %s", async (stopReason) => {
    const server = await playing(turn(say("Cut."), { stopReason }));
    expect((await askStreaming(server).finalMessage()).stop_reason).toBe(stopReason);
  });

  test("carries scripted token numbers, and estimates the rest", async () => {
    const usage = { inputTokens: 1000, outputTokens: 20, cacheReadTokens: 300, cacheWriteTokens: 4 };
    const server = await playing(turn(say("x"), { usage }), say("Some words"));
    const scripted = await askStreaming(server).finalMessage();
    expect(scripted.usage).toMatchObject({ input_tokens: 1000, output_tokens: 20, cache_read_input_tokens: 300, cache_creation_input_tokens: 4 });
    const estimated = await askStreaming(server).finalMessage();
    expect(estimated.usage.input_tokens).toBeGreaterThan(10);
    expect(estimated.usage.output_tokens).toBeGreaterThan(1);
  });

  test("can be a refusal with an explanation", async () => {
    const server = await playing(refuse("Not this."));
    expect(await askStreaming(server).finalMessage()).toMatchObject({
      content: [],
      stop_reason: "refusal",
      stop_details: { type: "refusal", explanation: "Not this." },
    });
  });

  test("can hold a search the provider ran", async () => {
    const server = await playing([...searchWeb("node", [{ url: "https://nodejs.org", title: "Node" }]), say("Found.")]);
    const { content } = await askStreaming(server).finalMessage();
    expect(content.map((block) => block.type)).toEqual(["server_tool_use", "web_search_tool_result", "text"]);
  });

  test("streams a plan as the input of submit_plan", async () => {
    const proposal = { summary: "Two things", steps: [{ id: "a", title: "Ärger 🙂", dependsOn: [] }] };
    const server = await playing(plan(proposal));
    const { content } = await askStreaming(server).finalMessage();
    expect(content).toMatchObject([{ type: "tool_use", name: "submit_plan", input: proposal }]);
  });
});

describe("the tool runner of the SDK", () => {
  test("runs a whole loop with parallel calls, and every request holds the full history", async () => {
    const server = await playing(
      [think("Two files."), say("I read both."), useTool("read", { file_path: "a.txt" }), useTool("read", { file_path: "b.txt" })],
      (request) => say(`I got: ${toolResultsOf(request).map((result) => result.text).join(" + ")}`),
    );
    const seen: string[] = [];
    const runner = clientOf(server).beta.messages.toolRunner({
      ...HELLO,
      system: "You read.",
      tools: [readTool(seen)],
      stream: true,
      thread: false,
    });
    for await (const stream of runner) await stream.finalMessage();
    const last = await runner.done();
    expect(last.content).toMatchObject([{ type: "text", text: "I got: content of a.txt + content of b.txt" }]);
    expect(seen).toEqual(["a.txt", "b.txt"]);
    expect(server.violations).toEqual([]);
    expect(server.turns).toHaveLength(2);
    const second = server.turns[1]!;
    expect(toolNamesOf(second)).toEqual(["read"]);
    expect(systemTextOf(second)).toBe("You read.");
    expect(firstUserTextOf(second)).toBe("Hello");
    expect(toolResultsOf(second)).toEqual([
      { toolUseId: "toolu_000001", text: "content of a.txt", isError: false },
      { toolUseId: "toolu_000002", text: "content of b.txt", isError: false },
    ]);
  });

  test("continues a paused turn by sending it back", async () => {
    const server = await playing(turn([...searchWeb("q", [])], { stopReason: "pause_turn" }), say("Done."));
    const runner = clientOf(server).beta.messages.toolRunner({ ...HELLO, tools: [readTool()], stream: true, thread: false });
    for await (const stream of runner) await stream.finalMessage();
    expect((await runner.done()).content).toMatchObject([{ text: "Done." }]);
    expect(server.violations).toEqual([]);
  });
});

describe("faults", () => {
  test.each([
    [401, "authentication_error"],
    [403, "permission_error"],
    [404, "not_found_error"],
    [429, "rate_limit_error"],
    [500, "api_error"],
    [529, "overloaded_error"],
  ])("%i has the API's error shape", async (status, type) => {
    const server = await playing(httpError(status, { message: "Scripted words." }));
    const error: unknown = await ask(server).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(Anthropic.APIError);
    expect(error).toMatchObject({ status, error: { type: "error", error: { type, message: "Scripted words." } } });
  });

  test("429 says when to come back, and the next turn of the list answers the retry", async () => {
    const server = await playing(httpError(429, { retryAfterSeconds: 0.01 }), say("Now."));
    expect((await ask(server, {}, 1)).content).toMatchObject([{ text: "Now." }]);
    expect(server.requests.map((request) => request.status)).toEqual([429, 200]);
  });

  test("a connection cut before the headers is a connection error", async () => {
    const server = await playing(cutBeforeHeaders());
    await expect(askStreaming(server).finalMessage()).rejects.toThrow(Anthropic.APIConnectionError);
    expect(server.requests[0]).toMatchObject({ outcome: "cut" });
    expect(server.requests[0]).not.toHaveProperty("status");
  });

  test("a connection cut inside the stream delivers exactly the events before it", async () => {
    const server = await playing(cutInsideStream(5, say("one ", "two ", "three")));
    const types: string[] = [];
    const stream = askStreaming(server).on("streamEvent", (event) => types.push(event.type));
    await expect(stream.finalMessage()).rejects.toThrow();
    // The SDK does not pass on the `ping`, which is the second event.
    expect(types).toEqual(["message_start", "content_block_start", "content_block_delta", "content_block_delta"]);
    expect(server.requests[0]).toMatchObject({ outcome: "cut", status: 200 });
  });

  test("a cut without streaming breaks the JSON body", async () => {
    const server = await playing(cutInsideStream(0, say("words")));
    await expect(ask(server)).rejects.toThrow();
  });

  test("garbage is no answer for either mode", async () => {
    const server = await playing(garbage(), garbage());
    await expect(askStreaming(server).finalMessage()).rejects.toThrow();
    expect(await ask(server)).not.toHaveProperty("content");
  });

  test("garbage inside the stream fails it", async () => {
    const server = await playing(garbageInsideStream());
    await expect(askStreaming(server).finalMessage()).rejects.toThrow();
  });

  test("an error event inside the stream carries its type", async () => {
    const server = await playing(errorInsideStream(4));
    await expect(askStreaming(server).finalMessage()).rejects.toMatchObject({ error: { error: { type: "overloaded_error" } } });
  });
});

describe("gates", () => {
  test("slow sends nothing until its gate opens", async () => {
    const gate = createGate();
    const server = await playing(slow({ hold: gate }, say("Late.")));
    const answer = askStreaming(server).finalMessage();
    await gate.reached();
    expect(server.requests[0]).toMatchObject({ outcome: "pending" });
    expect(server.requests[0]).not.toHaveProperty("status");
    gate.open();
    expect((await answer).content).toMatchObject([{ text: "Late." }]);
  });

  test("a stall lets the events before it out and the rest after", async () => {
    const gate = createGate();
    const server = await playing(stall(4, gate, say("one ", "two")));
    const stream = askStreaming(server);
    const first = Promise.withResolvers<string>();
    const pieces: string[] = [];
    stream.on("text", (delta) => {
      pieces.push(delta);
      first.resolve(delta);
    });
    expect(await first.promise).toBe("one ");
    await gate.reached();
    expect(pieces).toEqual(["one "]);
    gate.open();
    await stream.done();
    expect(pieces).toEqual(["one ", "two"]);
  });

  test("a meeting opens when all have come, which proves that they ran together", async () => {
    const meeting = createMeeting(2);
    const server = await start({ script: () => stall(4, meeting, say("one ", "two")) });
    const answers = await Promise.all([askStreaming(server).finalText(), askStreaming(server).finalText()]);
    expect(answers).toEqual(["one two", "one two"]);
  });

  test("a client that leaves while it is held is recorded and holds nothing up", async () => {
    const gate = createGate();
    const server = await playing(stall(4, gate, say("one ", "two")), say("Next."));
    const stream = askStreaming(server);
    stream.on("text", () => stream.abort());
    await expect(stream.done()).rejects.toThrow(Anthropic.APIUserAbortError);
    expect((await askStreaming(server).finalMessage()).content).toMatchObject([{ text: "Next." }]);
    await expect.poll(() => server.requests[0]?.outcome).toBe("abandoned");
    gate.open();
    expect(server.requests[1]).toMatchObject({ outcome: "answered" });
  });

  test("closing breaks what is held", async () => {
    const server = await playing(slow({ hold: createGate() }, say("Never.")));
    const answer = askStreaming(server).finalMessage();
    answer.catch(() => undefined);
    await server.waitForRequest(() => true);
    await server.close();
    await expect(answer).rejects.toThrow(Anthropic.APIConnectionError);
  });
});

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
      { order: 1, connectionId: 1, method: "POST", path: "/v1/messages", body: { messages: HELLO.messages }, outcome: "answered" },
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
    expect(await client.beta.messages.countTokens({ model: "claude-a", messages: HELLO.messages })).toMatchObject({ input_tokens: 42 });
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
    const withKey = (apiKey: string) => new Anthropic({ apiKey, baseURL: server.url, maxRetries: 2, logLevel: "off" }).beta.messages.create(HELLO);
    await expect(withKey("sk-wrong")).rejects.toThrow(Anthropic.AuthenticationError);
    expect(server.requests).toHaveLength(1);
    expect((await withKey("sk-right")).content).toMatchObject([{ text: "x" }]);
    const bearer = await fetch(`${server.url}/v1/messages`, {
      method: "POST",
      headers: { authorization: "Bearer sk-right", "anthropic-version": "2023-06-01", "content-type": "application/json" },
      body: JSON.stringify(HELLO),
    });
    expect(bearer.status).toBe(200);
  });

  test("refuses what it does not know", async () => {
    const server = await playing();
    expect((await fetch(`${server.url}/v1/complete`, { method: "POST", body: "{}" })).status).toBe(404);
    const noVersion = await fetch(`${server.url}/v1/messages`, { method: "POST", body: JSON.stringify(HELLO) });
    expect(noVersion.status).toBe(400);
    const noJson = await fetch(`${server.url}/v1/messages`, { method: "POST", headers: { "anthropic-version": "2023-06-01" }, body: "{" });
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
    await expect(ask(server, { messages: [{ role: "assistant", content: "I begin" }] })).rejects.toThrow(/first message must use the .*user.* role/);
    expect(server.violations).toEqual([{ order: 1, path: "/v1/messages", message: 'messages: first message must use the "user" role' }]);
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
