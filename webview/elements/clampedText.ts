import { html, nothing } from "lit";
import type { PropertyValues, TemplateResult } from "lit";
import { renderMarkdown } from "../markdown/renderMarkdown.ts";
import { ask } from "./events.ts";
import { LightElement } from "./lightElement.ts";

/** A text cut after some lines, with a button that shows all of it when there is more. */
export class ClampedText extends LightElement {
  static override properties = {
    text: {},
    name: {},
    isMarkdown: { type: Boolean },
    isExpanded: { state: true },
    isCut: { state: true },
  };

  declare text: string;
  /** What the text is, for the button's name: `goal`, `result`. */
  declare name: string;
  /** Shown as what it means, not as it is written. */
  declare isMarkdown: boolean;
  declare isExpanded: boolean;
  declare isCut: boolean;
  readonly #resizes = new ResizeObserver(() => this.#measure());

  constructor() {
    super();
    this.text = "";
    this.name = "text";
    this.isMarkdown = false;
    this.isExpanded = false;
    this.isCut = false;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#resizes.disconnect();
  }

  protected override render(): TemplateResult {
    // A long text that is shown whole scrolls, so it must be reachable by keyboard.
    return html`<div
        class="clamped-text ${this.isExpanded ? "is-expanded" : ""} ${this.isMarkdown ? "markdown" : ""}"
        tabindex=${this.isExpanded ? 0 : nothing}
        role=${this.isExpanded ? "group" : nothing}
        aria-label=${this.isExpanded ? `The whole ${this.name}` : nothing}
        @click=${this.#onClick}
      ></div>
      ${
        this.isCut || this.isExpanded
          ? html`<button class="link-button" type="button" aria-expanded=${this.isExpanded} @click=${this.#toggle}>
              ${this.isExpanded ? "Show less" : "Show all"}<span class="for-listeners"> of the ${this.name}</span>
            </button>`
          : nothing
      }`;
  }

  protected override firstUpdated(): void {
    const text = this.querySelector(".clamped-text");
    if (text) this.#resizes.observe(text);
  }

  protected override updated(changed: PropertyValues<this>): void {
    const text = this.querySelector(".clamped-text");
    if (changed.has("text") || changed.has("isMarkdown")) {
      if (this.isMarkdown) text?.replaceChildren(renderMarkdown(this.text));
      else text?.replaceChildren(this.text);
    }
    this.#measure();
  }

  readonly #onClick = (event: Event): void => {
    const link = (event.target as Element).closest<HTMLElement>("[data-url]");
    if (link) ask(this, "show-link", { url: link.dataset["url"] ?? "" });
  };

  readonly #toggle = (): void => {
    this.isExpanded = !this.isExpanded;
  };

  #measure(): void {
    const text = this.querySelector(".clamped-text");
    if (text && !this.isExpanded) this.isCut = text.scrollHeight > text.clientHeight + 1;
  }
}
