/** What agents used and how long what they did took, added up event by event. */
import { addUsage, ZERO_USAGE, type TokenUsage } from "../events/event.ts";

/** Figures of one agent, or of all together. Times in milliseconds; those of calls at the same time count each. */
export interface WorkMetrics {
  readonly tokens: TokenUsage;
  /** Output per second while an answer was arriving; 0 before the first. */
  readonly tokensPerSecond: number;
  /** From a request until the first of its answer, on average; null before the first. */
  readonly timeToFirstTokenMs: number | null;
  readonly requests: number;
  readonly turns: number;
  readonly retries: number;
  /** US dollars of the requests whose price is known. */
  readonly costUsd: number;
  readonly costIsPartial: boolean;
  readonly toolCalls: number;
  readonly toolErrors: number;
  /** Tools at work, without the time a person was asked. */
  readonly toolTimeMs: number;
  /** A person was asked, and had not answered. */
  readonly waitingMs: number;
  /** Ready, but waiting for others: a step for a free agent, a request for its turn at the server. */
  readonly queueTimeMs: number;
  /** Calls that were given to `trackSdkExecution`. */
  readonly executions: ExecutionMetrics;
}

export interface ExecutionMetrics {
  readonly running: number;
  readonly completed: number;
  readonly failed: number;
  /** Of those that ended. */
  readonly totalMs: number;
  readonly lastMs: number | null;
}

/** What adds up over agents. */
export type WorkSums = Omit<WorkMetrics, "tokensPerSecond" | "timeToFirstTokenMs"> & {
  readonly firstTokens: number;
  readonly firstTokenMs: number;
  /** How long answers were arriving, and their tokens. */
  readonly generatingMs: number;
  readonly generatedTokens: number;
};

export const NO_WORK: WorkSums = {
  tokens: ZERO_USAGE,
  ...{ requests: 0, turns: 0, retries: 0, costUsd: 0, costIsPartial: false, toolCalls: 0, toolErrors: 0 },
  ...{ toolTimeMs: 0, waitingMs: 0, queueTimeMs: 0, firstTokens: 0, firstTokenMs: 0 },
  ...{ generatingMs: 0, generatedTokens: 0 },
  executions: { running: 0, completed: 0, failed: 0, totalMs: 0, lastMs: null },
};

export function addWork(left: WorkSums, right: WorkSums): WorkSums {
  return {
    tokens: addUsage(left.tokens, right.tokens),
    requests: left.requests + right.requests,
    turns: left.turns + right.turns,
    retries: left.retries + right.retries,
    costUsd: left.costUsd + right.costUsd,
    costIsPartial: left.costIsPartial || right.costIsPartial,
    toolCalls: left.toolCalls + right.toolCalls,
    toolErrors: left.toolErrors + right.toolErrors,
    toolTimeMs: left.toolTimeMs + right.toolTimeMs,
    waitingMs: left.waitingMs + right.waitingMs,
    queueTimeMs: left.queueTimeMs + right.queueTimeMs,
    firstTokens: left.firstTokens + right.firstTokens,
    firstTokenMs: left.firstTokenMs + right.firstTokenMs,
    generatingMs: left.generatingMs + right.generatingMs,
    generatedTokens: left.generatedTokens + right.generatedTokens,
    executions: {
      running: left.executions.running + right.executions.running,
      completed: left.executions.completed + right.executions.completed,
      failed: left.executions.failed + right.executions.failed,
      totalMs: left.executions.totalMs + right.executions.totalMs,
      lastMs: right.executions.lastMs ?? left.executions.lastMs,
    },
  };
}

export function metricsOf(sums: WorkSums): WorkMetrics {
  const { firstTokens, firstTokenMs, generatingMs, generatedTokens, ...metrics } = sums;
  const perSecond = generatingMs > 0 ? (generatedTokens * 1000) / generatingMs : 0;
  return {
    ...metrics,
    tokensPerSecond: Math.round(perSecond * 10) / 10,
    timeToFirstTokenMs: firstTokens > 0 ? Math.round(firstTokenMs / firstTokens) : null,
  };
}
