/** Names of events that are the same in every run of the scenario, whatever the order in which agents get on. */
import type { OrchestratorEvent } from "../../../src/core/events/event.ts";
import { VOLATILE_KINDS } from "../../../src/core/events/eventKinds.ts";

/** Whose event it is: a step, the planner, or the session itself. */
export function ownerOf(event: OrchestratorEvent): string {
  if ("stepId" in event && event.stepId !== undefined) return event.stepId;
  return "agentId" in event && event.agentId !== undefined ? "planner" : "session";
}

/** Numbers the events of one process: `alpha/tool_result#2` is the second tool result of step alpha. */
export class EventNames {
  #counts: Map<string, number>;

  constructor(counts: ReadonlyMap<string, number> = new Map()) {
    this.#counts = new Map(counts);
  }

  /**
   * The event's names: its own, and for a control event also its place among all control events. Pieces of text
   * are joined by time, so only the first of each owner has a name.
   */
  of(event: OrchestratorEvent): string[] {
    const own = `${ownerOf(event)}/${event.type}`;
    if (VOLATILE_KINDS.has(event.type)) return this.#next(own) === 1 ? [`${own}#1`] : [];
    return [`${own}#${this.#next(own)}`, `any#${this.#next("any")}`];
  }

  /** A copy that counts on from here. */
  fork(): EventNames {
    return new EventNames(this.#counts);
  }

  #next(name: string): number {
    const count = (this.#counts.get(name) ?? 0) + 1;
    this.#counts.set(name, count);
    return count;
  }
}
