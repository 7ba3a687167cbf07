import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { StepRecord } from "../../src/protocol/monitorModel.ts";
import { stateIcon } from "../icon.ts";
import { STEP_LOOKS } from "../words.ts";
import { LightElement } from "./lightElement.ts";
import { numbersOf, retryButton, stepDetails } from "./stepDetails.ts";

/** The steps of the plan in their order, each with its state; what it is about unfolds. */
export class PlanList extends LightElement {
  static override properties = {
    steps: { attribute: false },
    critical: { attribute: false },
    clockOffset: { type: Number },
    frozenAt: { attribute: false },
    canRetry: { type: Boolean },
  };

  declare steps: readonly StepRecord[];
  /** Steps that decide when the plan is done. */
  declare critical: ReadonlySet<string>;
  declare clockOffset: number;
  /** The moment that is shown, unless it is the present. */
  declare frozenAt: number | null;
  declare canRetry: boolean;

  protected override render(): TemplateResult {
    const numbers = numbersOf(this.steps);
    return html`<ol class="plan">
      ${repeat(
        this.steps,
        (step) => step.stepId,
        (step) => this.#step(step, numbers),
      )}
    </ol>`;
  }

  #step(step: StepRecord, numbers: ReadonlyMap<string, number>): TemplateResult {
    const look = STEP_LOOKS[step.state];
    // What went well is run again only by who looks for it.
    const isDone = step.state === "completed";
    const end = step.state === "running" ? this.frozenAt : step.endedAt;
    return html`<li class="step is-${step.state}">
      <details>
        <summary>
          ${stateIcon(look)}
          <span class="step-title">${numbers.get(step.stepId)}. ${step.title}</span>
          ${
            this.critical.has(step.stepId)
              ? html`<span
                    class="codicon codicon-flame critical-mark"
                    title="On the critical path"
                    aria-hidden="true"
                  ></span
                  ><span class="for-listeners">on the critical path</span>`
              : nothing
          }
          ${
            step.startedAt === null
              ? nothing
              : html`<elapsed-time
                  class="quiet"
                  .start=${step.startedAt}
                  .end=${end}
                  .offset=${this.clockOffset}
                ></elapsed-time>`
          }
        </summary>
        <p class="step-description">${step.description}</p>
        ${this.canRetry && isDone ? retryButton(this, step) : nothing}
      </details>
      ${stepDetails(this, step, { numbers, canRetry: this.canRetry && !isDone })}
    </li>`;
  }
}
