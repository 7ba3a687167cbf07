import { describe, expect, it } from "vitest";
import fc from "fast-check";
import { createDemoFetch } from "../../../../../src/core/model/demo/demoFetch.ts";

const URL_MESSAGES = "http://demo.invalid/v1/messages";

function post(body: unknown, init: RequestInit = {}, url = `${URL_MESSAGES}?beta=true`): Promise<Response> {
  return createDemoFetch()(url, {
    method: "POST",
    body: typeof body === "string" ? body : JSON.stringify(body),
    ...init,
  });
}

const GLOB = { name: "glob", input_schema: { type: "object", properties: { pattern: {}, summary: {} } } };
const REQUEST = {
  model: "demo",
  max_tokens: 1000,
  messages: [{ role: "user", content: "Research AI trends" }],
  tools: [GLOB],
};

interface Event {
  readonly type: string;
  readonly [field: string]: unknown;
}

async function eventsOf(response: Response): Promise<Event[]> {
  const frames = (await response.text()).split("\n\n").filter((frame) => frame !== "");
  return frames.map((frame) => {
    const [name, data] = frame.split("\n");
    const event = JSON.parse(data?.replace(/^data: /, "") ?? "") as Event;
    expect(name).toBe(`event: ${event.type}`);
    return event;
  });
}

describe("messages without streaming", () => {
  it("answers in the shape of the API", async () => {
    const response = await post(REQUEST, {}, URL_MESSAGES);
    expect(response.status).toBe(200);
    expect(response.headers.get("request-id")).toMatch(/^req_/);
    expect(await response.json()).toMatchObject({
      id: expect.stringMatching(/^msg_/),
      type: "message",
      role: "assistant",
      model: "demo",
      stop_reason: "tool_use",
      stop_sequence: null,
      content: [
        { type: "text", text: expect.stringContaining("demo model, not an AI") },
        {
          type: "tool_use",
          id: expect.stringMatching(/^toolu_[a-zA-Z0-9_]+$/),
          name: "glob",
          input: { pattern: "**/*", summary: true },
        },
        {
          type: "tool_use",
          id: expect.stringMatching(/^toolu_[a-zA-Z0-9_]+$/),
          name: "glob",
          input: expect.any(Object),
        },
      ],
    });
  });

  it("gives the same answer to the same request, and other ids to another one", async () => {
    const [one, two, other] = await Promise.all([
      post(REQUEST).then((response) => response.text()),
      post(REQUEST).then((response) => response.text()),
      post({ ...REQUEST, metadata: { user_id: "another" } }).then((response) => response.text()),
    ]);
    expect(one).toBe(two);
    expect(JSON.parse(other ?? "").id).not.toBe(JSON.parse(one ?? "").id);
  });

  it("takes a Request object as well", async () => {
    const request = new Request(URL_MESSAGES, { method: "POST", body: JSON.stringify(REQUEST) });
    expect((await createDemoFetch()(request)).status).toBe(200);
  });
});

describe("messages as a stream", () => {
  it("sends the events of the API in their order", async () => {
    const response = await post({ ...REQUEST, stream: true });
    expect(response.headers.get("content-type")).toMatch(/^text\/event-stream/);
    const events = await eventsOf(response);
    const types = events.map((event) => event.type);
    expect(types.slice(0, 3)).toEqual(["message_start", "ping", "content_block_start"]);
    expect(types.slice(-3)).toEqual(["content_block_stop", "message_delta", "message_stop"]);
    expect(events[0]).toMatchObject({ message: { content: [], stop_reason: null, usage: { output_tokens: 1 } } });
    expect(events.at(-2)).toMatchObject({
      delta: { stop_reason: "tool_use" },
      usage: { output_tokens: expect.any(Number) },
    });
  });

  it("adds up to the message it would have sent whole, in small pieces", async () => {
    const whole = (await (await post(REQUEST)).json()) as {
      content: { text?: string; input?: unknown }[];
      usage: unknown;
    };
    const events = await eventsOf(await post({ ...REQUEST, stream: true }));
    const deltasOf = (index: number): Record<string, string>[] =>
      events.flatMap((event) =>
        event.type === "content_block_delta" && event["index"] === index
          ? [event["delta"] as Record<string, string>]
          : [],
      );
    const texts = deltasOf(0).map((delta) => delta["text"] ?? "");
    expect(texts.join("")).toBe(whole.content[0]?.text);
    expect(texts.length).toBeGreaterThan(3);
    expect(texts.every((text) => text.trim().split(/\s+/).length <= 5)).toBe(true);
    for (const index of [1, 2]) {
      expect(
        JSON.parse(
          deltasOf(index)
            .map((delta) => delta["partial_json"])
            .join(""),
        ),
      ).toEqual(whole.content[index]?.input);
    }
  });

  it("streams any text unchanged", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary", maxLength: 300 }), async (goal) => {
        const body = { ...REQUEST, tools: [], messages: [{ role: "user", content: goal }] };
        const whole = (await (await post(body)).json()) as { content: { text: string }[] };
        const events = await eventsOf(await post({ ...body, stream: true }));
        const text = events.map((event) => (event["delta"] as { text?: string } | undefined)?.text ?? "").join("");
        expect(text).toBe(whole.content[0]?.text);
      }),
      { numRuns: 30 },
    );
  });

  it("lets two streams run side by side", async () => {
    const order: string[] = [];
    const read = async (name: string): Promise<void> => {
      const response = await post({ ...REQUEST, stream: true });
      if (response.body === null) throw new Error("no body");
      for await (const _ of response.body) order.push(name);
    };
    await Promise.all([read("a"), read("b")]);
    const changes = order.filter((name, at) => at > 0 && name !== order[at - 1]).length;
    expect(changes).toBeGreaterThan(order.length / 2);
  });
});

describe("abort", () => {
  it("rejects when the signal is aborted before", async () => {
    const reason = new Error("stopped");
    await expect(post(REQUEST, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it("ends the stream with the signal's reason when aborted during", async () => {
    const controller = new AbortController();
    const response = await post({ ...REQUEST, stream: true }, { signal: controller.signal });
    const reader = response.body?.getReader();
    expect((await reader?.read())?.done).toBe(false);
    const reason = new Error("stopped");
    controller.abort(reason);
    await expect(reader?.read()).rejects.toBe(reason);
  });

  it("ends quietly when the reader goes away", async () => {
    const controller = new AbortController();
    const response = await post({ ...REQUEST, stream: true }, { signal: controller.signal });
    const reader = response.body?.getReader();
    await reader?.cancel();
    controller.abort();
    expect(await reader?.read()).toEqual({ done: true, value: undefined });
  });
});

describe("other requests", () => {
  it("counts tokens, more for more text", async () => {
    const countOf = async (content: string): Promise<number> => {
      const response = await post(
        { model: "demo", messages: [{ role: "user", content }] },
        {},
        `${URL_MESSAGES}/count_tokens?beta=true`,
      );
      return ((await response.json()) as { input_tokens: number }).input_tokens;
    };
    expect(await countOf("x".repeat(4000))).toBeGreaterThanOrEqual((await countOf("x")) + 999);
  });

  it.each([
    ["not JSON", "{"],
    ["no object", "[]"],
    ["no model", { max_tokens: 1, messages: [{ role: "user", content: "x" }] }],
    ["no limit", { model: "demo", messages: [{ role: "user", content: "x" }] }],
    ["no messages", { model: "demo", max_tokens: 1, messages: [] }],
    [
      "a broken block",
      { model: "demo", max_tokens: 1, messages: [{ role: "user", content: [{ type: "tool_result" }] }] },
    ],
  ])("refuses a body with %s", async (_, body) => {
    const response = await post(body);
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({
      type: "error",
      error: { type: "invalid_request_error", message: expect.stringMatching(/./) },
      request_id: expect.stringMatching(/^req_/),
    });
  });

  it("does not know other paths and methods", async () => {
    const unknown = await post(REQUEST, {}, "http://demo.invalid/v1/files");
    expect(unknown.status).toBe(404);
    expect(await unknown.json()).toMatchObject({ type: "error", error: { type: "not_found_error" } });
    expect((await createDemoFetch()("http://demo.invalid/v1/models")).status).toBe(404);
    expect((await createDemoFetch()(URL_MESSAGES)).status).toBe(405);
  });
});
