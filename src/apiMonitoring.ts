/** The part of the public API that looks at sessions while they run. */
import { resolve } from "node:path";
import { LazyEngine, SAMPLER_WORKER, StandardErrorLogger, type ApiOptions } from "./apiEngine.ts";
import { catalogueFor } from "./cli/catalogue.ts";
import { costOf, priceOf } from "./core/model/prices.ts";
import {
  ProgressMonitor as CoreProgressMonitor,
  type Metrics,
  type MonitoringRequest,
  type PerformanceMetrics,
} from "./core/monitoring/progressMonitor.ts";
import { ResourceSampler } from "./core/monitoring/resourceSampler.ts";
import { SystemClock } from "./core/systemClock.ts";
import { DashboardServer as CoreDashboardServer } from "./dashboard/dashboardServer.ts";

/**
 * Tells how much sessions and agents use and how fast they are. Dispose it (`await using`, or `close()`) when done.
 */
export class ProgressMonitor implements AsyncDisposable {
  readonly #engine: LazyEngine;
  readonly #sampler: ResourceSampler;
  readonly #monitor: CoreProgressMonitor;

  /** @param path where sessions are kept; default `AI_ORCHESTRATOR_HOME`, else `~/.ai-orchestrator` */
  constructor(path?: string, options: Omit<ApiOptions, "home"> = {}) {
    this.#engine = new LazyEngine(path === undefined ? options : { ...options, home: resolve(path) });
    const logger = new StandardErrorLogger(options.verbose ?? false);
    this.#sampler = new ResourceSampler({ workerUrl: SAMPLER_WORKER, logger });
    this.#monitor = new CoreProgressMonitor({
      sessions: async () => (await this.#engine.get()).sessions,
      source: this.#sampler,
      clock: new SystemClock(),
      costOf: (model, usage) => {
        const price = priceOf(model, options.settings?.prices ?? {});
        return price ? costOf(usage, price) : null;
      },
    });
  }

  /** Looks at a session, or one of its agents, about every two seconds until it has ended, whoever runs it. */
  createMonitoringStream(request: MonitoringRequest): AsyncGenerator<Metrics, void, void> {
    return this.#monitor.createMonitoringStream(request);
  }

  /** Measures a call of any SDK, given as its promise or as a function that begins it, and gives its result. */
  async trackSdkExecution<Result>(
    agentId: string,
    execution: Promise<Result> | (() => Promise<Result>),
  ): Promise<Result> {
    return this.#monitor.trackSdkExecution(agentId, execution);
  }

  /** Everything this monitor has seen: sessions that were watched through it and calls it tracked. */
  getPerformanceMetrics(): PerformanceMetrics {
    return this.#monitor.getPerformanceMetrics();
  }

  async close(): Promise<void> {
    this.#sampler[Symbol.dispose]();
    await this.#engine.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

export interface DashboardOptions extends ApiOptions {
  /** Default 8080; 0 takes one that is free. */
  readonly port?: number;
  /** May sessions be stopped, answered and steered from the page? Default false. */
  readonly control?: boolean;
}

/** Shows every session of a home in a browser of this machine. Dispose it (`await using`, or `stop()`) when done. */
export class DashboardServer implements AsyncDisposable {
  readonly #engine: LazyEngine;
  readonly #server: CoreDashboardServer;

  constructor(options: DashboardOptions = {}) {
    const { port, control, ...more } = options;
    this.#engine = new LazyEngine({ ...more, enableMonitoring: false });
    this.#server = new CoreDashboardServer({
      ...(port === undefined ? {} : { port }),
      ...(control === undefined ? {} : { control }),
      engine: () => this.#engine.get(),
      catalogue: catalogueFor("ai-orchestrator"),
      assets: new URL("./webview/", import.meta.url),
      clock: new SystemClock(),
      logger: new StandardErrorLogger(options.verbose ?? false),
    });
  }

  /** Begins to listen on 127.0.0.1 and gives the link to open, which holds the key. */
  start(): Promise<string> {
    return this.#server.start();
  }

  /** Ends every connection. It can be started again, and pages that are open find back. */
  async stop(): Promise<void> {
    await this.#server.stop();
    await this.#engine.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
