/** What the events of a session add up to, whoever reads them: a reader of the run, or a reader of the store. */
import { createHash, type Hash } from "node:crypto";
import type { OrchestratorEvent } from "../../src/core/events/event.ts";
import type { ToldSession } from "./messages.ts";

export class Told {
  readonly #texts = new Map<string, Hash>();
  #lastSeq = 0;
  #events = 0;
  #ended = "no";

  /** Throws when the event is not the one after the last. */
  add(event: OrchestratorEvent): void {
    if (event.seq !== this.#lastSeq + 1)
      throw new Error(`${event.sessionId}: ${event.seq} came after ${this.#lastSeq}`);
    this.#lastSeq = event.seq;
    this.#events++;
    if (event.type === "text_chunk") {
      const text = this.#texts.get(event.agentId) ?? createHash("sha256");
      this.#texts.set(event.agentId, text.update(event.content));
    }
    if (event.type === "workflow_completed" || event.type === "workflow_failed") this.#ended = event.type;
  }

  get result(): ToldSession {
    const texts = [...this.#texts].toSorted(([one], [other]) => (one < other ? -1 : 1));
    const text = texts.map(([agent, hash]) => `${agent} ${hash.copy().digest("hex")}`).join("\n");
    return {
      lastSeq: this.#lastSeq,
      events: this.#events,
      text: createHash("sha256").update(text).digest("hex"),
      ended: this.#ended,
    };
  }
}
