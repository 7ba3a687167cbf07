import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { StepRecord } from "../../src/protocol/monitorModel.ts";
import { stateIcon } from "../icon.ts";
import { STEP_LOOKS } from "../words.ts";
import { LightElement } from "./lightElement.ts";
import { outputLinks } from "./outputLinks.ts";

/** The steps of the plan in their order, each with its state; what it is about unfolds. */
export class PlanList extends LightElement {
  static override properties = {
    steps: { attribute: false },
    clockOffset: { type: Number },
  };

  declare steps: readonly StepRecord[];
  declare clockOffset: number;

  protected override render(): TemplateResult {
    const titles = new Map(this.steps.map((step, index) => [step.stepId, `${index + 1}`]));
    return html`<ol class="plan">
      ${repeat(
        this.steps,
        (step) => step.stepId,
        (step, index) => this.#step(step, index + 1, titles),
      )}
    </ol>`;
  }

  #step(step: StepRecord, number: number, numbers: ReadonlyMap<string, string>): TemplateResult {
    const look = STEP_LOOKS[step.state];
    const after = step.dependsOn.map((id) => numbers.get(id) ?? id);
    return html`<li class="step is-${step.state}">
      <details>
        <summary>
          ${stateIcon(look)}
          <span class="step-title">${number}. ${step.title}</span>
          ${
            step.startedAt === null
              ? nothing
              : html`<elapsed-time
                  class="quiet"
                  .start=${step.startedAt}
                  .end=${step.state === "running" ? null : step.endedAt}
                  .offset=${this.clockOffset}
                ></elapsed-time>`
          }
        </summary>
        <p class="step-description">${step.description}</p>
      </details>
      <p class="step-facts quiet">
        <span>${step.agentId ?? step.agentType}</span>
        ${after.length > 0 ? html`<span>after ${after.length === 1 ? "step" : "steps"} ${after.join(", ")}</span>` : nothing}
      </p>
      ${step.problem === null ? nothing : html`<p class="problem ${step.state === "failed" ? "tone-bad" : "quiet"}">${step.problem}</p>`}
      ${outputLinks(this, step.outputs)}
    </li>`;
  }
}
