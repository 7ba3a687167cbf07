import { html, nothing, svg } from "lit";
import type { SVGTemplateResult, TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { StepRecord } from "../../src/protocol/monitorModel.ts";
import { stateIcon } from "../icon.ts";
import { layOutPlan, STEP_HEIGHT, STEP_WIDTH } from "../planLayout.ts";
import type { PlacedStep, PlanEdge, PlanLayout } from "../planLayout.ts";
import { STEP_LOOKS } from "../words.ts";
import { LightElement } from "./lightElement.ts";
import { numbersOf, stepDetails } from "./stepDetails.ts";

/** Room around the graph for borders and focus rings. */
const MARGIN = 4;

/**
 * The plan as a graph from left to right. One step at a time is in the order of the Tab key; the arrow keys go from
 * step to step, and what there is to know of the one that was chosen stands below.
 */
export class PlanGraph extends LightElement {
  static override properties = {
    steps: { attribute: false },
    critical: { attribute: false },
    clockOffset: { type: Number },
    frozenAt: { attribute: false },
    canRetry: { type: Boolean },
    chosen: { state: true },
    current: { state: true },
  };

  declare steps: readonly StepRecord[];
  /** Steps that decide when the plan is done. */
  declare critical: ReadonlySet<string>;
  declare clockOffset: number;
  /** The moment that is shown, unless it is the present. */
  declare frozenAt: number | null;
  declare canRetry: boolean;
  /** Whose details are shown. */
  declare chosen: string | undefined;
  /** The one the Tab key comes to. */
  declare current: string | undefined;
  #layout: PlanLayout = layOutPlan([]);
  #shape = "";

  protected override willUpdate(): void {
    // States change all the time; where the steps stand does not.
    const shape = JSON.stringify(this.steps.map(({ stepId, dependsOn }) => [stepId, dependsOn]));
    if (shape === this.#shape) return;
    this.#shape = shape;
    this.#layout = layOutPlan(this.steps);
  }

  protected override render(): TemplateResult {
    const { steps } = this;
    const { width, height, edges, steps: placed } = this.#layout;
    const numbers = numbersOf(steps);
    const byId = new Map(steps.map((step) => [step.stepId, step]));
    const current = this.current !== undefined && byId.has(this.current) ? this.current : steps[0]?.stepId;
    const box = `${-MARGIN} ${-MARGIN} ${width + 2 * MARGIN} ${height + 2 * MARGIN}`;
    const chosen = this.chosen === undefined ? undefined : byId.get(this.chosen);
    return html`<div class="plan-graph" role="group" aria-label="Steps of the plan" @keydown=${this.#onKey}>
        <svg viewBox=${box} width=${width + 2 * MARGIN} height=${height + 2 * MARGIN}>
          ${edges.filter((edge) => !this.#isCritical(edge)).map((edge) => this.#edge(edge))}
          ${edges.filter((edge) => this.#isCritical(edge)).map((edge) => this.#edge(edge))}
          ${repeat(
            placed,
            ({ stepId }) => stepId,
            (place) => this.#step(place, byId, numbers, current === place.stepId),
          )}
        </svg>
      </div>
      ${chosen ? this.#details(chosen, numbers) : nothing}`;
  }

  #isCritical({ from, to }: PlanEdge): boolean {
    return this.critical.has(from) && this.critical.has(to);
  }

  #edge(edge: PlanEdge): SVGTemplateResult {
    return svg`<path class="plan-edge ${this.#isCritical(edge) ? "is-critical" : ""}" d=${lineThrough(edge.points)} />`;
  }

  #step(
    { stepId, x, y }: PlacedStep,
    byId: ReadonlyMap<string, StepRecord>,
    numbers: ReadonlyMap<string, number>,
    isCurrent: boolean,
  ): SVGTemplateResult | typeof nothing {
    const step = byId.get(stepId);
    if (!step) return nothing;
    const isCritical = this.critical.has(stepId);
    const after = step.dependsOn.flatMap((id) => numbers.get(id) ?? []);
    const end = step.state === "running" ? this.frozenAt : step.endedAt;
    return svg`<foreignObject x=${x} y=${y} width=${STEP_WIDTH} height=${STEP_HEIGHT}>
      <button
        class="plan-node is-${step.state} ${isCritical ? "is-critical" : ""}"
        type="button"
        data-step=${stepId}
        tabindex=${isCurrent ? 0 : -1}
        aria-expanded=${this.chosen === stepId}
        title=${step.title}
        @click=${() => this.#choose(stepId)}
        @focus=${() => (this.current = stepId)}
      >
        ${stateIcon(STEP_LOOKS[step.state])}
        <span class="plan-node-title">${numbers.get(stepId)}. ${step.title}</span>
        <span class="plan-node-facts quiet">
          <span>${step.agentId ?? step.agentType}</span>
          ${
            step.startedAt === null
              ? nothing
              : html`<elapsed-time .start=${step.startedAt} .end=${end} .offset=${this.clockOffset}></elapsed-time>`
          }
        </span>
        <span class="for-listeners"
          >${after.length === 0 ? "" : `after ${after.join(", ")}`}${isCritical ? ", on the critical path" : ""}</span
        >
      </button>
    </foreignObject>`;
  }

  #details(step: StepRecord, numbers: ReadonlyMap<string, number>): TemplateResult {
    return html`<div class="plan-details" role="group" aria-label=${`Step ${numbers.get(step.stepId)}`}>
      <h3>${numbers.get(step.stepId)}. ${step.title}</h3>
      <p class="step-description">${step.description}</p>
      ${stepDetails(this, step, { numbers, canRetry: this.canRetry })}
    </div>`;
  }

  #choose(stepId: string): void {
    this.current = stepId;
    this.chosen = this.chosen === stepId ? undefined : stepId;
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    const from = (event.target as Element).closest<HTMLElement>("[data-step]")?.dataset["step"];
    const place = this.#layout.steps.find(({ stepId }) => stepId === from);
    if (!place) return;
    const next = nextStep(this.#layout.steps, place, event.key);
    if (!next) return;
    event.preventDefault();
    this.current = next.stepId;
    void this.updateComplete.then(() => {
      const nodes = [...this.querySelectorAll<HTMLElement>("[data-step]")];
      nodes.find(({ dataset }) => dataset["step"] === next.stepId)?.focus();
    });
  };
}

/** The step a key leads to: the nearest in that direction. */
function nextStep(steps: readonly PlacedStep[], from: PlacedStep, key: string): PlacedStep | undefined {
  const nearest = (fits: (step: PlacedStep) => boolean): PlacedStep | undefined =>
    steps.filter(fits).toSorted((left, right) => distance(from, left) - distance(from, right))[0];
  switch (key) {
    case "ArrowRight":
      return nearest(({ layer }) => layer > from.layer);
    case "ArrowLeft":
      return nearest(({ layer }) => layer < from.layer);
    case "ArrowDown":
      return nearest(({ layer, y }) => layer === from.layer && y > from.y);
    case "ArrowUp":
      return nearest(({ layer, y }) => layer === from.layer && y < from.y);
    case "Home":
      return steps[0];
    case "End":
      return steps.at(-1);
    default:
      return undefined;
  }
}

/** Layers apart weigh more than places apart. */
function distance(from: PlacedStep, to: PlacedStep): number {
  return Math.abs(to.layer - from.layer) * 100_000 + Math.abs(to.y - from.y);
}

/** A line that leaves and arrives level. */
function lineThrough(points: PlanEdge["points"]): string {
  const [first, ...rest] = points;
  if (!first) return "";
  let from = first;
  let path = `M ${first.x} ${first.y}`;
  for (const to of rest) {
    const middle = (from.x + to.x) / 2;
    path += from.y === to.y ? ` L ${to.x} ${to.y}` : ` C ${middle} ${from.y} ${middle} ${to.y} ${to.x} ${to.y}`;
    from = to;
  }
  return path;
}
