import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { meterUsage, type MeteredUsage } from "../../../../src/core/model/usageMeter.ts";

const stream = [
  'event: message_start\ndata: {"type":"message_start","message":{"usage":{"input_tokens":10,"output_tokens":1,"cache_read_input_tokens":5,"cache_creation_input_tokens":null}}}\n\n',
  'event: content_block_delta\ndata: {"type":"content_block_delta","delta":{"type":"text_delta","text":"the word \\"usage\\" – ünïcödé"}}\n\n',
  'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":42}}\n\n',
  'event: message_stop\ndata: {"type":"message_stop"}\n\n',
].join("");

/** A body that arrives in the given pieces, and breaks at the end if told to. */
function responseOf(pieces: readonly Uint8Array[], options: { breaks?: boolean; type?: string } = {}): Response {
  const queue = [...pieces];
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const piece = queue.shift();
      if (piece) controller.enqueue(piece);
      else if (options.breaks) controller.error(new Error("connection lost"));
      else controller.close();
    },
  });
  return new Response(body, { headers: { "content-type": options.type ?? "text/event-stream; charset=utf-8" } });
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("meterUsage", () => {
  it("passes the body through unchanged and reads the usage, however the bytes are cut", async () => {
    const whole = bytes(stream);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: whole.length - 1 }), { maxLength: 12 }), async (cuts) => {
        const positions = [0, ...[...new Set(cuts)].sort((left, right) => left - right), whole.length];
        const pieces = positions.slice(1).map((end, index) => whole.slice(positions[index], end));
        const metered: MeteredUsage[] = [];
        const response = meterUsage(responseOf(pieces), (result) => metered.push(result));
        expect(await response.text()).toBe(stream);
        expect(metered).toEqual([
          { usage: { inputTokens: 10, outputTokens: 42, cacheReadTokens: 5, cacheWriteTokens: 0 }, complete: true },
        ]);
      }),
    );
  });

  it("reports what a cut-off answer had cost so far as incomplete, once", async () => {
    const metered: MeteredUsage[] = [];
    const response = meterUsage(responseOf([bytes(stream.slice(0, 200))], { breaks: true }), (result) =>
      metered.push(result),
    );
    await expect(response.text()).rejects.toThrow("connection lost");
    expect(metered).toEqual([
      { usage: { inputTokens: 10, outputTokens: 1, cacheReadTokens: 5, cacheWriteTokens: 0 }, complete: false },
    ]);
  });

  it("reports an answer the reader gave up on", async () => {
    const metered: MeteredUsage[] = [];
    const response = meterUsage(responseOf([bytes(stream), bytes(stream)]), (result) => metered.push(result));
    await response.body?.cancel();
    expect(metered).toHaveLength(1);
  });

  it("reads an answer that is not streamed", async () => {
    const metered: MeteredUsage[] = [];
    const json = '{"type":"message","usage":{"input_tokens":3,"output_tokens":4}}';
    await meterUsage(responseOf([bytes(json)], { type: "application/json" }), (result) => metered.push(result)).text();
    expect(metered).toEqual([
      { usage: { inputTokens: 3, outputTokens: 4, cacheReadTokens: 0, cacheWriteTokens: 0 }, complete: true },
    ]);
  });

  it("survives garbage", async () => {
    for (const type of ["text/event-stream", "application/json"]) {
      const metered: MeteredUsage[] = [];
      await meterUsage(responseOf([bytes('data: {"usage": nonsense\n\n\u0000')], { type }), (result) =>
        metered.push(result),
      ).text();
      expect(metered).toMatchObject([{ complete: false }]);
    }
  });
});
