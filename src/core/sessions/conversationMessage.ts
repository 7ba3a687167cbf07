/** What was said in a conversation, as a person reads it. */
import type { OrchestratorEvent } from "../events/event.ts";

/** So much of a message is enough to recognise it, in characters. */
const TEXT_LENGTH = 500;

export interface ConversationMessage {
  readonly seq: number;
  readonly agentId: string;
  readonly role: "user" | "assistant";
  /** Who wrote it: the agent, or whoever sent it. */
  readonly by: string;
  /** Its beginning. */
  readonly text: string;
  /** Length of the whole text. */
  readonly characters: number;
  /** Tools that the message calls. */
  readonly tools: readonly string[];
}

/** The message that an event holds, or undefined when it holds none. */
export function conversationMessage(event: OrchestratorEvent): ConversationMessage | undefined {
  if (event.type === "message_sent") return messageOf(event, "user", event.by, event.content, []);
  if (event.type !== "turn_completed") return undefined;
  const blocks: readonly Record<string, unknown>[] = event.message.content;
  const text = blocks.flatMap((block) => (typeof block["text"] === "string" ? [block["text"]] : [])).join("\n");
  const tools = blocks.flatMap(({ type, name }) => (type === "tool_use" && typeof name === "string" ? [name] : []));
  return messageOf(event, "assistant", event.agentId, text, tools);
}

function messageOf(
  { seq, agentId }: { seq: number; agentId: string },
  role: ConversationMessage["role"],
  by: string,
  text: string,
  tools: readonly string[],
): ConversationMessage {
  return { seq, agentId, role, by, text: text.slice(0, TEXT_LENGTH), characters: text.length, tools };
}
