/** What a monitored session uses: its totals and its charts, and what of them the UI does not know yet. */
import { addUsage, ZERO_USAGE } from "../core/events/event.ts";
import type { EventOf } from "../core/events/event.ts";
import { ChartSeries } from "./chartSeries.ts";
import type { ChartPoints, Totals } from "./monitorModel.ts";

export interface UsageChanges {
  readonly totals?: Totals;
  readonly charts?: ChartPoints;
}

export class UsageFold {
  #totals: Totals;
  #totalsChanged = false;
  readonly #charts = new ChartSeries();
  /** When requests under way were sent. */
  readonly #requests = new Map<string, number>();

  /** @param limitUsd what the session may cost; null when nothing limits it */
  constructor(limitUsd: number | null) {
    this.#totals = { usage: ZERO_USAGE, costUsd: 0, costIsPartial: false, limitUsd };
  }

  get totals(): Totals {
    return this.#totals;
  }

  get charts(): ChartPoints | null {
    return this.#charts.points;
  }

  begin(event: EventOf<"request_started">, time: number): void {
    this.#requests.set(event.requestId, time);
  }

  add(event: EventOf<"usage_recorded">, time: number): void {
    const { requestId = "", usage, costUsd } = event;
    const startedAt = this.#requests.get(requestId);
    this.#requests.delete(requestId);
    this.#charts.pay(time, { startedAt, outputTokens: usage.outputTokens, costUsd: costUsd ?? 0 });
    this.#totals = {
      ...this.#totals,
      usage: addUsage(this.#totals.usage, usage),
      costUsd: this.#totals.costUsd + (costUsd ?? 0),
      costIsPartial: this.#totals.costIsPartial || costUsd === null,
    };
    this.#totalsChanged = true;
  }

  /** From here on it is another session's: nothing is spent yet. The charts stay. */
  restart(): void {
    this.#requests.clear();
    this.#totals = { ...this.#totals, usage: ZERO_USAGE, costUsd: 0, costIsPartial: false };
    this.#totalsChanged = true;
  }

  sample(event: EventOf<"metrics_sampled">, time: number): void {
    this.#charts.sample(time, event);
  }

  /** What changed since the last call, or undefined when nothing did. */
  takeChanges(): UsageChanges | undefined {
    const charts = this.#charts.takeChanges();
    const totals = this.#totalsChanged ? this.#totals : undefined;
    this.#totalsChanged = false;
    if (!charts && !totals) return undefined;
    return { ...(totals ? { totals } : {}), ...(charts ? { charts } : {}) };
  }
}
