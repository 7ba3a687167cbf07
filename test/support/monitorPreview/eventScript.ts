/** Events of one session as its log would give them: numbered without gaps, at times the script says. */
import type { EventDraft, OrchestratorEvent, TokenUsage } from "../../../src/core/events/event.ts";

export interface EventScriptOptions {
  readonly sessionId?: string;
  /** Milliseconds since the epoch. */
  readonly start: number;
}

export class EventScript {
  readonly sessionId: string;
  #now: number;
  #seq = 0;
  #epoch = 1;
  readonly #events: OrchestratorEvent[] = [];

  constructor(options: EventScriptOptions) {
    this.sessionId = options.sessionId ?? "session_preview";
    this.#now = options.start;
  }

  get events(): readonly OrchestratorEvent[] {
    return this.#events;
  }

  /** Milliseconds since the epoch. */
  get now(): number {
    return this.#now;
  }

  /** Time passes. */
  after(seconds: number): this {
    this.#now += seconds * 1000;
    return this;
  }

  /** A new owner takes over after `lastSeq`: what came later is void. */
  resumeAfter(lastSeq: number): OrchestratorEvent {
    this.#epoch += 1;
    this.#seq = lastSeq;
    return this.add({ type: "workflow_resumed", source: "orchestrator", lastSeq });
  }

  add(draft: EventDraft): OrchestratorEvent {
    this.#seq += 1;
    const event: OrchestratorEvent = {
      id: `event_${this.#epoch}_${this.#seq}`,
      seq: this.#seq,
      epoch: this.#epoch,
      timestamp: new Date(this.#now).toISOString(),
      sessionId: this.sessionId,
      ...draft,
    };
    this.#events.push(event);
    return event;
  }
}

export function usageOf(inputTokens: number, outputTokens: number, cacheReadTokens = 0): TokenUsage {
  return { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens: 0 };
}
