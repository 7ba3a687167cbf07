/** A reply as the Messages API sends it: one JSON message, or the same message as server-sent events. */
import { createHash } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import type { DemoPrompt } from "./demoRequest.ts";
import type { DemoReply } from "./demoReply.ts";

type Block =
  | { type: "text"; text: string }
  | { type: "tool_use"; id: string; name: string; input: Readonly<Record<string, unknown>> };

export interface WireMessage {
  readonly id: string;
  readonly type: "message";
  readonly role: "assistant";
  readonly model: string;
  readonly content: readonly Block[];
  readonly stop_reason: "end_turn" | "tool_use" | null;
  readonly stop_sequence: null;
  readonly usage: {
    readonly input_tokens: number;
    readonly output_tokens: number;
    readonly cache_creation_input_tokens: number;
    readonly cache_read_input_tokens: number;
    readonly service_tier: "standard";
  };
}

interface WireEvent {
  readonly type: string;
}

/** A common rule of thumb for English text; the demo has no tokenizer and costs nothing. */
const CHARACTERS_PER_TOKEN = 4;

/** How many words one text delta carries, in turn, so that the text moves like that of a real model. */
const WORDS_PER_DELTA = [3, 5, 2, 4];
/** A "word" longer than this is sent in pieces. */
const LONGEST_WORD = 40;
const MOST_INPUT_DELTAS = 64;
const SMALLEST_INPUT_DELTA = 48;

/** Tokens of everything the model reads: system prompt, tools and conversation. */
export function estimateInputTokens(prompt: DemoPrompt): number {
  const read = JSON.stringify([prompt.system ?? "", prompt.tools ?? [], prompt.messages]);
  return Math.ceil(read.length / CHARACTERS_PER_TOKEN);
}

/** Hex digits that are the same for the same text, for ids. */
export function fingerprintOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 24);
}

export function toWireMessage(reply: DemoReply, prompt: DemoPrompt, fingerprint: string): WireMessage {
  const content: Block[] = reply.text === "" ? [] : [{ type: "text", text: reply.text }];
  for (const [index, call] of reply.calls.entries()) {
    content.push({ type: "tool_use", id: `toolu_demo_${fingerprint}_${index}`, name: call.tool, input: call.input });
  }
  const written = content.map((block) => (block.type === "text" ? block.text : JSON.stringify(block.input))).join("");
  return {
    id: `msg_demo_${fingerprint}`,
    type: "message",
    role: "assistant",
    model: prompt.model,
    content,
    stop_reason: reply.calls.length > 0 ? "tool_use" : "end_turn",
    stop_sequence: null,
    usage: {
      input_tokens: estimateInputTokens(prompt),
      output_tokens: Math.max(1, Math.ceil(written.length / CHARACTERS_PER_TOKEN)),
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: 0,
      service_tier: "standard",
    },
  };
}

/**
 * The message as a body of `text/event-stream`. One event per read, each after a turn of the event loop,
 * so that streams of several agents interleave; nothing is produced ahead of the reader. Errors with the
 * signal's reason when aborted.
 */
export function toEventStream(
  message: WireMessage,
  signal: AbortSignal | undefined,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const events = eventsOf(message);
  const encoder = new TextEncoder();
  let stopListening = (): void => {};
  return new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      start(controller) {
        const abort = (): void => controller.error(signal?.reason);
        signal?.addEventListener("abort", abort, { once: true });
        stopListening = () => signal?.removeEventListener("abort", abort);
      },
      async pull(controller) {
        await setImmediate();
        if (signal?.aborted === true) return;
        const next = events.next();
        if (next.done === true) {
          stopListening();
          controller.close();
          return;
        }
        controller.enqueue(encoder.encode(`event: ${next.value.type}\ndata: ${JSON.stringify(next.value)}\n\n`));
      },
      cancel() {
        stopListening();
      },
    },
    { highWaterMark: 0 },
  );
}

function* eventsOf(message: WireMessage): Generator<WireEvent & Record<string, unknown>, void> {
  const { usage } = message;
  yield {
    type: "message_start",
    message: { ...message, content: [], stop_reason: null, usage: { ...usage, output_tokens: 1 } },
  };
  yield { type: "ping" };
  for (const [index, block] of message.content.entries()) {
    if (block.type === "text") {
      yield { type: "content_block_start", index, content_block: { type: "text", text: "" } };
      for (const text of textDeltas(block.text)) {
        yield { type: "content_block_delta", index, delta: { type: "text_delta", text } };
      }
    } else {
      yield { type: "content_block_start", index, content_block: { ...block, input: {} } };
      for (const json of inputDeltas(JSON.stringify(block.input))) {
        yield { type: "content_block_delta", index, delta: { type: "input_json_delta", partial_json: json } };
      }
    }
    yield { type: "content_block_stop", index };
  }
  yield {
    type: "message_delta",
    delta: { stop_reason: message.stop_reason, stop_sequence: message.stop_sequence },
    usage: {
      input_tokens: usage.input_tokens,
      output_tokens: usage.output_tokens,
      cache_creation_input_tokens: usage.cache_creation_input_tokens,
      cache_read_input_tokens: usage.cache_read_input_tokens,
    },
  };
  yield { type: "message_stop" };
}

/** The text cut into pieces of a few words; joined, they are the text. */
function* textDeltas(text: string): Generator<string, void> {
  const words = text.match(new RegExp(`\\s*\\S{1,${LONGEST_WORD}}|\\s+`, "gu")) ?? [];
  let turn = 0;
  for (let at = 0; at < words.length; turn += 1) {
    const count = WORDS_PER_DELTA[turn % WORDS_PER_DELTA.length] ?? 1;
    yield words.slice(at, at + count).join("");
    at += count;
  }
}

function* inputDeltas(json: string): Generator<string, void> {
  // The real API also begins the input with an empty delta.
  yield "";
  const size = Math.max(SMALLEST_INPUT_DELTA, Math.ceil(json.length / MOST_INPUT_DELTAS));
  for (let at = 0; at < json.length; at += size) yield json.slice(at, at + size);
}
