/**
 * What the charts show, folded from a session's events into stretches of equal width. When there are too many,
 * two become one, so that memory is bounded however long the session lasts.
 */
import type { ChartPoint, ChartPoints } from "./monitorModel.ts";

/** Width of a stretch at the beginning, in milliseconds. */
const FIRST_WIDTH = 2_000;
/** A chart has hardly more pixels. */
export const MOST_POINTS = 600;

/** What was measured at one moment: percent of the machine, 0 to 100, and what all agents wrote. */
export interface LoadSample {
  readonly cpu: number;
  readonly memory: number;
  readonly tokensPerSecond: number;
}

/** A request that was paid for. */
export interface PaidRequest {
  /** When it was sent, if that is known. */
  readonly startedAt: number | undefined;
  readonly outputTokens: number;
  readonly costUsd: number;
}

interface Stretch {
  /** Sums of the samples in it. */
  cpu: number;
  memory: number;
  rate: number;
  samples: number;
  /** Output of the requests that ran in it, evenly over the time of each. */
  tokens: number;
  costUsd: number;
}

export class ChartSeries {
  #start: number | undefined;
  #width = FIRST_WIDTH;
  #stretches: Stretch[] = [];
  #costUsd = 0;
  /** First point the UI does not know as it is now. */
  #changedFrom = Infinity;

  /** All points, or null before the first. */
  get points(): ChartPoints | null {
    return this.#start === undefined ? null : this.#from(0, this.#start);
  }

  sample(time: number, { cpu, memory, tokensPerSecond }: LoadSample): void {
    const stretch = this.#at(time);
    stretch.cpu += cpu;
    stretch.memory += memory;
    stretch.rate += tokensPerSecond;
    stretch.samples += 1;
  }

  /** A request ended at `time`. */
  pay(time: number, { startedAt = time, outputTokens, costUsd }: PaidRequest): void {
    const last = this.#at(time);
    last.costUsd += costUsd;
    this.#costUsd += costUsd;
    const lastIndex = this.#indexOf(time);
    for (const later of this.#stretches.slice(lastIndex + 1)) later.costUsd += costUsd;
    const firstIndex = Math.min(this.#indexOf(startedAt), lastIndex);
    const ran = this.#stretches.slice(firstIndex, lastIndex + 1);
    for (const stretch of ran) stretch.tokens += outputTokens / ran.length;
    this.#changedFrom = Math.min(this.#changedFrom, firstIndex);
  }

  /** Points that changed since the last call. */
  takeChanges(): ChartPoints | undefined {
    const index = this.#changedFrom;
    this.#changedFrom = Infinity;
    return this.#start === undefined || index === Infinity ? undefined : this.#from(index, this.#start);
  }

  /** The stretch of a time; one before the first sample belongs to the first stretch. */
  #at(time: number): Stretch {
    this.#start ??= time;
    while (this.#indexOf(time) >= MOST_POINTS) this.#widen();
    const index = this.#indexOf(time);
    this.#changedFrom = Math.min(this.#changedFrom, index, this.#stretches.length);
    // Where nothing was paid the cost stays what it was.
    for (let at = this.#stretches.length; at <= index; at += 1) {
      this.#stretches[at] = { cpu: 0, memory: 0, rate: 0, samples: 0, tokens: 0, costUsd: this.#costUsd };
    }
    return this.#stretches[index] as Stretch;
  }

  #indexOf(time: number): number {
    return Math.max(0, Math.floor((time - (this.#start ?? time)) / this.#width));
  }

  #widen(): void {
    this.#width *= 2;
    const halves = this.#stretches;
    this.#stretches = [];
    for (let index = 0; index < halves.length; index += 2) {
      const [first, second] = [halves[index], halves[index + 1]];
      if (!first) break;
      this.#stretches.push(
        second
          ? {
              cpu: first.cpu + second.cpu,
              memory: first.memory + second.memory,
              rate: first.rate + second.rate,
              samples: first.samples + second.samples,
              tokens: first.tokens + second.tokens,
              costUsd: second.costUsd,
            }
          : first,
      );
    }
    this.#changedFrom = 0;
  }

  #from(index: number, start: number): ChartPoints {
    const seconds = this.#width / 1000;
    const points = this.#stretches.slice(index).map(({ cpu, memory, rate, samples, tokens, costUsd }): ChartPoint => ({
      cpu: samples === 0 ? null : cpu / samples,
      memory: samples === 0 ? null : memory / samples,
      // Samples know of text that is not paid for yet.
      tokens: samples === 0 ? tokens / seconds : rate / samples,
      costUsd,
    }));
    return { start, width: this.#width, index, points };
  }
}
