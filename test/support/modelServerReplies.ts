/**
 * What a scripted model answers: blocks, turns and faults, as builders that let a script read like a dialogue.
 *
 *     [think("Which files?"), say("I look around."), useTool("glob", { pattern: "*" })]
 */
import type { Gate } from "./gate.ts";

export type StopReason =
  | "end_turn"
  | "tool_use"
  | "max_tokens"
  | "stop_sequence"
  | "refusal"
  | "pause_turn"
  | "model_context_window_exceeded";

/** One content block. `pieces` are the deltas it is streamed in. */
export type ScriptedBlock =
  | { readonly block: "text"; readonly pieces: readonly string[] }
  | { readonly block: "thinking"; readonly pieces: readonly string[] }
  | { readonly block: "tool_use"; readonly name: string; readonly input: unknown; readonly id?: string }
  | { readonly block: "verbatim"; readonly content: Readonly<Record<string, unknown>> };

/** Tokens the reply claims to have cost; what is left out is estimated from the sizes. */
export interface ScriptedUsage {
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  readonly cacheReadTokens?: number;
  readonly cacheWriteTokens?: number;
}

/** Something that happens inside a stream once `afterEvents` server-sent events are out (`ping` counts too). */
export type Disturbance =
  | { readonly kind: "stall"; readonly afterEvents: number; readonly gate: Gate }
  | { readonly kind: "cut"; readonly afterEvents: number }
  | { readonly kind: "garbage"; readonly afterEvents: number }
  | { readonly kind: "error"; readonly afterEvents: number; readonly errorType: string };

interface Held {
  /** Waited for before anything is sent, headers included. */
  readonly hold?: Gate;
}

export interface Turn extends Held {
  readonly reply: "turn";
  readonly blocks: readonly ScriptedBlock[];
  readonly stopReason: StopReason;
  readonly stopDetails?: Readonly<Record<string, unknown>>;
  readonly usage: ScriptedUsage;
  readonly disturbances: readonly Disturbance[];
}

export interface HttpErrorReply extends Held {
  readonly reply: "httpError";
  readonly status: number;
  readonly errorType: string;
  readonly message: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface CutReply extends Held {
  readonly reply: "cut";
}

export interface GarbageReply extends Held {
  readonly reply: "garbage";
  readonly contentType: string;
  readonly body: string;
}

export type Reply = Turn | HttpErrorReply | CutReply | GarbageReply;

/** What a script may return: a full reply, or just the block or blocks of an ordinary turn. */
export type Scripted = Reply | ScriptedBlock | readonly ScriptedBlock[];

/** Text. One string is streamed word by word, several strings exactly piece by piece. */
export function say(...pieces: [string, ...string[]]): ScriptedBlock {
  return { block: "text", pieces: pieces.length === 1 ? words(pieces[0]) : pieces };
}

/** Thinking, with a signature the server recognises when it is sent back. */
export function think(...pieces: [string, ...string[]]): ScriptedBlock {
  return { block: "thinking", pieces: pieces.length === 1 ? words(pieces[0]) : pieces };
}

/** A tool call. Without `id` the server gives one that is unique in its life. */
export function useTool(name: string, input: unknown, options: { readonly id?: string } = {}): ScriptedBlock {
  return { block: "tool_use", name, input, ...(options.id === undefined ? {} : { id: options.id }) };
}

/** The planner's last call. The plan is not checked: scripts hand in broken ones too. */
export function plan(proposal: unknown, options: { readonly id?: string } = {}): ScriptedBlock {
  return useTool("submit_plan", proposal, options);
}

/** A search the provider ran itself: the call and its results, as two blocks. */
export function searchWeb(
  query: string,
  results: readonly { url: string; title: string }[],
  id = "srvtoolu_1",
): ScriptedBlock[] {
  const content = results.map((result) => ({
    type: "web_search_result",
    url: result.url,
    title: result.title,
    encrypted_content: "c2NyaXB0ZWQ=",
    page_age: null,
  }));
  return [
    verbatim({ type: "server_tool_use", id, name: "web_search", input: { query } }),
    verbatim({ type: "web_search_tool_result", tool_use_id: id, content }),
  ];
}

/** Any content block exactly as given, sent whole in its start event. */
export function verbatim(content: Readonly<Record<string, unknown>>): ScriptedBlock {
  return { block: "verbatim", content };
}

/** A turn with a stop reason or token numbers of its own. */
export function turn(
  scripted: Scripted,
  options: { readonly stopReason?: StopReason; readonly usage?: ScriptedUsage } = {},
): Turn {
  return { ...asTurn(scripted), ...options };
}

/** The model declines. What it said before, if anything, stays. */
export function refuse(explanation: string, said: Scripted = []): Turn {
  const stopDetails = {
    type: "refusal",
    category: null,
    explanation,
    fallback_credit_token: null,
    fallback_has_prefill_claim: null,
    recommended_model: null,
  };
  return { ...asTurn(said), stopReason: "refusal", stopDetails };
}

/** The API's error names by status, as its documentation lists them. */
const ERROR_TYPES: Readonly<Record<number, string>> = {
  400: "invalid_request_error",
  401: "authentication_error",
  403: "permission_error",
  404: "not_found_error",
  413: "request_too_large",
  429: "rate_limit_error",
  500: "api_error",
  504: "timeout_error",
  529: "overloaded_error",
};

/** An error answer in the API's shape. `retryAfterSeconds` may be a fraction and becomes the `retry-after` header. */
export function httpError(
  status: number,
  options: {
    readonly retryAfterSeconds?: number;
    readonly message?: string;
    readonly headers?: Readonly<Record<string, string>>;
  } = {},
): HttpErrorReply {
  const errorType = ERROR_TYPES[status] ?? "api_error";
  const retryAfter =
    options.retryAfterSeconds === undefined ? {} : { "retry-after": String(options.retryAfterSeconds) };
  return {
    reply: "httpError",
    status,
    errorType,
    message: options.message ?? `Scripted ${errorType}.`,
    headers: { ...retryAfter, ...options.headers },
  };
}

/** The connection is closed without a single byte of an answer. */
export function cutBeforeHeaders(): CutReply {
  return { reply: "cut" };
}

/** 200 with a web page, as a proxy or a hotel's sign-in page answers. */
export function garbage(): GarbageReply {
  return {
    reply: "garbage",
    contentType: "text/html",
    body: "<!doctype html><title>Sign in</title><p>Not the API.</p>",
  };
}

/** Waits at the gate before the headers of `scripted` are sent. */
export function slow(options: { readonly hold: Gate }, scripted: Scripted): Reply {
  return { ...asReply(scripted), hold: options.hold };
}

const UNFINISHED = say("These words are streamed until the fault happens, and these are never seen.");

/** Sends the headers and `afterEvents` events, waits at the gate, and goes on. May be applied more than once. */
export function stall(afterEvents: number, gate: Gate, scripted: Scripted): Turn {
  return disturbed(scripted, { kind: "stall", afterEvents, gate });
}

/** Closes the connection after `afterEvents` events. */
export function cutInsideStream(afterEvents: number, scripted: Scripted = UNFINISHED): Turn {
  return disturbed(scripted, { kind: "cut", afterEvents });
}

/** Sends an event whose data is not JSON after `afterEvents` events, then ends the answer. */
export function garbageInsideStream(afterEvents = 3, scripted: Scripted = UNFINISHED): Turn {
  return disturbed(scripted, { kind: "garbage", afterEvents });
}

/** Sends the API's `error` event after `afterEvents` events, then ends the answer. */
export function errorInsideStream(
  afterEvents: number,
  errorType = "overloaded_error",
  scripted: Scripted = UNFINISHED,
): Turn {
  return disturbed(scripted, { kind: "error", afterEvents, errorType });
}

export function asReply(scripted: Scripted): Reply {
  if ("reply" in scripted) return scripted;
  const blocks = "block" in scripted ? [scripted] : scripted;
  const stopReason = blocks.some((block) => block.block === "tool_use") ? "tool_use" : "end_turn";
  return { reply: "turn", blocks, stopReason, usage: {}, disturbances: [] };
}

function asTurn(scripted: Scripted): Turn {
  const reply = asReply(scripted);
  if (reply.reply !== "turn") throw new Error(`A ${reply.reply} reply has no content to change`);
  return reply;
}

function disturbed(scripted: Scripted, disturbance: Disturbance): Turn {
  const whole = asTurn(scripted);
  return { ...whole, disturbances: [...whole.disturbances, disturbance] };
}

/** Words with the white space that follows them, so that joined they are the text again. */
function words(text: string): string[] {
  return text.match(/\s*\S+\s*|\s+/gu) ?? [text];
}
