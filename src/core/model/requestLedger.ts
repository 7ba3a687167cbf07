/**
 * The money side of one agent's model requests, in the session's log: each is announced before it is sent, and what
 * it cost is recorded when it has ended. What was announced and never recorded, the session's next owner settles.
 */
import { messageOf } from "../errors.ts";
import type { EventDraft, EventOf, TokenUsage } from "../events/event.ts";
import type { Clock, Logger } from "../ports.ts";
import { estimatedUsage, estimateTokens } from "./tokenEstimate.ts";
import type { MeteredUsage } from "./usageMeter.ts";

type UsageDraft = Extract<EventDraft, { type: "usage_recorded" }>;
type StartedDraft = Extract<EventDraft, { type: "request_started" }>;

export interface RequestLedgerOptions {
  /** Who asks, and what for. */
  readonly identity: Pick<EventOf<"usage_recorded">, "agentId" | "stepId" | "purpose">;
  readonly emit: (draft: EventDraft) => Promise<void>;
  readonly costOf: (model: string, usage: TokenUsage) => number | null;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A request that is in the log. */
export interface AnnouncedRequest {
  /** An answer has begun; call the result when it has ended or was cut off. */
  answered(): (metered: MeteredUsage) => void;
  /** Nobody waits for the answer any more, and none had begun. */
  abandoned(): void;
}

export class RequestLedger {
  readonly #options: RequestLedgerOptions;
  readonly #recording = new Set<Promise<void>>();
  /** Usage of a complete answer, which belongs to the turn that is made of it. */
  #answered: UsageDraft | undefined;

  constructor(options: RequestLedgerOptions) {
    this.#options = options;
  }

  /**
   * Resolves when the log holds that a request of so many characters, which waited so many milliseconds for its turn,
   * is about to be sent.
   */
  async announce(model: string, characters: number, queuedMs = 0): Promise<AnnouncedRequest> {
    const { emit, clock, identity } = this.#options;
    const started: StartedDraft = {
      type: "request_started",
      source: "model",
      requestId: clock.newId("request"),
      ...identity,
      model,
      estimatedInputTokens: estimateTokens(characters),
      ...(queuedMs >= 1 ? { queuedMs: Math.round(queuedMs) } : {}),
    };
    await emit(started);
    return {
      answered: () => {
        const end = Promise.withResolvers<void>();
        this.#recording.add(end.promise);
        return ({ usage, complete }) => {
          const draft = this.#usageOf(started, usage);
          if (complete) this.#answered = draft;
          else this.#record({ ...draft, wasted: true });
          this.#recording.delete(end.promise);
          end.resolve();
        };
      },
      abandoned: () => {
        const usage = estimatedUsage(started.estimatedInputTokens, 0);
        this.#record({ ...this.#usageOf(started, usage), wasted: true, estimated: true });
      },
    };
  }

  /** What the last complete answer cost; whoever takes it puts it into the log together with the turn. */
  takeUsage(): UsageDraft | undefined {
    const answered = this.#answered;
    this.#answered = undefined;
    return answered;
  }

  /** Resolves when everything that has ended is in the log. An answer that became no turn was wasted. */
  async settled(): Promise<void> {
    do {
      await Promise.all(this.#recording);
      const answered = this.takeUsage();
      if (answered) this.#record({ ...answered, wasted: true });
    } while (this.#recording.size > 0);
  }

  #usageOf({ requestId, model }: StartedDraft, usage: TokenUsage): UsageDraft {
    const { identity, costOf } = this.#options;
    const costUsd = costOf(model, usage);
    return { type: "usage_recorded", source: "model", requestId, ...identity, model, usage, costUsd };
  }

  #record(draft: UsageDraft): void {
    const { emit, logger } = this.#options;
    const recording: Promise<void> = emit(draft)
      .catch((error: unknown) => logger.warn("usage was not recorded", { error: messageOf(error) }))
      .finally(() => this.#recording.delete(recording));
    this.#recording.add(recording);
  }
}
