/**
 * Puts what machine and team do during a run into its session's log, so that the session keeps its charts.
 *
 * A log is never thinned out later, so the samples are written further apart the longer the run lasts: every one
 * stands for a hundredth of the time so far, but at least for 2 and at most for 15 seconds. That is about 440 in
 * the first hour and 240 in each further one. Averages stand for what lies between, for delays the longest.
 */
import type { OrchestratorEvent } from "../events/event.ts";
import type { SampleDraft } from "../events/sessionLog.ts";
import { estimateTokens } from "../model/tokenEstimate.ts";
import type { Clock } from "../ports.ts";
import type { ResourceSample, SampleSource } from "./resourceSampler.ts";

export interface RunMetricsOptions {
  readonly source: SampleSource;
  readonly clock: Pick<Clock, "monotonic">;
  readonly emit: (sample: SampleDraft) => void;
  /** US dollars the session had cost before this run. */
  readonly costUsd: number;
}

const SHORTEST_MILLISECONDS = 2_000;
const LONGEST_MILLISECONDS = 15_000;
const SAMPLES_PER_RUN = 100;

const AVERAGED = ["cpu", "memory", "processCpu", "processMemory"] as const;

export class RunMetrics implements Disposable {
  readonly #options: RunMetricsOptions;
  readonly #watching: Disposable;
  readonly #beganAt: number;
  readonly #agents = new Set<string>();
  #writtenAt: number;
  #hasWritten = false;
  #samples: ResourceSample[] = [];
  #characters = 0;
  #costUsd: number;

  constructor(options: RunMetricsOptions) {
    this.#options = options;
    this.#beganAt = this.#writtenAt = options.clock.monotonic();
    this.#costUsd = options.costUsd;
    this.#watching = options.source.watch((sample) => this.#take(sample));
  }

  /** Takes the session's events as they are delivered. */
  apply(event: OrchestratorEvent): void {
    switch (event.type) {
      case "text_chunk":
      case "thinking_chunk":
        this.#characters += event.content.length;
        break;
      case "usage_recorded":
        this.#costUsd += event.costUsd ?? 0;
        break;
      case "agent_initialized":
      case "agent_continued":
        this.#agents.add(event.agentId);
        break;
      case "agent_completed":
      case "agent_error":
        this.#agents.delete(event.agentId);
        // The chart ends with the work, not up to fifteen seconds before.
        if (this.#agents.size === 0) queueMicrotask(() => this.#writeLast());
        break;
      default:
        break;
    }
  }

  [Symbol.dispose](): void {
    this.#watching[Symbol.dispose]();
    this.#samples = [];
  }

  /** Nobody works any more, perhaps for good. A run of a moment needs no chart. */
  #writeLast(): void {
    const since = this.#options.clock.monotonic() - this.#writtenAt;
    if (this.#hasWritten && this.#samples.length > 0 && since >= SHORTEST_MILLISECONDS / 2) this.#write();
  }

  #take(sample: ResourceSample): void {
    this.#samples.push(sample);
    const now = this.#options.clock.monotonic();
    const share = (now - this.#beganAt) / SAMPLES_PER_RUN;
    const due = Math.min(LONGEST_MILLISECONDS, Math.max(SHORTEST_MILLISECONDS, share));
    // The sampler's rhythm is not exact, and a sample that is late by a little would be late by two seconds.
    if (now - this.#writtenAt >= due * 0.9) this.#write();
  }

  #write(): void {
    const now = this.#options.clock.monotonic();
    const seconds = Math.max(1, now - this.#writtenAt) / 1000;
    const [cpu, memory, processCpu, processMemory] = AVERAGED.map((name) =>
      average(this.#samples.map((sample) => sample[name])),
    ) as [number, number, number, number];
    this.#options.emit({
      ...{ type: "metrics_sampled", source: "monitor", cpu, memory, processCpu, processMemory },
      eventLoopDelayMs: Math.max(...this.#samples.map((sample) => sample.eventLoopDelayMs)),
      tokensPerSecond: rounded(estimateTokens(this.#characters) / seconds, 10),
      costUsd: rounded(this.#costUsd, 1_000_000),
      agents: this.#agents.size,
    });
    this.#samples = [];
    this.#characters = 0;
    this.#writtenAt = now;
    this.#hasWritten = true;
  }
}

function average(values: readonly number[]): number {
  return rounded(values.reduce((sum, value) => sum + value, 0) / values.length, 10);
}

function rounded(value: number, factor: number): number {
  return Math.round(value * factor) / factor;
}
