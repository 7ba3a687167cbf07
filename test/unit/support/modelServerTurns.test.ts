import Anthropic from "@anthropic-ai/sdk";
import { betaZodTool } from "@anthropic-ai/sdk/helpers/beta/zod";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { createGate, createMeeting } from "../../support/gate.ts";
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
import { ask, askStreaming, clientOf, HELLO, playing, start } from "./modelServerCalls.ts";

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
    expect(message).toMatchObject({
      id: "msg_000001",
      role: "assistant",
      model: "claude-sonnet-5-5",
      stop_reason: "end_turn",
    });
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
    await askStreaming(server)
      .on("text", (delta) => pieces.push(delta))
      .finalMessage();
    expect(pieces).toEqual(["a b", " c"]);
  });

  test.each(["max_tokens", "refusal", "pause_turn", "model_context_window_exceeded", "stop_sequence"] as const)(
    "can stop with %s",
    async (stopReason) => {
      const server = await playing(turn(say("Cut."), { stopReason }));
      expect((await askStreaming(server).finalMessage()).stop_reason).toBe(stopReason);
    },
  );

  test("carries scripted token numbers, and estimates the rest", async () => {
    const usage = { inputTokens: 1000, outputTokens: 20, cacheReadTokens: 300, cacheWriteTokens: 4 };
    const server = await playing(turn(say("x"), { usage }), say("Some words"));
    const scripted = await askStreaming(server).finalMessage();
    expect(scripted.usage).toMatchObject({
      input_tokens: 1000,
      output_tokens: 20,
      cache_read_input_tokens: 300,
      cache_creation_input_tokens: 4,
    });
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
      [
        think("Two files."),
        say("I read both."),
        useTool("read", { file_path: "a.txt" }),
        useTool("read", { file_path: "b.txt" }),
      ],
      (request) =>
        say(
          `I got: ${toolResultsOf(request)
            .map((result) => result.text)
            .join(" + ")}`,
        ),
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
    const runner = clientOf(server).beta.messages.toolRunner({
      ...HELLO,
      tools: [readTool()],
      stream: true,
      thread: false,
    });
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
    await expect(askStreaming(server).finalMessage()).rejects.toMatchObject({
      error: { error: { type: "overloaded_error" } },
    });
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
