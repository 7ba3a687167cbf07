/** State and summary of a session together, brought forward event by event. */
import type { OrchestratorEvent } from "../events/event.ts";
import { VOLATILE_KINDS } from "../events/eventKinds.ts";
import type { SessionSummary } from "../store/sessionStore.ts";
import type { SessionState } from "./sessionState.ts";
import { StateFold } from "./stateFold.ts";
import { foldSummary } from "./sessionSummary.ts";

export class SessionFold {
  readonly #state: StateFold;
  #summary: SessionSummary;
  #seq: number;

  /** `summary` and `state` stand for the session up to `seq`; the state is taken over. */
  constructor(start: { readonly summary: SessionSummary; readonly state: SessionState; readonly seq: number }) {
    this.#summary = start.summary;
    this.#state = new StateFold(start.state);
    this.#seq = start.seq;
  }

  /** Takes an event once: one that was folded before, in a commit that is tried again, changes nothing. */
  apply(event: OrchestratorEvent): void {
    if (event.seq <= this.#seq) return;
    this.#seq = event.seq;
    if (VOLATILE_KINDS.has(event.type)) return;
    this.#state.apply(event);
    this.#summary = foldSummary(this.#summary, event, this.#state.digest);
  }

  get summary(): SessionSummary {
    return this.#summary;
  }

  /** A copy of the state. */
  get state(): SessionState {
    return structuredClone(this.#state.state);
  }

  /** The state as the text a checkpoint holds. */
  toCheckpoint(): string {
    return JSON.stringify(this.#state.state);
  }
}
