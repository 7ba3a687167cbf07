import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import type { StepRecord } from "../../src/protocol/monitorModel.ts";
import { criticalPath } from "../criticalPath.ts";
import { icon } from "../icon.ts";
import { LightElement } from "./lightElement.ts";

/** Narrower than this a graph shows less than a list. */
const LEAST_GRAPH_WIDTH = 560;

/** The plan: a graph where there is room, a list where there is not or the person likes it better. */
export class PlanView extends LightElement {
  static override properties = {
    steps: { attribute: false },
    clockOffset: { type: Number },
    frozenAt: { attribute: false },
    canRetry: { type: Boolean },
    hasEnded: { type: Boolean },
    isWide: { state: true },
    wantsList: { state: true },
  };

  declare steps: readonly StepRecord[];
  declare clockOffset: number;
  declare frozenAt: number | null;
  declare canRetry: boolean;
  /** The session has ended. */
  declare hasEnded: boolean;
  declare isWide: boolean;
  declare wantsList: boolean;
  #critical: ReadonlySet<string> = new Set();
  #judged: readonly StepRecord[] | undefined;
  readonly #resizes = new ResizeObserver(([entry]) => {
    this.isWide = (entry?.contentRect.width ?? 0) >= LEAST_GRAPH_WIDTH;
  });

  constructor() {
    super();
    this.steps = [];
    this.isWide = false;
    this.wantsList = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.isWide = this.clientWidth >= LEAST_GRAPH_WIDTH;
    this.#resizes.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#resizes.disconnect();
  }

  protected override willUpdate(): void {
    if (this.#judged === this.steps) return;
    this.#judged = this.steps;
    this.#critical = criticalPath(this.steps, this.frozenAt ?? Date.now() + this.clockOffset);
  }

  protected override render(): TemplateResult {
    const { steps, clockOffset, frozenAt, canRetry } = this;
    // One step has no way, and of steps that all stand side by side none decides.
    const critical = this.#critical.size > 1 ? this.#critical : new Set<string>();
    const isGraph = this.isWide && !this.wantsList && steps.length > 1;
    return html`<div class="section-heading">
        <h2 id="plan-heading">Plan</h2>
        ${critical.size > 0 ? html`<span class="plan-legend quiet">${icon("flame")}critical path</span>` : nothing}
        ${this.isWide && steps.length > 1 ? this.#choice(isGraph) : nothing}
      </div>
      ${
        steps.length === 0
          ? html`<p class="quiet">${this.hasEnded ? "There was no plan." : "The planner is working on it."}</p>`
          : isGraph
            ? html`<plan-graph
                .steps=${steps}
                .critical=${critical}
                .clockOffset=${clockOffset}
                .frozenAt=${frozenAt}
                .canRetry=${canRetry}
              ></plan-graph>`
            : html`<plan-list
                .steps=${steps}
                .critical=${critical}
                .clockOffset=${clockOffset}
                .frozenAt=${frozenAt}
                .canRetry=${canRetry}
              ></plan-list>`
      }`;
  }

  #choice(isGraph: boolean): TemplateResult {
    const name = isGraph ? "Show the plan as a list" : "Show the plan as a graph";
    return html`<button class="icon-button" type="button" aria-label=${name} title=${name} @click=${this.#toggle}>
      ${icon(isGraph ? "list-ordered" : "type-hierarchy")}
    </button>`;
  }

  readonly #toggle = (): void => {
    this.wantsList = !this.wantsList;
  };
}
