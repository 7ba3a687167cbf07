/** Keeps what matters of a command's output: its beginning and its end, and how much is missing between. */

/** What the model is given at most, in characters: half from the beginning, half from the end. */
export const MAXIMUM_KEPT_OUTPUT = 100 * 1024;
/** What people are shown live of one command, in characters. */
export const MAXIMUM_LIVE_OUTPUT = 1024 * 1024;

export class OutputCapture {
  readonly #show: (text: string) => void;
  readonly #half: number;
  readonly #maximumLive: number;
  #head = "";
  #tail: string[] = [];
  #tailLength = 0;
  #length = 0;
  #live = 0;

  /** `show` gets the output as it comes, up to {@link MAXIMUM_LIVE_OUTPUT}, then one note. */
  constructor(show: (text: string) => void, maximum = { kept: MAXIMUM_KEPT_OUTPUT, live: MAXIMUM_LIVE_OUTPUT }) {
    this.#show = show;
    this.#half = Math.floor(maximum.kept / 2);
    this.#maximumLive = maximum.live;
  }

  add(text: string): void {
    if (text === "") return;
    this.#showLive(text);
    this.#length += text.length;
    const room = this.#half - this.#head.length;
    if (room > 0) this.#head += text.slice(0, room);
    const rest = text.slice(Math.max(0, room));
    if (rest === "") return;
    // A flood must not keep more than it shows: of each piece only what can still be the end.
    const kept = rest.slice(-this.#half);
    this.#tail.push(kept);
    this.#tailLength += kept.length;
    while (this.#tailLength - (this.#tail[0]?.length ?? 0) >= this.#half)
      this.#tailLength -= this.#tail.shift()?.length ?? 0;
  }

  /** The output, or its two ends with a line that says how many characters are left out between them. */
  text(): string {
    const tail = this.#tail.join("").slice(-this.#half).toWellFormed();
    const missing = this.#length - this.#head.length - tail.length;
    if (missing <= 0) return this.#head + tail;
    return `${this.#head.toWellFormed()}\n[… ${missing} characters left out …]\n${tail}`;
  }

  #showLive(text: string): void {
    const room = this.#maximumLive - this.#live;
    if (room <= 0) return;
    this.#live += text.length;
    this.#show(text.slice(0, room).toWellFormed());
    if (this.#live >= this.#maximumLive) this.#show("\n[further output is not shown while the command runs]\n");
  }
}
