import type { Clock } from "../ports.ts";

/** Gives agents names such as `researcher_1430`, after type and local time of day; later ones get a number. */
export class AgentNames {
  readonly #clock: Clock;
  readonly #taken = new Set<string>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Keeps a name that an agent of a resumed session has from being given again. */
  take(name: string): void {
    this.#taken.add(name);
  }

  next(agentType: string): string {
    const time = new Date(this.#clock.now());
    const digits = (value: number): string => String(value).padStart(2, "0");
    const base = `${agentType}_${digits(time.getHours())}${digits(time.getMinutes())}`;
    let name = base;
    for (let number = 2; this.#taken.has(name); number++) name = `${base}_${number}`;
    this.#taken.add(name);
    return name;
  }
}
