import { TEXT_LIMIT } from "../../src/protocol/textTail.ts";
import { BlockSplitter } from "./blockSplitter.ts";
import { growInto } from "./growInto.ts";
import { renderMarkdown } from "./renderMarkdown.ts";

interface DrawnBlock {
  readonly nodes: readonly ChildNode[];
  /** Of its source. */
  readonly length: number;
}

/**
 * Markdown in a place of the page that grows at its end: blocks that are complete are drawn once, the open one grows.
 * What is before the end of a long text can be drawn later, block by block.
 */
export class GrowingMarkdown {
  readonly #place: Element;
  readonly #splitter = new BlockSplitter();
  /** The complete blocks before those that are drawn, oldest first. */
  readonly #older: string[];
  /** The complete blocks that are drawn, oldest first. */
  readonly #blocks: DrawnBlock[] = [];
  /** What is drawn of the block that is being written. */
  #open: readonly ChildNode[] = [];
  /** Characters of all complete blocks. */
  #length = 0;

  /**
   * Replaces what is in the place.
   *
   * @param atOnce characters that are drawn now, from the end, and what completes their first block
   */
  constructor(place: Element, text: string, atOnce: number) {
    this.#place = place;
    place.replaceChildren();
    const blocks = this.#splitter.push(text);
    let first = blocks.length;
    for (let drawn = this.#splitter.open.length; first > 0 && drawn < atOnce; first -= 1) {
      drawn += blocks[first - 1]?.length ?? 0;
    }
    this.#older = blocks.slice(0, first);
    this.#length = this.#older.reduce((sum, { length }) => sum + length, 0);
    this.#draw(blocks.slice(first));
  }

  /** Is there text before what is drawn? */
  get hasOlder(): boolean {
    return this.#older.length > 0;
  }

  append(text: string): void {
    this.#draw(this.#splitter.push(text));
  }

  /** Draws the block before those that are drawn. */
  drawOlder(): void {
    const text = this.#older.pop();
    if (text === undefined) return;
    const nodes = growInto(this.#place, [], renderMarkdown(text), this.#place.firstChild);
    this.#blocks.unshift({ nodes, length: text.length });
  }

  /** Draws blocks that are complete now, and the open one. */
  #draw(complete: readonly string[]): void {
    for (const text of complete) {
      const next = renderMarkdown(text);
      // What was drawn as a part of it may turn out to be the beginning of the next.
      const rest = this.#open.slice(next.childNodes.length);
      const drawn = this.#open.slice(0, next.childNodes.length);
      this.#blocks.push({ nodes: growInto(this.#place, drawn, next, rest[0] ?? null), length: text.length });
      this.#length += text.length;
      this.#open = rest;
    }
    this.#open = growInto(this.#place, this.#open, renderMarkdown(this.#splitter.open), null);
    this.#forgetOldest();
  }

  #forgetOldest(): void {
    for (;;) {
      const length = this.#older[0]?.length ?? this.#blocks[0]?.length;
      if (length === undefined || this.#length - length < TEXT_LIMIT) return;
      this.#length -= length;
      if (this.#older.shift() === undefined) for (const node of this.#blocks.shift()?.nodes ?? []) node.remove();
    }
  }
}
