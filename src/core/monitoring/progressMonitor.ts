/**
 * How much sessions and agents use and how fast they are, live or afterwards. What a session did is a fold of its
 * log, so any process may ask; what machine and process do is sampled while somebody asks.
 */
import { OrchestratorError } from "../errors.ts";
import { addUsage, type TokenUsage } from "../events/event.ts";
import { News } from "../news.ts";
import type { Clock } from "../ports.ts";
import type { SessionManager } from "../sessions/sessionManager.ts";
import type { SessionStatus } from "../store/sessionStore.ts";
import { MachineReader } from "./machineReader.ts";
import type { ResourceSample, SampleSource } from "./resourceSampler.ts";
import { reportedUsage, type ReportedUsage } from "./reportedUsage.ts";
import type { SessionWork } from "./sessionWork.ts";
import { WorkFollower } from "./workFollower.ts";
import { addWork, metricsOf, NO_WORK, type WorkMetrics, type WorkSums } from "./workMetrics.ts";

/** Percent are 0 to 100 of the whole machine. */
export interface PerformanceFigures {
  readonly cpu: number;
  readonly memory: number;
  /** Of the swap space; null where there is none or nothing tells. */
  readonly swap: number | null;
  /** Of the process that runs the session, without commands it started. */
  readonly processCpu: number;
  readonly processMemory: number;
  /** The longest that its event loop was held up lately; null while nobody watches. */
  readonly eventLoopDelayMs: number | null;
}

/** One look at a session, or at one of its agents. */
export interface Metrics {
  /** ISO 8601. */
  readonly timestamp: string;
  readonly sessionId: string;
  readonly agentId: string | null;
  readonly status: SessionStatus;
  readonly performance: PerformanceFigures;
  /** Of the agent, or of all agents together. */
  readonly work: WorkMetrics;
  /** Each agent by its id; only the one that was asked for. */
  readonly agents: Readonly<Record<string, WorkMetrics>>;
}

/** Everything this monitor has seen: sessions that were watched through it and calls it tracked. */
export interface PerformanceMetrics {
  /** Now, of this process. */
  readonly performance: PerformanceFigures;
  readonly total: WorkMetrics;
  readonly agents: Readonly<Record<string, WorkMetrics>>;
}

export interface MonitoringRequest {
  readonly sessionId: string;
  /** Only this agent; the stream ends with it. */
  readonly agentId?: string;
  readonly signal?: AbortSignal;
}

export interface ProgressMonitorOptions {
  /** Opened when a session is first asked for. */
  readonly sessions: () => Promise<Pick<SessionManager, "getSession" | "follow">>;
  readonly source: SampleSource;
  readonly clock: Pick<Clock, "now" | "monotonic">;
  /** US dollars for the usage of one request; null when the model's price is unknown. */
  readonly costOf: (model: string, usage: TokenUsage) => number | null;
}

/** What the log says of the process that runs a session counts for so long. */
const LOGGED_MILLISECONDS = 30_000;

export class ProgressMonitor {
  readonly #options: ProgressMonitorOptions;
  readonly #reader = new MachineReader();
  /** Sessions that are watched now. */
  readonly #followers = new Map<string, WorkFollower>();
  /** What was seen of sessions that nobody watches any more. */
  readonly #seen = new Map<string, SeenWork>();
  readonly #tracked = new Map<string, WorkSums>();
  #latest: ResourceSample | undefined;

  constructor(options: ProgressMonitorOptions) {
    this.#options = options;
  }

  /**
   * Looks at a session about every two seconds, whichever process runs it, and once more when it has ended. A look
   * nobody was ready for is left out, never kept waiting.
   *
   * @throws OrchestratorError `session.unknown`, `session.invalidId`; `monitor.unknownAgent` when the session ended
   *   without that agent
   */
  async *createMonitoringStream(request: MonitoringRequest): AsyncGenerator<Metrics, void, void> {
    const { sessionId, agentId, signal } = request;
    const sessions = await this.#options.sessions();
    const row = await sessions.getSession(sessionId);
    const news = new News();
    const stop = (): void => news.tell();
    let isDue = false;
    const watching = this.#options.source.watch((sample) => {
      this.#latest = sample;
      isDue = true;
      news.tell();
    });
    signal?.addEventListener("abort", stop, { once: true });
    const follower = this.#follow(sessionId, sessions);
    const following = follower.watch({ toSeq: row.lastSeq, onChange: () => news.tell() });
    const hasCaughtUp = (): boolean => follower.seq >= row.lastSeq;
    const isOver = (): boolean =>
      follower.hasEnded || (agentId !== undefined && hasCaughtUp() && follower.work.hasEnded(agentId));
    const look = async (): Promise<Metrics> =>
      this.#look(request, follower, (await sessions.getSession(sessionId)).effectiveStatus);
    try {
      while (!signal?.aborted && !isOver()) {
        if (isDue && hasCaughtUp()) {
          isDue = false;
          yield await look();
        } else await news.next();
      }
      if (signal?.aborted) return;
      if (follower.failure) throw follower.failure.error;
      if (agentId !== undefined && !follower.work.agentIds.includes(agentId))
        throw unknownAgent(sessionId, agentId, follower.work);
      yield await look();
    } finally {
      following[Symbol.dispose]();
      signal?.removeEventListener("abort", stop);
      watching[Symbol.dispose]();
      this.#latest = undefined;
    }
  }

  /**
   * Measures a call of any SDK, given as its promise or as a function that begins it, and gives back what it gives.
   * Usage that a Messages API answer reports is counted.
   */
  async trackSdkExecution<Result>(
    agentId: string,
    execution: Promise<Result> | (() => Promise<Result>),
  ): Promise<Result> {
    const { clock } = this.#options;
    const began = clock.monotonic();
    this.#track(agentId, { running: 1 });
    try {
      const result = await (typeof execution === "function" ? execution() : execution);
      const ms = clock.monotonic() - began;
      this.#track(agentId, { running: -1, completed: 1, ms }, reportedUsage(result));
      return result;
    } catch (error) {
      this.#track(agentId, { running: -1, failed: 1, ms: clock.monotonic() - began });
      throw error;
    }
  }

  /** What this monitor has seen so far. */
  getPerformanceMetrics(): PerformanceMetrics {
    const agents = new Map(this.#tracked);
    let total = [...this.#tracked.values()].reduce(addWork, NO_WORK);
    for (const sessionId of new Set([...this.#followers.keys(), ...this.#seen.keys()])) {
      const seen = this.#seenOf(sessionId);
      total = addWork(total, seen.total);
      for (const [agentId, sums] of seen.agents) agents.set(agentId, addWork(agents.get(agentId) ?? NO_WORK, sums));
    }
    return {
      performance: this.#performance(),
      total: metricsOf(total),
      agents: Object.fromEntries([...agents].map(([agentId, sums]) => [agentId, metricsOf(sums)])),
    };
  }

  /** One follower for all who watch a session. */
  #follow(sessionId: string, sessions: Pick<SessionManager, "follow">): WorkFollower {
    const known = this.#followers.get(sessionId);
    if (known) return known;
    const follower = new WorkFollower({
      sessions,
      sessionId,
      onEnd: () => {
        this.#seen.set(sessionId, this.#seenOf(sessionId));
        this.#followers.delete(sessionId);
      },
    });
    this.#followers.set(sessionId, follower);
    return follower;
  }

  /** What reaches further: a follower that begins has not yet read what was seen before. */
  #seenOf(sessionId: string): SeenWork {
    const seen = this.#seen.get(sessionId);
    const follower = this.#followers.get(sessionId);
    if (!follower || (seen && seen.seq > follower.seq)) return seen ?? NOTHING_SEEN;
    const { work, seq } = follower;
    return { seq, total: work.total, agents: new Map(work.agentIds.map((id) => [id, work.sumsOf(id)])) };
  }

  #look({ sessionId, agentId }: MonitoringRequest, follower: WorkFollower, status: SessionStatus): Metrics {
    const { work, logged } = follower;
    const sumsOf = (id: string): WorkSums => addWork(work.sumsOf(id), this.#tracked.get(id) ?? NO_WORK);
    const shown = agentId === undefined ? work.agentIds : [agentId];
    const now = this.#options.clock.now();
    const here = this.#performance();
    const isFresh = logged !== undefined && now - Date.parse(logged.timestamp) <= LOGGED_MILLISECONDS;
    const { processCpu, processMemory, eventLoopDelayMs } = isFresh ? logged : here;
    return {
      timestamp: new Date(now).toISOString(),
      sessionId,
      agentId: agentId ?? null,
      status,
      performance: { ...here, processCpu, processMemory, eventLoopDelayMs },
      work: metricsOf(agentId === undefined ? work.total : sumsOf(agentId)),
      agents: Object.fromEntries(shown.map((id) => [id, metricsOf(sumsOf(id))])),
    };
  }

  #performance(): PerformanceFigures {
    const { cpu, memory, swap, processCpu, processMemory } = this.#latest ?? this.#reader.read();
    return { cpu, memory, swap, processCpu, processMemory, eventLoopDelayMs: this.#latest?.eventLoopDelayMs ?? null };
  }

  #track(
    agentId: string,
    call: { readonly running: number; readonly completed?: number; readonly failed?: number; readonly ms?: number },
    reported?: ReportedUsage,
  ): void {
    const before = this.#tracked.get(agentId) ?? NO_WORK;
    const { executions } = before;
    const { running, completed = 0, failed = 0, ms } = call;
    const cost = reported && this.#options.costOf(reported.model, reported.usage);
    this.#tracked.set(agentId, {
      ...before,
      executions: {
        running: executions.running + running,
        completed: executions.completed + completed,
        failed: executions.failed + failed,
        totalMs: executions.totalMs + Math.round(ms ?? 0),
        lastMs: ms === undefined ? executions.lastMs : Math.round(ms),
      },
      ...(reported && {
        requests: before.requests + 1,
        tokens: addUsage(before.tokens, reported.usage),
        costUsd: before.costUsd + (cost ?? 0),
        costIsPartial: before.costIsPartial || cost === null,
      }),
    });
  }
}

/** The figures of a session up to an event. */
interface SeenWork {
  readonly seq: number;
  readonly total: WorkSums;
  readonly agents: ReadonlyMap<string, WorkSums>;
}

const NOTHING_SEEN: SeenWork = { seq: 0, total: NO_WORK, agents: new Map() };

function unknownAgent(id: string, agent: string, work: SessionWork): OrchestratorError {
  return new OrchestratorError("monitor.unknownAgent", { id, agent, known: work.agentIds.join(", ") });
}
