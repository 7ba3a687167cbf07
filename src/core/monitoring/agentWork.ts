/** The figures of one agent, brought forward by its events. */
import type { EventOf, OrchestratorEvent } from "../events/event.ts";
import { estimateTokens } from "../model/tokenEstimate.ts";
import { addUsage } from "../events/event.ts";
import { NO_WORK, type WorkSums } from "./workMetrics.ts";

/** An answer that is arriving. */
interface OpenAnswer {
  readonly since: number;
  until: number;
  characters: number;
}

interface OpenCall {
  readonly since: number;
  waitedMs: number;
}

export class AgentWork {
  #sums: WorkSums = NO_WORK;
  #requestedAt: number | undefined;
  #answer: OpenAnswer | undefined;
  readonly #calls = new Map<string, OpenCall>();
  /** What a person is asked: since when, and about which call. */
  readonly #asked = new Map<string, { readonly since: number; readonly toolUseId: string | undefined }>();

  /** With the answer that is arriving, as far as it can be told. */
  get sums(): WorkSums {
    const answer = this.#answer;
    if (!answer) return this.#sums;
    const { generatingMs, generatedTokens } = this.#sums;
    return {
      ...this.#sums,
      generatingMs: generatingMs + answer.until - answer.since,
      generatedTokens: generatedTokens + estimateTokens(answer.characters),
    };
  }

  /** Is an answer arriving? */
  get isGenerating(): boolean {
    return this.#answer !== undefined;
  }

  apply(event: OrchestratorEvent): void {
    const time = Date.parse(event.timestamp);
    switch (event.type) {
      case "request_started":
        this.#requestedAt = time;
        this.#answer = undefined;
        this.#add({ requests: 1, queueTimeMs: event.queuedMs ?? 0 });
        break;
      case "text_chunk":
      case "thinking_chunk":
        this.#hear(time, event.content.length);
        break;
      case "usage_recorded":
        this.#takeUsage(event, time);
        break;
      case "turn_completed":
        this.#add({ turns: 1 });
        break;
      case "retry_scheduled":
        this.#answer = undefined;
        this.#add({ retries: 1 });
        break;
      case "tool_use":
        this.#calls.set(event.toolUseId, { since: time, waitedMs: 0 });
        break;
      case "tool_result":
        this.#endCall(event, time);
        break;
      case "approval_requested":
        this.#asked.set(event.approvalId, { since: time, toolUseId: event.toolUseId });
        break;
      case "approval_resolved":
        this.#answered(event.approvalId, time);
        break;
      case "question_asked":
        this.#asked.set(event.questionId, { since: time, toolUseId: undefined });
        break;
      case "question_answered":
        this.#answered(event.questionId, time);
        break;
      case "agent_continued":
        this.stop();
        break;
      default:
        break;
    }
  }

  addQueueTime(milliseconds: number): void {
    this.#add({ queueTimeMs: milliseconds });
  }

  /** What it was doing ended with its process. */
  stop(): void {
    this.#requestedAt = undefined;
    this.#answer = undefined;
    this.#calls.clear();
    this.#asked.clear();
  }

  #hear(time: number, characters: number): void {
    this.#noteFirst(time);
    this.#answer ??= { since: time, until: time, characters: 0 };
    this.#answer.until = Math.max(this.#answer.until, time);
    this.#answer.characters += characters;
  }

  /** The time until the first of an answer; one without text is told of only when it is whole. */
  #noteFirst(time: number): void {
    if (this.#requestedAt === undefined) return;
    this.#add({ firstTokens: 1, firstTokenMs: Math.max(0, time - this.#requestedAt) });
    this.#requestedAt = undefined;
  }

  #takeUsage({ usage, costUsd, wasted }: EventOf<"usage_recorded">, time: number): void {
    const answer = this.#answer;
    this.#answer = undefined;
    if (!wasted) this.#noteFirst(time);
    this.#requestedAt = undefined;
    this.#sums = {
      ...this.#sums,
      tokens: addUsage(this.#sums.tokens, usage),
      costUsd: this.#sums.costUsd + (costUsd ?? 0),
      costIsPartial: this.#sums.costIsPartial || costUsd === null,
    };
    if (answer && time > answer.since)
      this.#add({ generatingMs: time - answer.since, generatedTokens: usage.outputTokens });
  }

  #endCall(event: EventOf<"tool_result">, time: number): void {
    const call = this.#calls.get(event.toolUseId);
    this.#calls.delete(event.toolUseId);
    const toolTimeMs = call ? Math.max(0, time - call.since - call.waitedMs) : 0;
    this.#add({ toolCalls: 1, toolErrors: event.isError ? 1 : 0, toolTimeMs });
  }

  #answered(id: string, time: number): void {
    const asked = this.#asked.get(id);
    this.#asked.delete(id);
    if (!asked) return;
    const waitedMs = Math.max(0, time - asked.since);
    this.#add({ waitingMs: waitedMs });
    const call = asked.toolUseId === undefined ? undefined : this.#calls.get(asked.toolUseId);
    if (call) call.waitedMs += waitedMs;
  }

  #add(more: Partial<Record<NumberOf<WorkSums>, number>>): void {
    const sums: Record<string, unknown> = { ...this.#sums };
    for (const [name, value] of Object.entries(more)) sums[name] = (sums[name] as number) + value;
    this.#sums = sums as WorkSums & Record<string, unknown>;
  }
}

type NumberOf<Shape> = { [Name in keyof Shape]: Shape[Name] extends number ? Name : never }[keyof Shape];
