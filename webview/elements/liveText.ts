import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { TextTail, TEXT_LIMIT } from "../../src/protocol/textTail.ts";
import { LightElement } from "./lightElement.ts";

/** A text node is added to up to this length; more and smaller nodes cost layout, larger ones cost trimming. */
const NODE_LENGTH = 4096;
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
    if (this.isFollowing && added !== "") this.#scrollToEnd();
  }

  #append(content: Element, text: string): void {
    if (text === "") return;
    const last = content.lastChild;
    if (last instanceof Text && last.length + text.length <= NODE_LENGTH) last.appendData(text);
    else content.append(text);
    this.#length += text.length;
    for (
      let first = content.firstChild;
      first instanceof Text && this.#length - first.length >= TEXT_LIMIT;
      first = content.firstChild
    ) {
      this.#length -= first.length;
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
