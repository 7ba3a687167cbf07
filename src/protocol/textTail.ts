/** Characters of an agent's text that are kept and shown; what was before is in the session's log. */
export const TEXT_LIMIT = 64 * 1024;
/** Neighbouring pieces are joined up to this length, so that a long text is not thousands of small ones. */
const PIECE_LENGTH = 1024;

/** The end of a growing text. Appending costs what is appended, however long the text has become. */
export class TextTail {
  readonly #limit: number;
  #pieces: string[] = [];
  #length = 0;
  #end = 0;
  #omitted: boolean;

  /** @param start the text so far, and whether there was more before it */
  constructor(
    start: { readonly text: string; readonly omitted: boolean } = { text: "", omitted: false },
    limit = TEXT_LIMIT,
  ) {
    this.#limit = limit;
    this.#omitted = start.omitted;
    this.append(start.text);
  }

  /** Another one with the same text, which goes its own way. */
  copy(): TextTail {
    const copy = new TextTail({ text: "", omitted: this.#omitted }, this.#limit);
    copy.#pieces = [...this.#pieces];
    copy.#length = this.#length;
    copy.#end = this.#end;
    return copy;
  }

  /** Characters appended from the beginning on: a position for `since`. */
  get end(): number {
    return this.#end;
  }

  /** There is more text before what is kept. */
  get omitted(): boolean {
    return this.#omitted || this.#end > this.#limit;
  }

  append(text: string): void {
    if (text === "") return;
    this.#end += text.length;
    const last = this.#pieces.length - 1;
    const piece = this.#pieces[last];
    if (piece !== undefined && piece.length + text.length <= PIECE_LENGTH) this.#pieces[last] = piece + text;
    else this.#pieces.push(text);
    this.#length += text.length;
    while (this.#length - (this.#pieces[0]?.length ?? 0) >= this.#limit) {
      this.#length -= this.#pieces.shift()?.length ?? 0;
    }
    if (this.#length > 2 * this.#limit) {
      this.#pieces = [this.#pieces.join("").slice(-this.#limit)];
      this.#length = this.#limit;
    }
  }

  /** What came after `position`, or undefined when not all of it is kept any more. */
  since(position: number): string | undefined {
    const wanted = this.#end - position;
    if (wanted > this.#length) return undefined;
    const found: string[] = [];
    let length = 0;
    for (let index = this.#pieces.length - 1; length < wanted && index >= 0; index -= 1) {
      const piece = this.#pieces[index] ?? "";
      found.push(piece);
      length += piece.length;
    }
    return found
      .reverse()
      .join("")
      .slice(length - wanted);
  }

  /** The last characters, at most as many as the limit; never half of a surrogate pair. */
  toString(): string {
    const text = this.#pieces.join("").slice(-this.#limit);
    return this.omitted ? text.replace(/^[\udc00-\udfff]/, "") : text;
  }
}
