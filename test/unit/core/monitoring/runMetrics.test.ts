import { describe, expect, it } from "vitest";
import type { EventDraft } from "../../../../src/core/events/event.ts";
import type { SampleDraft } from "../../../../src/core/events/sessionLog.ts";
import type { ResourceSample } from "../../../../src/core/monitoring/resourceSampler.ts";
import { RunMetrics } from "../../../../src/core/monitoring/runMetrics.ts";
import { eventsFrom } from "../store/storeFixtures.ts";

const QUIET: ResourceSample = {
  ...{ cpu: 10, memory: 40, swap: null, processCpu: 2, processMemory: 1, eventLoopDelayMs: 0 },
};

/** A run on a clock of its own, sampled by hand. */
class SampledRun {
  readonly written: SampleDraft[] = [];
  readonly metrics: RunMetrics;
  #time = 0;
  #listener: ((sample: ResourceSample) => void) | undefined;

  constructor(costUsd = 0) {
    this.metrics = new RunMetrics({
      source: {
        watch: (listener) => {
          this.#listener = listener;
          return { [Symbol.dispose]: () => (this.#listener = undefined) };
        },
      },
      clock: { monotonic: () => this.#time },
      emit: (sample) => this.written.push(sample),
      costUsd,
    });
  }

  sampleAt(seconds: number, sample: Partial<ResourceSample> = {}): void {
    this.#time = seconds * 1000;
    this.#listener?.({ ...QUIET, ...sample });
  }

  apply(...events: EventDraft[]): void {
    for (const event of eventsFrom(events, { sessionId: "one" })) this.metrics.apply(event);
  }
}

const text = (content: string): EventDraft => ({ type: "text_chunk", source: "a", agentId: "a", content });
const begun = (agentId: string): EventDraft => ({
  ...{ type: "agent_initialized", source: agentId, agentId, agentType: "writer", taskDescription: "Write" },
  ...{ model: "demo", tools: [] },
});
const ended = (agentId: string): EventDraft => ({
  ...{ type: "agent_completed", source: agentId, agentId, result: "", outputs: [] },
});
const usage = (costUsd: number | null): EventDraft => ({
  ...{ type: "usage_recorded", source: "model", purpose: "agent", model: "m", costUsd },
  usage: { inputTokens: 1, outputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0 },
});

describe("RunMetrics", () => {
  it("writes averages, the longest delay, and what the team did since the sample before", () => {
    const run = new SampledRun(0.5);
    run.apply(begun("a"), begun("b"), text("x".repeat(800)), usage(0.25), usage(null), ended("b"));
    run.sampleAt(0.25, { cpu: 0, eventLoopDelayMs: 30 });
    run.sampleAt(2, { cpu: 50 });
    expect(run.written).toEqual([
      {
        ...{ type: "metrics_sampled", source: "monitor", cpu: 25, memory: 40, processCpu: 2, processMemory: 1 },
        ...{ eventLoopDelayMs: 30, tokensPerSecond: 100, costUsd: 0.75, agents: 1 },
      },
    ]);
    run.sampleAt(4);
    expect(run.written[1]).toMatchObject({ cpu: 10, eventLoopDelayMs: 0, tokensPerSecond: 0, costUsd: 0.75 });
  });

  it("writes further apart the longer a run lasts, so that an hour adds a few hundred samples", () => {
    const run = new SampledRun();
    const writtenAfter = (seconds: number, from: number): number => {
      for (let time = from; time <= seconds; time += 2) run.sampleAt(time);
      return run.written.length;
    };
    expect(writtenAfter(120, 2)).toBe(60);
    const hour = writtenAfter(3_600, 122);
    expect(hour).toBeLessThan(450);
    expect(JSON.stringify(run.written).length).toBeLessThan(100_000);
    expect(writtenAfter(8 * 3_600, 3_602) - hour).toBeLessThan(7 * 260);
  });

  it("ends the chart with the work, and writes nothing for a run of a moment", async () => {
    const run = new SampledRun();
    run.apply(begun("a"));
    run.sampleAt(0.25);
    run.apply(ended("a"));
    await Promise.resolve();
    expect(run.written).toEqual([]);
    run.apply(begun("b"));
    run.sampleAt(2);
    run.sampleAt(3.5);
    run.apply(ended("b"));
    await Promise.resolve();
    expect(run.written).toHaveLength(2);
    run.metrics[Symbol.dispose]();
    run.sampleAt(60);
    expect(run.written).toHaveLength(2);
  });
});
