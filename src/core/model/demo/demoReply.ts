/** What the demo model wants to say in one turn, before it becomes the wire format. */

/** A call of a tool that the request offers. */
export interface ToolCall {
  readonly tool: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** One turn: text, then any tool calls. Without a call the turn is the agent's last. */
export interface DemoReply {
  readonly text: string;
  readonly calls: readonly ToolCall[];
}

export function finish(text: string): DemoReply {
  return { text, calls: [] };
}

export function callTools(text: string, calls: readonly ToolCall[]): DemoReply {
  return { text, calls };
}
