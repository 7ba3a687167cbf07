import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import type { StepRecord } from "../../src/protocol/monitorModel.ts";
import { ask } from "./events.ts";
import { outputLinks } from "./outputLinks.ts";

export interface StepContext {
  /** Numbers of the steps in the plan, by id. */
  readonly numbers: ReadonlyMap<string, number>;
  /** The step can be run again now, by this person. */
  readonly canRetry: boolean;
}

/** What there is to know of a step besides its title and state, and what can be done about it. */
export function stepDetails(from: HTMLElement, step: StepRecord, context: StepContext): TemplateResult {
  const { agentId, problem } = step;
  const after = step.dependsOn.map((id) => context.numbers.get(id) ?? id);
  return html`<p class="step-facts quiet">
      ${
        agentId === null
          ? html`<span>${step.agentType}</span>`
          : html`<button class="link-button" type="button" @click=${() => ask(from, "reveal-agent", { agentId })}>
              ${agentId}
            </button>`
      }
      ${after.length > 0 ? html`<span>after ${after.length === 1 ? "step" : "steps"} ${after.join(", ")}</span>` : nothing}
    </p>
    ${problem === null ? nothing : html`<p class="problem ${step.state === "failed" ? "tone-bad" : "quiet"}">${problem}</p>`}
    ${outputLinks(from, step.outputs)} ${context.canRetry ? retryButton(from, step) : nothing}`;
}

export function retryButton(from: HTMLElement, step: StepRecord): TemplateResult | typeof nothing {
  if (step.state === "waiting") return nothing;
  return html`<p class="step-actions">
    <vscode-button
      appearance="secondary"
      aria-label=${`Run again: ${step.title}`}
      @click=${() => ask(from, "wish", { type: "retryStep", stepId: step.stepId })}
      >Run again<span slot="start" class="codicon codicon-debug-restart" aria-hidden="true"></span
    ></vscode-button>
  </p>`;
}

export function numbersOf(steps: readonly StepRecord[]): ReadonlyMap<string, number> {
  return new Map(steps.map(({ stepId }, index) => [stepId, index + 1]));
}
