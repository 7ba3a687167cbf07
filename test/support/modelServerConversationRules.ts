/** The rules of the Messages API for `messages`: who speaks, what a block needs, and that every tool call is answered. */
import { signatureOf } from "./modelServerWire.ts";
import { type Fields, isFields, requireRule } from "./ruleBroken.ts";

export interface ConversationContext {
  readonly offersTools: boolean;
  wasPaused(content: unknown): boolean;
}

interface Message {
  readonly role: "user" | "assistant" | "system";
  readonly blocks: readonly Fields[];
}

const USER_BLOCKS = new Set(["text", "image", "document", "search_result", "tool_result", "container_upload"]);
const ASSISTANT_ONLY_BLOCKS = new Set(["tool_use", "thinking", "redacted_thinking", "server_tool_use"]);

export function checkConversation(messages: unknown, context: ConversationContext): void {
  requireRule(Array.isArray(messages), "messages: Field required");
  requireRule(messages.length > 0, "messages: at least one message is required");
  const parsed = messages.map((message: unknown, index) => checkMessage(message, index, index === messages.length - 1));
  requireRule(parsed[0]?.role === "user", 'messages: first message must use the "user" role');
  checkLastMessage(messages.at(-1), parsed.at(-1), context);
  checkToolCalls(parsed, context);
}

/** A conversation may only end with the assistant to continue a turn that the API itself paused. */
function checkLastMessage(raw: unknown, last: Message | undefined, context: ConversationContext): void {
  if (last?.role !== "assistant" || !isFields(raw)) return;
  requireRule(
    context.wasPaused(raw["content"]),
    "This model does not support assistant message prefill. The conversation must end with a user message.",
  );
}

function checkMessage(message: unknown, index: number, isLast: boolean): Message {
  const where = `messages.${index}`;
  requireRule(isFields(message), `${where}: Input should be a valid dictionary`);
  const role = message["role"];
  requireRule(
    role === "user" || role === "assistant" || role === "system",
    `${where}.role: Input should be 'user' or 'assistant'`,
  );
  const content = message["content"];
  if (typeof content === "string") {
    requireRule(
      content.trim() !== "" || (isLast && role === "assistant"),
      `${where}: user messages must have non-empty content`,
    );
    return { role, blocks: [{ type: "text", text: content }] };
  }
  requireRule(Array.isArray(content), `${where}.content: Input should be a valid string or list`);
  requireRule(
    content.length > 0 || (isLast && role === "assistant"),
    `${where}: all messages must have non-empty content except for the optional final assistant message`,
  );
  const blocks = content.map((block: unknown, position) => checkBlock(block, role, `${where}.content.${position}`));
  return { role, blocks };
}

function checkBlock(block: unknown, role: Message["role"], where: string): Fields {
  requireRule(isFields(block) && typeof block["type"] === "string", `${where}.type: Field required`);
  const type = block["type"];
  requireRule(
    role !== "user" || !ASSISTANT_ONLY_BLOCKS.has(type),
    `${where}: \`${type}\` blocks can only be in \`assistant\` messages`,
  );
  requireRule(
    role !== "user" || USER_BLOCKS.has(type),
    `${where}: Input tag '${type}' does not match any of the expected tags`,
  );
  requireRule(
    role !== "assistant" || type !== "tool_result",
    `${where}: \`tool_result\` blocks can only be in \`user\` messages`,
  );
  switch (type) {
    case "text":
      checkText(block, where);
      break;
    case "thinking":
      requireRule(
        typeof block["thinking"] === "string" && block["signature"] === signatureOf(block["thinking"]),
        `${where}: Invalid \`signature\` in \`thinking\` block`,
      );
      break;
    case "tool_use":
      checkToolUse(block, where);
      break;
    case "tool_result":
      checkToolResult(block, where);
      break;
  }
  return block;
}

function checkText(block: Fields, where: string): void {
  const text = block["text"];
  requireRule(typeof text === "string", `${where}.text: Field required`);
  requireRule(text !== "", `${where}: text content blocks must be non-empty`);
  requireRule(text.trim() !== "", `${where}: text content blocks must contain non-whitespace text`);
}

function checkToolUse(block: Fields, where: string): void {
  requireRule(
    typeof block["id"] === "string" && /^[a-zA-Z0-9_-]+$/.test(block["id"]),
    `${where}.tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'`,
  );
  requireRule(
    typeof block["name"] === "string" && /^[a-zA-Z0-9_-]{1,200}$/.test(block["name"]),
    `${where}.tool_use.name: String should match pattern '^[a-zA-Z0-9_-]{1,200}$'`,
  );
  requireRule(isFields(block["input"]), `${where}.tool_use.input: Input should be a valid dictionary`);
}

function checkToolResult(block: Fields, where: string): void {
  requireRule(
    typeof block["tool_use_id"] === "string" && block["tool_use_id"] !== "",
    `${where}.tool_result.tool_use_id: Field required`,
  );
  const content = block["content"];
  requireRule(
    content === undefined || typeof content === "string" || Array.isArray(content),
    `${where}.tool_result.content: Input should be a valid string or list`,
  );
  if (Array.isArray(content)) {
    content.forEach((part: unknown, index) => {
      requireRule(
        isFields(part) && typeof part["type"] === "string",
        `${where}.tool_result.content.${index}.type: Field required`,
      );
      if (part["type"] === "text") checkText(part, `${where}.tool_result.content.${index}`);
    });
  }
  const empty = content === undefined || content.length === 0;
  requireRule(
    block["is_error"] !== true || !empty,
    `${where}.tool_result: content cannot be empty if \`is_error\` is true`,
  );
}

function checkToolCalls(messages: readonly Message[], context: ConversationContext): void {
  const seen = new Set<string>();
  let open: string[] = [];
  for (const [index, message] of merged(messages).entries()) {
    const where = `messages.${index}`;
    if (message.role === "assistant") {
      open = message.blocks.filter((block) => block["type"] === "tool_use").map((block) => String(block["id"]));
      for (const id of open) {
        requireRule(!seen.has(id), `${where}: \`tool_use\` ids must be unique`);
        seen.add(id);
      }
      requireRule(
        open.length === 0 || context.offersTools,
        "Requests which include `tool_use` or `tool_result` blocks must define tools",
      );
      continue;
    }
    checkAnswers(message, open, where);
    open = [];
  }
  requireRule(open.length === 0, unanswered("the last message", open));
}

function checkAnswers(message: Message, open: readonly string[], where: string): void {
  const results = message.blocks.filter((block) => block["type"] === "tool_result");
  const answered = results.map((block) => String(block["tool_use_id"]));
  const unexpected = answered.find((id) => !open.includes(id));
  requireRule(
    unexpected === undefined,
    `${where}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${unexpected ?? ""}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`,
  );
  requireRule(
    new Set(answered).size === answered.length,
    `${where}: each tool_use must have a single result. Found multiple \`tool_result\` blocks for one id.`,
  );
  const missing = open.filter((id) => !answered.includes(id));
  requireRule(missing.length === 0, unanswered(where, missing));
  if (open.length === 0) return;
  const leading = message.blocks.slice(0, results.length).every((block) => block["type"] === "tool_result");
  requireRule(leading, `${where}: \`tool_result\` blocks must come before any other content of the message`);
}

function unanswered(where: string, ids: readonly string[]): string {
  return `${where}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${ids.join(", ")}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`;
}

/** The API reads neighbouring messages of one role as one message; system messages stand between without a turn. */
function merged(messages: readonly Message[]): Message[] {
  const turns: Message[] = [];
  for (const message of messages) {
    if (message.role === "system") continue;
    const last = turns.at(-1);
    if (last?.role === message.role)
      turns[turns.length - 1] = { role: last.role, blocks: [...last.blocks, ...message.blocks] };
    else turns.push(message);
  }
  return turns;
}
