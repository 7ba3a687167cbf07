/** What the log says of one agent: the conversation so far, and which of its tool calls have an outcome. */
import type { Anthropic } from "@anthropic-ai/sdk";
import type { Effect, EventOf, OrchestratorEvent } from "../events/event.ts";
import { taintOfBlock } from "../tools/providerTools.ts";
import { outputsOf } from "./outputFile.ts";

type Message = Anthropic.Beta.BetaMessageParam;
type AssistantContent = Anthropic.Beta.BetaContentBlock[];
export type ToolUseBlock = Anthropic.Beta.BetaToolUseBlock;

export interface RecordedCall {
  readonly content: string;
  readonly isError: boolean;
}

/** A conversation that can go on from its last committed turn. */
export interface AgentHistory {
  readonly agentId: string;
  readonly agentType: string;
  readonly stepId: string | undefined;
  readonly batchId: string | undefined;
  /** Attempts used so far. */
  readonly attempt: number;
  /** Alternating turns; ends with a user turn, or with an assistant turn whose calls have no complete answer. */
  readonly messages: readonly Message[];
  readonly turns: number;
  /** Text of the last turn that had any. */
  readonly text: string;
  readonly lastStopReason: string | null;
  /** Results by tool use id. */
  readonly recorded: ReadonlyMap<string, RecordedCall>;
  /** Ids of the calls that are in the log, with or without a result. */
  readonly uses: ReadonlySet<string>;
  /** Calls whose intent is committed and whose outcome is not. */
  readonly unresolved: readonly EventOf<"tool_started">[];
  /** Files it wrote, in workspace form. */
  readonly outputs: readonly string[];
  /** Where content from outside had entered its conversation. */
  readonly taint: readonly string[];
  readonly completed: { readonly result: string; readonly outputs: readonly string[] } | undefined;
  readonly failed: boolean;
}

/** Folds the events of one agent, in their order. */
export class AgentHistoryFold {
  readonly #agent: EventOf<"agent_initialized">;
  readonly #messages: Message[] = [];
  readonly #recorded = new Map<string, RecordedCall>();
  readonly #started = new Map<string, EventOf<"tool_started">>();
  readonly #uses = new Set<string>();
  readonly #outputs = new Set<string>();
  readonly #taint = new Set<string>();
  #turns = 0;
  #text = "";
  #attempt: number;
  #lastStopReason: string | null = null;
  #completed: { result: string; outputs: string[] } | undefined;
  #failed = false;

  constructor(agent: EventOf<"agent_initialized">) {
    this.#agent = agent;
    this.#attempt = agent.attempt ?? 1;
  }

  apply(event: OrchestratorEvent): void {
    if ("attempt" in event && event.attempt !== undefined) this.#attempt = Math.max(this.#attempt, event.attempt);
    switch (event.type) {
      case "message_sent":
        this.#answerCalls();
        this.#messages.push({ role: "user", content: event.content });
        break;
      case "turn_completed":
        this.#answerCalls();
        this.#messages.push({
          role: "assistant",
          content: withoutBlankText(event.message.content as unknown as AssistantContent),
        });
        this.#turns = event.turn;
        this.#text = textOf(event) || this.#text;
        this.#lastStopReason = event.stopReason;
        for (const block of event.message.content) {
          const source = taintOfBlock(block);
          if (source) this.#taint.add(source);
        }
        break;
      case "tool_use":
        this.#uses.add(event.toolUseId);
        break;
      case "tool_started":
        this.#started.set(event.toolUseId, event);
        break;
      case "tool_result":
        this.#started.delete(event.toolUseId);
        this.#recorded.set(event.toolUseId, { content: event.content, isError: event.isError });
        for (const path of outputsOf(event.effects)) this.#outputs.add(path);
        break;
      case "agent_completed":
        this.#completed = { result: event.result, outputs: event.outputs };
        break;
      case "agent_error":
        this.#failed = true;
        break;
      default:
        break;
    }
  }

  /** The outcome that was found for a call after all. */
  settle(toolUseId: string, outcome: RecordedCall & { readonly effects: readonly Effect[] }): void {
    this.#started.delete(toolUseId);
    this.#recorded.set(toolUseId, { content: outcome.content, isError: outcome.isError });
    for (const path of outputsOf(outcome.effects)) this.#outputs.add(path);
  }

  get history(): AgentHistory {
    const { agentId, agentType, stepId, batchId } = this.#agent;
    return {
      agentId,
      agentType,
      stepId,
      batchId,
      attempt: this.#attempt,
      messages: [...this.#messages],
      turns: this.#turns,
      text: this.#text,
      lastStopReason: this.#lastStopReason,
      recorded: new Map(this.#recorded),
      uses: new Set(this.#uses),
      unresolved: [...this.#started.values()],
      outputs: [...this.#outputs],
      taint: [...this.#taint],
      completed: this.#completed,
      failed: this.#failed,
    };
  }

  /** Another turn came, so the calls of the one before had all been answered. */
  #answerCalls(): void {
    const calls = pendingCalls(this.#messages);
    if (calls.length === 0) return;
    this.#messages.push(answer(calls.map((call) => [call, this.#recorded.get(call.id)] as const)));
  }
}

/** Tool calls of the last turn, if the conversation ends with them. */
export function pendingCalls(messages: readonly Message[]): ToolUseBlock[] {
  const last = messages.at(-1);
  if (last?.role !== "assistant" || typeof last.content === "string") return [];
  return last.content.filter((block): block is ToolUseBlock => block.type === "tool_use");
}

/** The user turn that answers tool calls, as the Messages API wants it: all of them, in their order. */
export function answer(calls: Iterable<readonly [ToolUseBlock, RecordedCall | undefined]>): Message {
  return {
    role: "user",
    content: Array.from(calls, ([call, result]) => ({
      type: "tool_result" as const,
      tool_use_id: call.id,
      content: result?.content ?? "",
      ...(result?.isError === true ? { is_error: true } : {}),
    })),
  };
}

/** Blank text is in the log as it came, and in no request: the API refuses it. */
export function withoutBlankText<Block extends { readonly type: string }>(content: readonly Block[]): Block[] {
  return content.filter((block) => !isBlankText(block));
}

export function isBlankText(block: { readonly type: string; readonly text?: unknown }): boolean {
  return block.type === "text" && typeof block.text === "string" && block.text.trim() === "";
}

function textOf(event: EventOf<"turn_completed">): string {
  return event.message.content
    .map((block) => (block.type === "text" && typeof block["text"] === "string" ? block["text"] : ""))
    .join("")
    .trim();
}
