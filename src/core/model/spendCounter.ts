import { addUsage, ZERO_USAGE, type EventOf, type TokenUsage } from "../events/event.ts";

/** Adds up what a session's log says was spent. */
export class SpendCounter {
  #usage = ZERO_USAGE;
  #costUsd = 0;
  #known = true;

  add(event: Pick<EventOf<"usage_recorded">, "usage" | "costUsd">): void {
    this.#usage = addUsage(this.#usage, event.usage);
    if (event.costUsd === null) this.#known = false;
    else this.#costUsd += event.costUsd;
  }

  total(): { usage: TokenUsage; costUsd: number | null } {
    return { usage: this.#usage, costUsd: this.#known ? this.#costUsd : null };
  }
}
