import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { TextTail, TEXT_LIMIT } from "../../src/protocol/textTail.ts";
import { BlockSplitter } from "../markdown/blockSplitter.ts";
import { growInto } from "../markdown/growInto.ts";
import { renderMarkdown } from "../markdown/renderMarkdown.ts";
import { ask } from "./events.ts";
import { LightElement } from "./lightElement.ts";

/** Pixels from the end that still count as being there: zoom leaves fractions. */
const END_SLACK = 8;
/** Text that is near enough to be scrolled to is drawn. */
const DRAWN_AROUND = "200px";

interface DrawnBlock {
  readonly element: HTMLElement;
  readonly length: number;
}

/**
 * Markdown that grows while one reads it: follows its end until the person scrolls up. Blocks that are complete are
 * drawn once, the open one grows, and nothing while it is out of sight.
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
  #splitter = new BlockSplitter();
  /** The complete blocks. */
  #blocks: DrawnBlock[] = [];
  #length = 0;
  #openBlock: HTMLElement | undefined;
  #isSeen = false;
  readonly #sight = new IntersectionObserver(([entry]) => this.#onSight(entry?.isIntersecting ?? false), {
    rootMargin: DRAWN_AROUND,
  });

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

  override connectedCallback(): void {
    super.connectedCallback();
    this.#sight.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#sight.disconnect();
    this.#isSeen = false;
  }

  protected override shouldUpdate(): boolean {
    // Not seen, it need not be laid out; the first time there must be something whose sight can be told.
    return this.#isSeen || !this.hasUpdated;
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
        @click=${this.#onClick}
      >
        ${this.omitted ? html`<p class="omitted">Earlier text is left out here.</p>` : nothing}
        <div class="live-text-content markdown"></div>
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
    if (this.#isSeen) this.#draw();
  }

  #onSight(isSeen: boolean): void {
    this.#isSeen = isSeen;
    if (isSeen) this.requestUpdate();
  }

  #draw(): void {
    const content = this.querySelector(".live-text-content");
    if (!content || (this.#drawnText === this.text && this.#drawnEnd === this.text.end)) return;
    const added = this.#drawnText === this.text ? this.text.since(this.#drawnEnd) : undefined;
    if (added === undefined) this.#clear(content);
    this.#append(content, added ?? this.text.toString());
    this.#drawnText = this.text;
    this.#drawnEnd = this.text.end;
    // After every other text of this frame was added: one layout for all of them instead of one for each.
    if (this.isFollowing) void Promise.resolve().then(() => this.#scrollToEnd());
  }

  #clear(content: Element): void {
    content.replaceChildren();
    this.#splitter = new BlockSplitter();
    this.#blocks = [];
    this.#length = 0;
    this.#openBlock = undefined;
  }

  #append(content: Element, text: string): void {
    for (const block of this.#splitter.push(text)) {
      const element = this.#openBlock ?? newBlock(content);
      this.#openBlock = undefined;
      growInto(element, renderMarkdown(block));
      this.#blocks.push({ element, length: block.length });
      this.#length += block.length;
    }
    if (this.#splitter.open !== "") {
      this.#openBlock ??= newBlock(content);
      growInto(this.#openBlock, renderMarkdown(this.#splitter.open));
    }
    for (let first = this.#blocks[0]; first; first = this.#blocks[0]) {
      if (this.#length - first.length < TEXT_LIMIT) break;
      this.#length -= first.length;
      first.element.remove();
      this.#blocks.shift();
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

  readonly #onClick = (event: Event): void => {
    const link = (event.target as Element).closest<HTMLElement>("[data-url]");
    if (link) ask(this, "show-link", { url: link.dataset["url"] ?? "" });
  };

  readonly #follow = (): void => {
    this.isFollowing = true;
    this.#scrollToEnd();
    this.querySelector<HTMLElement>(".live-text-scroller")?.focus();
  };
}

function newBlock(content: Element): HTMLElement {
  const block = document.createElement("div");
  block.className = "markdown-block";
  content.append(block);
  return block;
}
