import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import type { Moment, Span } from "../../src/protocol/monitorModel.ts";
import { countOf, formatDuration } from "../format.ts";
import { icon } from "../icon.ts";
import { ask } from "./events.ts";
import { LightElement } from "./lightElement.ts";

const SPEEDS = [1, 10, 60] as const;
/** The moment moves on this often while the past is played. */
const STEP_MILLISECONDS = 100;
/** So near to its end, in parts of the whole, the slider stands for the present, which goes on. */
const PRESENT = 1 / 200;
/** The end of the slider grows this often while the session goes on. */
const TICK_MILLISECONDS = 1_000;

/** A slider over the session's time: every view shows the moment that is chosen; at its end, the present. */
export class TimeBar extends LightElement {
  static override properties = {
    span: { attribute: false },
    moment: { attribute: false },
    wanted: { attribute: false },
    clockOffset: { type: Number },
    speed: { state: true },
    isPlaying: { state: true },
  };

  declare span: Span;
  /** The moment that is shown; null for the present. */
  declare moment: Moment | null;
  /** The moment the person wants, until it is there. */
  declare wanted: number | null | undefined;
  declare clockOffset: number;
  declare speed: (typeof SPEEDS)[number];
  declare isPlaying: boolean;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #playedAt = 0;
  readonly #onVisibility = (): void => this.requestUpdate();

  constructor() {
    super();
    this.speed = 10;
    this.isPlaying = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener("visibilitychange", this.#onVisibility);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener("visibilitychange", this.#onVisibility);
    clearTimeout(this.#timer);
  }

  protected override render(): TemplateResult {
    const { from } = this.span;
    const end = this.#end;
    const time = this.#time;
    const isPast = time !== null;
    const elapsed = (time ?? end) - from;
    const words = isPast ? `${formatDuration(elapsed)} of ${formatDuration(end - from)}` : "Now";
    const play = this.isPlaying ? "Hold the replay" : "Replay the session";
    return html`<div class="time-bar-row" role="group" aria-label="Time of the session">
        <button class="icon-button" type="button" aria-label=${play} title=${play} @click=${this.#togglePlay}>
          ${icon(this.isPlaying ? "debug-pause" : "play")}
        </button>
        <input
          class="time-slider"
          type="range"
          aria-label="Moment that is shown"
          aria-valuetext=${words}
          min="0"
          max=${Math.max(1, end - from)}
          step="any"
          .value=${String(elapsed)}
          @input=${this.#onInput}
        />
        <span class="time-shown">${isPast ? words : html`<span class="quiet">${words}</span>`}</span>
        <button
          class="icon-button speed-button"
          type="button"
          aria-label=${`Speed of the replay: ${this.speed} times`}
          title="Speed of the replay"
          @click=${this.#nextSpeed}
        >
          ${this.speed}×
        </button>
      </div>
      ${isPast ? this.#past() : nothing}`;
  }

  protected override updated(): void {
    clearTimeout(this.#timer);
    if (document.hidden || !this.isConnected) return;
    if (this.isPlaying) this.#timer = setTimeout(() => this.#playOn(), STEP_MILLISECONDS);
    else if (this.span.to === null) this.#timer = setTimeout(() => this.requestUpdate(), TICK_MILLISECONDS);
  }

  #past(): TemplateResult {
    const waiting = this.moment?.openQuestions ?? 0;
    const verb = waiting === 1 ? "waits" : "wait";
    const waits = waiting > 0 ? ` ${countOf(waiting, "question")} for you ${verb} now.` : "";
    return html`<div class="banner is-past">
      ${icon("history")}
      <p>You see the session as it was.${waits}</p>
      <vscode-button appearance="secondary" @click=${() => this.#go(null)}>Back to now</vscode-button>
    </div>`;
  }

  /** The end of the session, or now. */
  get #end(): number {
    return Math.max(this.span.from, this.span.to ?? Date.now() + this.clockOffset);
  }

  get #time(): number | null {
    return this.wanted === undefined ? (this.moment?.time ?? null) : this.wanted;
  }

  readonly #onInput = (event: Event): void => {
    const slider = event.currentTarget as HTMLInputElement;
    const elapsed = Number(slider.value);
    const { from } = this.span;
    const isPresent = elapsed >= (this.#end - from) * (1 - PRESENT);
    this.isPlaying = false;
    if (isPresent) slider.value = slider.max;
    this.#go(isPresent ? null : from + elapsed);
  };

  readonly #togglePlay = (): void => {
    this.isPlaying = !this.isPlaying;
    this.#playedAt = Date.now();
    if (this.isPlaying && this.#time === null) this.#go(this.span.from);
  };

  readonly #nextSpeed = (): void => {
    this.speed = SPEEDS[(SPEEDS.indexOf(this.speed) + 1) % SPEEDS.length] ?? 1;
  };

  #playOn(): void {
    const now = Date.now();
    const time = (this.#time ?? this.span.from) + (now - this.#playedAt) * this.speed;
    this.#playedAt = now;
    if (time >= this.#end) {
      this.isPlaying = false;
      this.#go(null);
    } else {
      this.#go(time);
      this.requestUpdate();
    }
  }

  #go(time: number | null): void {
    if (time === null) this.isPlaying = false;
    ask(this, "show-moment", { time });
  }
}
