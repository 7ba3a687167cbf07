import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { TextTail } from "../../src/protocol/textTail.ts";
import { GrowingMarkdown } from "../markdown/growingMarkdown.ts";
import { SpareTime } from "../spareTime.ts";
import { ask } from "./events.ts";
import { LightElement } from "./lightElement.ts";

/** Pixels from the end that still count as being there: zoom leaves fractions. */
const END_SLACK = 8;
/** Text that is near enough to be scrolled to is drawn. */
const DRAWN_AROUND = "200px";

/** Text that is longer is drawn from its end, which is what one sees, and the rest in the frames that follow. */
const DRAWN_AT_ONCE = 8_192;
/** In each frame, for all texts together; it takes about as long again to lay out what was drawn. */
const SPARE_MILLISECONDS = 4;

/**
 * Markdown that grows while one reads it: follows its end until the person scrolls up. A long text is drawn from its
 * end, and nothing while it is out of sight.
 */
export class LiveText extends LightElement {
  static override properties = {
    text: { attribute: false },
    end: { type: Number },
    label: {},
    isFollowing: { state: true },
    omitted: { state: true },
  };

  static readonly #spareTime = new SpareTime({
    requestFrame: (draw) => requestAnimationFrame(draw),
    now: () => performance.now(),
    milliseconds: SPARE_MILLISECONDS,
  });

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
  #markdown: GrowingMarkdown | undefined;
  #isSeen = false;
  #willScroll = false;
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
    this.#onSight(false);
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
    else LiveText.#spareTime.drop(this.#drawOlder);
  }

  #draw(): void {
    const content = this.querySelector(".live-text-content");
    if (!content) return;
    if (this.#drawnText !== this.text || this.#drawnEnd !== this.text.end) this.#drawNew(content);
    if (this.#markdown?.hasOlder) LiveText.#spareTime.spend(this.#drawOlder);
  }

  #drawNew(content: Element): void {
    // Who reads, or has the focus in it, keeps what is there.
    const isHeld = this.isHeld || content.contains(document.activeElement);
    const atOnce = isHeld ? Infinity : DRAWN_AT_ONCE;
    const added = this.#drawnText === this.text ? this.text.since(this.#drawnEnd) : undefined;
    if (this.#markdown && added !== undefined && added.length <= atOnce) this.#markdown.append(added);
    else this.#markdown = new GrowingMarkdown(content, this.text.toString(), atOnce);
    this.#drawnText = this.text;
    this.#drawnEnd = this.text.end;
    if (this.isFollowing) this.#scrollSoon();
  }

  readonly #drawOlder = (): boolean => {
    const scroller = this.querySelector(".live-text-scroller");
    // The browser keeps what one reads in its place, but for who is at the very beginning.
    if (scroller && this.isHeld && scroller.scrollTop === 0) scroller.scrollTop = 1;
    this.#markdown?.drawOlder();
    if (this.isFollowing) this.#scrollSoon();
    return this.#markdown?.hasOlder ?? false;
  };

  /** After every other text of this frame was added: one layout for all of them instead of one for each. */
  #scrollSoon(): void {
    if (this.#willScroll) return;
    this.#willScroll = true;
    void Promise.resolve().then(() => {
      this.#willScroll = false;
      if (this.isFollowing) this.#scrollToEnd();
    });
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
