const EMOJI = String.raw`[\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f\u200d]`;
/**
 * What must be judged together with what follows: `\r` before `\n`, the first half of a surrogate pair, the
 * parts of an emoji.
 */
const UNDECIDED_END = new RegExp(String.raw`(?:\r|${EMOJI}+[\ud800-\udbff]?|[\ud800-\udbff])$`, "u");
/** Characters at the end of a chunk that are looked at; longer runs of emoji are cut. */
const LOOKED_AT = 32;

/** Makes a text visible that arrives in pieces, as if it came at once. */
export class VisibleStream {
  readonly #visible: (text: string) => string;
  #held = "";

  constructor(visible: (text: string) => string) {
    this.#visible = visible;
  }

  /** The visible form of what can be decided; the rest waits for the next piece. */
  push(piece: string): string {
    const text = this.#held + piece;
    const from = Math.max(0, text.length - LOOKED_AT);
    const end = UNDECIDED_END.exec(text.slice(from));
    const cut = end ? from + end.index : text.length;
    this.#held = text.slice(cut);
    return this.#visible(text.slice(0, cut));
  }

  /** What was held back, when nothing more comes. */
  flush(): string {
    const text = this.#visible(this.#held);
    this.#held = "";
    return text;
  }

  /** Forgets what was held back. */
  reset(): void {
    this.#held = "";
  }
}
