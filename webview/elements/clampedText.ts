import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { LightElement } from "./lightElement.ts";

/** A text cut after some lines, with a button that shows all of it when there is more. */
export class ClampedText extends LightElement {
  static override properties = {
    text: {},
    name: {},
    isExpanded: { state: true },
    isCut: { state: true },
  };

  declare text: string;
  /** What the text is, for the button's name: `goal`, `result`. */
  declare name: string;
  declare isExpanded: boolean;
  declare isCut: boolean;
  readonly #resizes = new ResizeObserver(() => this.#measure());

  constructor() {
    super();
    this.text = "";
    this.name = "text";
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
        class="clamped-text ${this.isExpanded ? "is-expanded" : ""}"
        tabindex=${this.isExpanded ? 0 : nothing}
        role=${this.isExpanded ? "group" : nothing}
        aria-label=${this.isExpanded ? `The whole ${this.name}` : nothing}
        .textContent=${this.text}
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

  protected override updated(): void {
    this.#measure();
  }

  readonly #toggle = (): void => {
    this.isExpanded = !this.isExpanded;
  };

  #measure(): void {
    const text = this.querySelector(".clamped-text");
    if (text && !this.isExpanded) this.isCut = text.scrollHeight > text.clientHeight + 1;
  }
}
