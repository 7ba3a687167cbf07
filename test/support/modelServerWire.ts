/** Scripted turns in the wire format of the Messages API: one JSON message, or server-sent events. */
import { createHash } from "node:crypto";
import type { ScriptedBlock, Turn } from "./modelServerReplies.ts";

type Json = Readonly<Record<string, unknown>>;

/** One server-sent event; `data` becomes a line of JSON. */
export interface WireEvent {
  readonly event: string;
  readonly data: Json;
}

/** What the server knows and the script does not say. */
export interface WireContext {
  readonly messageId: string;
  readonly model: string;
  /** For an estimate of the input tokens: four characters are about one token. */
  readonly requestCharacters: number;
  newToolUseId(): string;
}

/** A turn with its ids settled, so that the same answer can be sent either way. */
export interface WireTurn {
  readonly message: Json;
  readonly events: readonly WireEvent[];
}

/** Signs thinking so that the rules notice when it comes back changed. */
export function signatureOf(thinking: string): string {
  return createHash("sha256").update(`scripted:${thinking}`).digest("base64");
}

export function encodeTurn(turn: Turn, context: WireContext): WireTurn {
  const blocks = turn.blocks.map((block) => encodeBlock(block, context));
  const usage = usageOf(turn, blocks, context);
  const stopDetails = turn.stopDetails ?? null;
  const head = {
    id: context.messageId,
    type: "message",
    role: "assistant",
    model: context.model,
    container: null,
    context_management: null,
    diagnostics: null,
  };
  const delta = { stop_reason: turn.stopReason, stop_sequence: null, stop_details: stopDetails, container: null };
  const message = { ...head, content: blocks.map((block) => block.whole), ...delta, usage };
  const start = {
    ...head,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    stop_details: null,
    usage: { ...usage, output_tokens: 1 },
  };
  const events = [
    eventOf({ type: "message_start", message: start }),
    eventOf({ type: "ping" }),
    ...blocks.flatMap((block, index) => [
      eventOf({ type: "content_block_start", index, content_block: block.start }),
      ...block.deltas.map((piece) => eventOf({ type: "content_block_delta", index, delta: piece })),
      eventOf({ type: "content_block_stop", index }),
    ]),
    eventOf({
      type: "message_delta",
      delta,
      context_management: null,
      usage: { ...usage, output_tokens: usage.output_tokens },
    }),
    eventOf({ type: "message_stop" }),
  ];
  return { message, events };
}

export function formatEvent(event: WireEvent): string {
  return `event: ${event.event}\ndata: ${JSON.stringify(event.data)}\n\n`;
}

function eventOf(data: Json & { readonly type: string }): WireEvent {
  return { event: data.type, data };
}

interface EncodedBlock {
  readonly whole: Json;
  /** The block of `content_block_start`. */
  readonly start: Json;
  readonly deltas: readonly Json[];
}

function encodeBlock(block: ScriptedBlock, context: WireContext): EncodedBlock {
  switch (block.block) {
    case "text": {
      return {
        whole: { type: "text", text: block.pieces.join(""), citations: null },
        start: { type: "text", text: "", citations: null },
        deltas: block.pieces.map((text) => ({ type: "text_delta", text })),
      };
    }
    case "thinking": {
      const thinking = block.pieces.join("");
      const signature = signatureOf(thinking);
      return {
        whole: { type: "thinking", thinking, signature },
        start: { type: "thinking", thinking: "", signature: "" },
        deltas: [
          ...block.pieces.map((piece) => ({ type: "thinking_delta", thinking: piece })),
          { type: "signature_delta", signature },
        ],
      };
    }
    case "tool_use": {
      const call = { type: "tool_use", id: block.id ?? context.newToolUseId(), name: block.name };
      return {
        whole: { ...call, input: block.input },
        start: { ...call, input: {} },
        deltas: ["", ...piecesOf(JSON.stringify(block.input))].map((json) => ({
          type: "input_json_delta",
          partial_json: json,
        })),
      };
    }
    case "verbatim":
      return { whole: block.content, start: block.content, deltas: [] };
  }
}

/** The API sends a tool's input in pieces that are no JSON by themselves. */
function piecesOf(json: string): string[] {
  const length = 16;
  const characters = Array.from(json);
  return Array.from({ length: Math.ceil(characters.length / length) }, (_, index) =>
    characters.slice(index * length, (index + 1) * length).join(""),
  );
}

function usageOf(turn: Turn, blocks: readonly EncodedBlock[], context: WireContext) {
  const outputCharacters = blocks.reduce((sum, block) => sum + JSON.stringify(block.whole).length, 0);
  return {
    input_tokens: turn.usage.inputTokens ?? estimateTokens(context.requestCharacters),
    output_tokens: turn.usage.outputTokens ?? estimateTokens(outputCharacters),
    cache_read_input_tokens: turn.usage.cacheReadTokens ?? 0,
    cache_creation_input_tokens: turn.usage.cacheWriteTokens ?? 0,
    cache_creation: null,
    fallback_credit: null,
    inference_geo: null,
    iterations: null,
    output_tokens_details: null,
    server_tool_use: null,
    service_tier: "standard",
    speed: null,
  };
}

export function estimateTokens(characters: number): number {
  return Math.max(1, Math.ceil(characters / 4));
}
