/**
 * Samples machine and process for everybody who watches, in one worker, and only while somebody does: the first
 * watcher starts it, the last one ends it.
 */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { Worker } from "node:worker_threads";
import { messageOf } from "../errors.ts";
import type { Logger } from "../ports.ts";
import type { SystemSample } from "./machineReader.ts";

export interface ResourceSample extends SystemSample {
  /** Milliseconds; the longest that this process's event loop was held up since the sample before. */
  readonly eventLoopDelayMs: number;
}

/** Where samples come from. */
export interface SampleSource {
  /** Calls `listener` about every two seconds until disposed. */
  watch(listener: (sample: ResourceSample) => void): Disposable;
}

export interface ResourceSamplerOptions {
  /** The bundled `samplerWorker`. */
  readonly workerUrl: URL;
  readonly logger: Pick<Logger, "warn">;
}

/** Milliseconds between looks at the event loop; part of every delay the histogram tells. */
const LOOP_RESOLUTION = 20;
const NANOSECONDS = 1_000_000;

export class ResourceSampler implements SampleSource, Disposable {
  readonly #options: ResourceSamplerOptions;
  readonly #listeners = new Set<(sample: ResourceSample) => void>();
  #worker: Worker | undefined;
  #loop: ReturnType<typeof monitorEventLoopDelay> | undefined;

  constructor(options: ResourceSamplerOptions) {
    this.#options = options;
  }

  watch(listener: (sample: ResourceSample) => void): Disposable {
    // The same function may watch twice.
    const own = (sample: ResourceSample): void => listener(sample);
    this.#listeners.add(own);
    if (this.#listeners.size === 1) this.#start();
    return {
      [Symbol.dispose]: () => {
        if (this.#listeners.delete(own) && this.#listeners.size === 0) this.#stop();
      },
    };
  }

  [Symbol.dispose](): void {
    this.#listeners.clear();
    this.#stop();
  }

  #start(): void {
    const worker = new Worker(this.#options.workerUrl, { execArgv: [], name: "AI Orchestrator sampler" });
    this.#worker = worker;
    this.#loop = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION });
    this.#loop.enable();
    // Nobody's program stays alive for a chart.
    worker.unref();
    worker.on("message", (sample: SystemSample) => {
      if (this.#worker === worker) this.#tell(sample);
    });
    worker.on("error", (error) => {
      if (this.#worker !== worker) return;
      this.#options.logger.warn("the machine's load is no longer sampled", { error: messageOf(error) });
      this.#stop();
    });
  }

  #stop(): void {
    void this.#worker?.terminate();
    this.#worker = undefined;
    this.#loop?.disable();
    this.#loop = undefined;
  }

  #tell(system: SystemSample): void {
    const longest = (this.#loop?.max ?? 0) / NANOSECONDS - LOOP_RESOLUTION;
    this.#loop?.reset();
    const sample = { ...system, eventLoopDelayMs: Math.round(Math.max(0, longest) * 10) / 10 };
    for (const listener of [...this.#listeners]) listener(sample);
  }
}
