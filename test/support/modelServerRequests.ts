/** What the scripted model server received, and the questions tests and scripts ask of it. */
import type { IncomingHttpHeaders } from "node:http";

/** How the exchange ended: `cut` by the script, `abandoned` by the client before the answer was complete. */
export type Outcome = "pending" | "answered" | "cut" | "abandoned";

export interface RecordedRequest {
  /** From 1, in the order of arrival. */
  readonly order: number;
  /** From 1, in the order the TCP connections were opened. */
  readonly connectionId: number;
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly rawBody: string;
  /** Parsed JSON; undefined when there was no body or it was no JSON. */
  readonly body: unknown;
  outcome: Outcome;
  /** Of the answer's status line, once it is sent. */
  status?: number;
}

export interface RequestBlock {
  readonly type: string;
  readonly [field: string]: unknown;
}

export interface RequestMessage {
  readonly role: string;
  readonly content: string | readonly RequestBlock[];
}

export interface ToolResult {
  readonly toolUseId: string;
  readonly text: string;
  readonly isError: boolean;
}

/** The conversation so far; empty for a request that has none. */
export function messagesOf(request: RecordedRequest): readonly RequestMessage[] {
  const body = request.body as { messages?: readonly RequestMessage[] } | null | undefined;
  return Array.isArray(body?.messages) ? body.messages : [];
}

export function modelOf(request: RecordedRequest): string | undefined {
  return (request.body as { model?: string } | null | undefined)?.model;
}

/** Names of the tools offered, in order. */
export function toolNamesOf(request: RecordedRequest): string[] {
  const body = request.body as { tools?: readonly { name?: string }[] } | null | undefined;
  return (body?.tools ?? []).map((tool) => tool.name ?? "");
}

/** The system prompt as one text. */
export function systemTextOf(request: RecordedRequest): string {
  const system = (request.body as { system?: string | readonly RequestBlock[] } | null | undefined)?.system;
  return system === undefined ? "" : textOf(system);
}

/** The task: the text of the first user message. */
export function firstUserTextOf(request: RecordedRequest): string {
  const first = messagesOf(request).find((message) => message.role === "user");
  return first === undefined ? "" : textOf(first.content);
}

/** The text of the last user message, tool results left out. */
export function lastUserTextOf(request: RecordedRequest): string {
  const last = messagesOf(request).findLast((message) => message.role === "user");
  return last === undefined ? "" : textOf(last.content);
}

/** Every tool result of the conversation, oldest first. */
export function toolResultsOf(request: RecordedRequest): ToolResult[] {
  return messagesOf(request)
    .flatMap((message) => (typeof message.content === "string" ? [] : [...message.content]))
    .filter((block) => block.type === "tool_result")
    .map((block) => ({
      toolUseId: String(block["tool_use_id"]),
      text: textOf((block["content"] ?? "") as string | readonly RequestBlock[]),
      isError: block["is_error"] === true,
    }));
}

/** Only a planner is offered `submit_plan`. */
export function isPlannerRequest(request: RecordedRequest): boolean {
  return toolNamesOf(request).includes("submit_plan");
}

function textOf(content: string | readonly RequestBlock[]): string {
  if (typeof content === "string") return content;
  return content
    .filter((block) => block.type === "text")
    .map((block) => String(block["text"]))
    .join("\n");
}
