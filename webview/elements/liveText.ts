import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { TextTail, TEXT_LIMIT } from "../../src/protocol/textTail.ts";
import { LightElement } from "./lightElement.ts";

/**
 * A block of the text takes no more lines beyond this length. A browser lays out anew the whole block that
 * text is added to, and only that.
 */
const BLOCK_LENGTH = 512;
/** Pixels from the end that still count as being there: zoom leaves fractions. */
const END_SLACK = 8;

/**
 * Text that grows while one reads it: follows its end until the person scrolls up. Text is only ever text
 * here, and what was drawn is never drawn again.
 */
export class LiveText extends LightElement {
  static override properties = {
    text: { attribute: false },
    end: { type: Number },
    label: {},
    isFollowing: { state: true },
    omitted: { state: true },
  };

  /** Another object stands for another text; the same one only grows. */
  declare text: TextTail;
  /** `text.end`, which tells that it grew. */
  declare end: number;
  /** Accessible name. */
  declare label: string;
  declare isFollowing: boolean;
  declare omitted: boolean;
  #drawnText: TextTail | undefined;
  #drawnEnd = 0;
  #length = 0;

  constructor() {
    super();
    this.text = new TextTail();
    this.end = 0;
    this.label = "";
    this.isFollowing = true;
    this.omitted = false;
  }

  /** The person is reading what is not the end. */
  get isHeld(): boolean {
    return !this.isFollowing;
  }

  protected override willUpdate(): void {
    this.omitted = this.text.omitted;
  }

  protected override render(): TemplateResult {
    return html`<div
        class="live-text-scroller"
        tabindex="0"
        role="group"
        aria-label=${this.label}
        @scroll=${this.#onScroll}
      >
        ${this.omitted ? html`<p class="omitted">Earlier text is left out here.</p>` : nothing}
        <div class="live-text-content"></div>
      </div>
      ${
        this.isFollowing
          ? nothing
          : html`<button class="jump-button" type="button" @click=${this.#follow}>
              <span class="codicon codicon-arrow-down" aria-hidden="true"></span>Newest text
            </button>`
      }`;
  }

  protected override updated(): void {
    this.#draw();
  }

  #draw(): void {
    const content = this.querySelector(".live-text-content");
    if (!content) return;
    const added = this.#drawnText === this.text ? this.text.since(this.#drawnEnd) : undefined;
    if (added === undefined) {
      content.replaceChildren();
      this.#length = 0;
      this.#append(content, this.text.toString());
    } else {
      this.#append(content, added);
    }
    this.#drawnText = this.text;
    this.#drawnEnd = this.text.end;
    // After every other text of this frame was added: one layout for all of them instead of one for each.
    if (this.isFollowing && added !== "") void Promise.resolve().then(() => this.#scrollToEnd());
  }

  /** Adds text to the last block, and begins another at the first end of a line beyond the length of one. */
  #append(content: Element, text: string): void {
    this.#length += text.length;
    let rest = text;
    while (rest !== "") {
      const last = lastBlock(content);
      const lineEnd = rest.indexOf("\n", Math.max(0, BLOCK_LENGTH - last.length));
      last.appendData(lineEnd === -1 ? rest : rest.slice(0, lineEnd));
      if (lineEnd === -1) break;
      content.append(newBlock());
      rest = rest.slice(lineEnd + 1);
    }
    for (let first = content.firstElementChild; first; first = content.firstElementChild) {
      // The end of its line is not in it.
      const length = (first.textContent?.length ?? 0) + 1;
      if (this.#length - length < TEXT_LIMIT) break;
      this.#length -= length;
      first.remove();
    }
  }

  #scrollToEnd(): void {
    const scroller = this.querySelector(".live-text-scroller");
    if (scroller) scroller.scrollTop = scroller.scrollHeight;
  }

  readonly #onScroll = (event: Event): void => {
    const scroller = event.currentTarget as HTMLElement;
    this.isFollowing = scroller.scrollTop + scroller.clientHeight >= scroller.scrollHeight - END_SLACK;
  };

  readonly #follow = (): void => {
    this.isFollowing = true;
    this.#scrollToEnd();
    this.querySelector<HTMLElement>(".live-text-scroller")?.focus();
  };
}

function newBlock(): HTMLElement {
  const block = document.createElement("div");
  block.append("");
  return block;
}

/** The text of the block that is written to. */
function lastBlock(content: Element): Text {
  if (!content.lastChild) content.append(newBlock());
  return content.lastChild?.firstChild as Text;
}
