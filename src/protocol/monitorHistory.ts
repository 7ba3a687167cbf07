/** How a monitor reads a session: what of the store it needs, and how a state is brought to a place of the log. */
import type { OrchestratorEvent } from "../core/events/event.ts";
import type { Applied, MonitorState } from "./monitorState.ts";

/** Events that are in the log now, after `afterSeq`. */
export type ReadEvents = (afterSeq: number, which?: WhichEvents) => AsyncIterable<OrchestratorEvent>;

export interface WhichEvents {
  /** Leaves out what is only for eyes, most of a log. */
  readonly withoutText?: boolean;
  /** Only those before this `seq`. */
  readonly beforeSeq?: number;
}

/**
 * Brings a state forward to a moment, or to the end of the log, without reading text that later events repeat. What
 * comes into the log meanwhile is part of it.
 *
 * @param until milliseconds since the epoch
 */
export async function bringForward(state: MonitorState, read: ReadEvents, until = Infinity): Promise<Applied> {
  for await (const event of read(state.lastSeq, { withoutText: true })) {
    if (Date.parse(event.timestamp) > until) break;
    if (state.apply(event) === "rebuild") return "rebuild";
  }
  for (const { from, to } of state.textGaps) {
    for await (const event of read(from, { beforeSeq: to + 1 })) state.applyText(event);
  }
  for await (const event of read(state.lastSeq)) {
    if (Date.parse(event.timestamp) > until) break;
    if (state.apply(event) === "rebuild") return "rebuild";
  }
  return "applied";
}

/** A session at moments of its past; going forward costs only what lies between. */
export class PastMoments {
  readonly #createState: () => MonitorState;
  readonly #read: ReadEvents;
  #state: MonitorState | undefined;
  #time = 0;

  constructor(options: { readonly createState: () => MonitorState; readonly read: ReadEvents }) {
    this.#createState = options.createState;
    this.#read = options.read;
  }

  /** The state at `time`: the same object as before when it went forward. */
  async at(time: number): Promise<MonitorState> {
    for (;;) {
      const state = this.#state && time >= this.#time ? this.#state : this.#createState();
      this.#state = undefined;
      if ((await bringForward(state, this.#read, time)) === "rebuild") continue;
      this.#state = state;
      this.#time = time;
      return state;
    }
  }
}
