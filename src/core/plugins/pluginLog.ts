/** The last lines of one plugin, for whoever looks at it. */
import type { LogLevel } from "./process/guestMessages.ts";

const LINES = 1000;
const LINE_CHARACTERS = 4000;

export interface PluginLogLine {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly level: LogLevel;
  /** As the plugin wrote it: make it visible before it is shown. */
  readonly text: string;
}

export class PluginLog {
  readonly #now: () => number;
  readonly #listeners = new Set<(line: PluginLogLine) => void>();
  #lines: PluginLogLine[] = [];

  constructor(now: () => number) {
    this.#now = now;
  }

  get lines(): readonly PluginLogLine[] {
    return this.#lines;
  }

  add(level: LogLevel, text: string): void {
    const cut = text.length > LINE_CHARACTERS ? `${text.slice(0, LINE_CHARACTERS)}…` : text;
    const line = { time: this.#now(), level, text: cut };
    this.#lines.push(line);
    if (this.#lines.length > 2 * LINES) this.#lines = this.#lines.slice(-LINES);
    for (const listener of this.#listeners) listener(line);
  }

  onLine(listener: (line: PluginLogLine) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }
}
