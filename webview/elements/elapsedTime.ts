import { html } from "lit";
import type { TemplateResult } from "lit";
import { formatDuration, isoDuration } from "../format.ts";
import { LightElement } from "./lightElement.ts";

/** A duration that grows by the second until it has an end. Stands still while the page is hidden. */
export class ElapsedTime extends LightElement {
  static override properties = {
    start: { type: Number },
    end: { type: Number },
    offset: { type: Number },
  };

  /** Milliseconds since the epoch, of the host's clock. */
  declare start: number;
  declare end: number | null;
  /** The host's clock less the page's. */
  declare offset: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #onVisibility = (): void => this.requestUpdate();

  constructor() {
    super();
    this.start = 0;
    this.end = null;
    this.offset = 0;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener("visibilitychange", this.#onVisibility);
    this.requestUpdate();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener("visibilitychange", this.#onVisibility);
    clearTimeout(this.#timer);
  }

  protected override render(): TemplateResult {
    const elapsed = this.#elapsed();
    return html`<time datetime=${isoDuration(elapsed)}>${formatDuration(elapsed)}</time>`;
  }

  protected override updated(): void {
    clearTimeout(this.#timer);
    if (this.end !== null || document.hidden || !this.isConnected) return;
    // At the next full second of the clock: all durations of the page change together, in one layout.
    this.#timer = setTimeout(() => this.requestUpdate(), 1000 - (Date.now() % 1000));
  }

  #elapsed(): number {
    return (this.end ?? Date.now() + this.offset) - this.start;
  }
}
