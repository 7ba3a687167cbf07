/** How often a plugin's process ended by itself lately, and what follows from it. */
import type { Clock } from "../ports.ts";
import type { PluginLimits } from "./pluginLimits.ts";

export class PluginCrashes {
  readonly #clock: Clock;
  readonly #limits: PluginLimits;
  #times: number[] = [];

  constructor(clock: Clock, limits: PluginLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** Notes one. Gives the milliseconds to wait before a new start, or undefined when there have been too many. */
  note(): number | undefined {
    const { crashWindowMilliseconds, crashes, restartMilliseconds } = this.#limits;
    const now = this.#clock.monotonic();
    this.#times = [...this.#times.filter((time) => now - time < crashWindowMilliseconds), now];
    return this.#times.length >= crashes ? undefined : restartMilliseconds * 4 ** (this.#times.length - 1);
  }
}
