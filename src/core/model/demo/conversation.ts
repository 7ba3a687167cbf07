/** One request read as a conversation: the task, the tools on offer, and what each earlier call brought. */
import type { ToolCall } from "./demoReply.ts";
import type { DemoRequest } from "./demoRequest.ts";

/** What is known of a call: its result, its failure, or why there is neither. */
export type Finding =
  | { readonly state: "found"; readonly text: string }
  | { readonly state: "failed"; readonly text: string }
  | { readonly state: "notOffered"; readonly tool: string }
  /** The call has not been made. */
  | { readonly state: "open" };

interface CallRecord extends ToolCall {
  readonly finding: Finding;
}

type Message = DemoRequest["messages"][number];

/** A call whose result the conversation does not hold, as after an interruption. */
const NO_RESULT: Finding = { state: "failed", text: "the call has no result" };

export class Conversation {
  readonly system: string;
  /** Text of the first user message. */
  readonly task: string;
  /** How many turns the model has taken. */
  readonly turns: number;
  /** Text a person or program added after the model's last turn; empty when there are only tool results. */
  readonly addition: string;
  readonly #tools: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
  readonly #calls: readonly CallRecord[];

  constructor(request: Pick<DemoRequest, "system" | "messages" | "tools" | "tool_choice">) {
    const { messages } = request;
    this.system = textOf(request.system ?? "");
    const task = messages.find((message) => message.role === "user");
    this.task = task === undefined ? "" : textOf(task.content);
    this.turns = messages.filter((message) => message.role === "assistant").length;
    const last = messages.at(-1);
    this.addition = this.turns > 0 && last?.role === "user" ? textOf(last.content).trim() : "";
    this.#tools = offeredTools(request);
    this.#calls = recordedCalls(messages);
  }

  offers(tool: string, parameter?: string): boolean {
    const parameters = this.#tools.get(tool);
    return parameters !== undefined && (parameter === undefined || Object.hasOwn(parameters, parameter));
  }

  /** JSON schema of one parameter of an offered tool. */
  parameter(tool: string, parameter: string): unknown {
    return this.#tools.get(tool)?.[parameter];
  }

  /** What the call brought the first time it was made. */
  finding(call: ToolCall): Finding {
    const key = keyOf(call);
    const record = this.#calls.find((made) => keyOf(made) === key);
    if (record !== undefined) return record.finding;
    return this.offers(call.tool) ? { state: "open" } : { state: "notOffered", tool: call.tool };
  }

  /** Every earlier call of one tool, oldest first. */
  callsOf(tool: string): readonly CallRecord[] {
    return this.#calls.filter((call) => call.tool === tool);
  }
}

function offeredTools(
  request: Pick<DemoRequest, "tools" | "tool_choice">,
): ReadonlyMap<string, Readonly<Record<string, unknown>>> {
  const offered = new Map<string, Readonly<Record<string, unknown>>>();
  const choice = request.tool_choice;
  if (choice?.type === "none") return offered;
  for (const tool of request.tools ?? []) {
    // A tool without a schema is one that the provider would run; the demo has no provider.
    if (tool.name === undefined || tool.input_schema === undefined) continue;
    if (choice?.type === "tool" && choice.name !== tool.name) continue;
    offered.set(tool.name, tool.input_schema.properties ?? {});
  }
  return offered;
}

function recordedCalls(messages: readonly Message[]): CallRecord[] {
  const findings = new Map<string, Finding>();
  for (const block of messages.flatMap(blocksOf)) {
    if (!isToolResult(block)) continue;
    const text = textOf(block.content ?? "");
    findings.set(block.tool_use_id, { state: block.is_error === true ? "failed" : "found", text });
  }
  return messages
    .flatMap(blocksOf)
    .filter(isToolUse)
    .map((block) => ({ tool: block.name, input: block.input, finding: findings.get(block.id) ?? NO_RESULT }));
}

type Block = Exclude<Message["content"], string>[number];

function blocksOf(message: Message): readonly Block[] {
  return typeof message.content === "string" ? [] : message.content;
}

function isToolUse(
  block: Block,
): block is Block & { type: "tool_use"; id: string; name: string; input: Record<string, unknown> } {
  return block.type === "tool_use";
}

function isToolResult(block: Block): block is Block & {
  type: "tool_result";
  tool_use_id: string;
  content?: string | { type: string }[];
  is_error?: boolean | null;
} {
  return block.type === "tool_result";
}

function textOf(content: string | readonly { readonly type: string; readonly text?: unknown }[]): string {
  if (typeof content === "string") return content;
  return content
    .flatMap((block) => (block.type === "text" && typeof block.text === "string" ? [block.text] : []))
    .join("\n");
}

/** The same for the same tool and input, whatever the order of the input's keys. */
function keyOf({ tool, input }: ToolCall): string {
  return JSON.stringify([tool, Object.entries(input).toSorted(([left], [right]) => (left < right ? -1 : 1))]);
}
