/** What a session's log says was paid, by who asked the model. */
import {
  addUsage,
  ZERO_USAGE,
  type EventOf,
  type OrchestratorEvent,
  type TokenUsage,
} from "../../../src/core/events/event.ts";
import { ownerOf } from "./eventPoints.ts";

export interface Ledger {
  /** Usage of the turns that count, by owner, the smallest first. */
  readonly won: Readonly<Record<string, readonly TokenUsage[]>>;
  /** Requests that brought nothing, by owner. */
  readonly wasted: Readonly<Record<string, readonly TokenUsage[]>>;
  readonly total: TokenUsage;
  readonly costUsd: number;
}

export function ledgerOf(events: readonly OrchestratorEvent[]): Ledger {
  const entries = events.filter((event): event is EventOf<"usage_recorded"> => event.type === "usage_recorded");
  return {
    won: byOwner(entries.filter(({ wasted }) => wasted !== true)),
    wasted: byOwner(entries.filter(({ wasted }) => wasted === true)),
    total: entries.reduce((sum, { usage }) => addUsage(sum, usage), ZERO_USAGE),
    costUsd: entries.reduce((sum, { costUsd }) => sum + (costUsd ?? Number.NaN), 0),
  };
}

function byOwner(entries: readonly EventOf<"usage_recorded">[]): Record<string, TokenUsage[]> {
  const owners: Record<string, TokenUsage[]> = {};
  for (const entry of entries) (owners[ownerOf(entry)] ??= []).push(entry.usage);
  for (const usages of Object.values(owners)) usages.sort((left, right) => left.inputTokens - right.inputTokens);
  return owners;
}
