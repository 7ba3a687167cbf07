import { html, nothing, svg } from "lit";
import type { SVGTemplateResult, TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { AgentRecord, Span, StepRecord, ToolCall } from "../../src/protocol/monitorModel.ts";
import { formatDuration } from "../format.ts";
import { stateIcon } from "../icon.ts";
import { AGENT_LOOKS, STEP_LOOKS } from "../words.ts";
import type { StateLook } from "../words.ts";
import { ask } from "./events.ts";
import { LightElement } from "./lightElement.ts";

/** Marks on the axis, its ends included. */
const MARKS = 5;
/** What a bar is at least, in thousandths of the whole: a short time must be seen too. */
const LEAST_BAR = 4;
/** Bars of what runs grow this often. */
const TICK_MILLISECONDS = 1_000;

/** Who ran when: a row for every step that began, below it its agents, and the agents without a step. */
export class TimeLine extends LightElement {
  static override properties = {
    steps: { attribute: false },
    agents: { attribute: false },
    calls: { attribute: false },
    span: { attribute: false },
    clockOffset: { type: Number },
    frozenAt: { attribute: false },
  };

  declare steps: readonly StepRecord[];
  declare agents: readonly AgentRecord[];
  /** By agent, oldest first. */
  declare calls: ReadonlyMap<string, readonly ToolCall[]>;
  declare span: Span | null;
  declare clockOffset: number;
  /** The moment that is shown, unless it is the present. */
  declare frozenAt: number | null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #onVisibility = (): void => this.requestUpdate();

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
    const { steps, agents, span } = this;
    if (!span) return html`<p class="quiet">Nothing has begun yet.</p>`;
    const end = this.frozenAt ?? span.to ?? span.from + this.#ticksSince(span.from) * TICK_MILLISECONDS;
    const whole: Span = { from: span.from, to: Math.max(end, span.from + 1_000) };
    const began = steps.filter(({ startedAt }) => startedAt !== null);
    const shown = new Set(began.map(({ stepId }) => stepId));
    const alone = agents.filter(({ stepId }) => stepId === null || !shown.has(stepId));
    return html`<div class="time-line">
      ${axis(whole)}
      <ul class="time-rows" aria-label="Steps and agents in time">
        ${repeat(
          alone,
          ({ agentId }) => agentId,
          (agent) => this.#agent(agent, whole, false),
        )}
        ${repeat(
          began,
          ({ stepId }) => stepId,
          (step) =>
            html`${this.#step(step, whole)}
            ${repeat(
              agents.filter(({ stepId }) => stepId === step.stepId),
              ({ agentId }) => agentId,
              (agent) => this.#agent(agent, whole, true),
            )}`,
        )}
      </ul>
      <p class="quiet time-legend">Stripes in the bar of an agent are its tool calls.</p>
    </div>`;
  }

  protected override updated(): void {
    clearTimeout(this.#timer);
    const { span } = this;
    if (this.frozenAt !== null || span?.to !== null || document.hidden || !this.isConnected) return;
    const next = span.from + (this.#ticksSince(span.from) + 1) * TICK_MILLISECONDS;
    this.#timer = setTimeout(() => this.requestUpdate(), next - this.#now);
  }

  get #now(): number {
    return Date.now() + this.clockOffset;
  }

  /** The axis grows by whole ticks: what else is drawn in between moves no bar. */
  #ticksSince(from: number): number {
    return Math.max(0, Math.floor((this.#now - from) / TICK_MILLISECONDS));
  }

  #step(step: StepRecord, whole: Span): TemplateResult {
    const number = this.steps.indexOf(step) + 1;
    const start = step.startedAt ?? whole.from;
    return row({
      look: STEP_LOOKS[step.state],
      name: html`<span class="time-name-text">${number}. ${step.title}</span>`,
      start,
      end: step.endedAt,
      whole,
      className: "is-step",
      marks: nothing,
    });
  }

  #agent(agent: AgentRecord, whole: Span, isOfStep: boolean): TemplateResult {
    const { agentId } = agent;
    return row({
      look: AGENT_LOOKS[agent.state],
      name: html`<button
        class="link-button time-name-text"
        type="button"
        @click=${() => ask(this, "reveal-agent", { agentId })}
      >
        ${agentId}
      </button>`,
      start: agent.startedAt,
      end: agent.endedAt,
      whole,
      className: isOfStep ? "is-agent" : "is-agent is-alone",
      marks: (this.calls.get(agentId) ?? []).map((call) => callMark(call, whole)),
    });
  }
}

interface Row {
  readonly look: StateLook;
  readonly name: TemplateResult;
  readonly start: number;
  readonly end: number | null;
  readonly whole: Span;
  readonly className: string;
  readonly marks: unknown;
}

function row({ look, name, start, end, whole, className, marks }: Row): TemplateResult {
  const last = end ?? whole.to ?? start;
  const from = place(start, whole);
  const width = Math.max(LEAST_BAR, place(last, whole) - from);
  return html`<li class="time-row ${className}">
    <div class="time-name">${stateIcon(look)}${name}</div>
    <svg class="time-bars" viewBox="0 0 1000 10" preserveAspectRatio="none" width="100%" height="10" aria-hidden="true">
      <rect class="time-bar tone-${look.tone}" x=${Math.min(from, 1000 - width)} width=${width} height="10" />
      ${marks}
    </svg>
    <span class="time-length quiet">${formatDuration(Math.max(0, last - start))}</span>
  </li>`;
}

function callMark(call: ToolCall, whole: Span): SVGTemplateResult {
  const from = place(call.startedAt, whole);
  const width = Math.max(2, place(call.endedAt ?? whole.to ?? call.startedAt, whole) - from);
  return svg`<rect class="time-call" x=${from} y="3" width=${width} height="4" />`;
}

/** In thousandths of the whole. */
function place(time: number, { from, to }: Span): number {
  const length = Math.max(1, (to ?? from) - from);
  return Math.min(1000, Math.max(0, ((time - from) / length) * 1000));
}

function axis({ from, to }: Span): TemplateResult {
  const length = (to ?? from) - from;
  return html`<div class="time-row time-axis quiet" aria-hidden="true">
    <span></span>
    <div class="time-marks">
      ${Array.from({ length: MARKS }, (_, index) => html`<span>${formatDuration((length * index) / (MARKS - 1))}</span>`)}
    </div>
    <span></span>
  </div>`;
}
