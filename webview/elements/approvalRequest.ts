import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import type { ApprovalRecord, Decision } from "../../src/protocol/monitorModel.ts";
import { icon } from "../icon.ts";
import { SEVERITY_NOTES } from "../words.ts";
import { ask } from "./events.ts";
import { LightElement } from "./lightElement.ts";

/** A question to the person: what exactly would happen, why it is asked, and the answers. */
export class ApprovalRequest extends LightElement {
  static override properties = {
    approval: { attribute: false },
    stepTitle: {},
    answer: {},
    whyNot: {},
  };

  declare approval: ApprovalRecord;
  declare stepTitle: string | undefined;
  /** The answer that was given and is not carried out yet. */
  declare answer: Decision | undefined;
  /** Why it cannot be answered from here, if it cannot. */
  declare whyNot: string | undefined;

  protected override render(): TemplateResult {
    const { approval, stepTitle } = this;
    const { approvalId, agentId, tool, subject, reason, severity, taint, notCovered } = approval;
    const headingId = `heading-${approvalId}`;
    const note = SEVERITY_NOTES[severity];
    return html`<article class="approval" aria-labelledby=${headingId}>
      <h3 id=${headingId}><strong>${agentId}</strong> asks to use <strong>${tool}</strong></h3>
      ${stepTitle === undefined ? nothing : html`<p class="quiet">In the step “${stepTitle}”</p>`}
      <pre
        class="subject"
        tabindex="0"
        role="group"
        aria-label="What exactly would happen"
      ><code>${subject}</code></pre>
      ${note === undefined ? nothing : html`<p class="warning-note">${icon("warning")}<span>${note}</span></p>`}
      ${reason === note || (severity !== "normal" && note !== undefined) ? nothing : html`<p class="quiet">${reason}</p>`}
      ${notCovered === null ? nothing : html`<p class="quiet">${notCovered}</p>`}
      ${
        taint.length === 0
          ? nothing
          : html`<p class="quiet">Content from outside came in through:</p>
              <ul class="taint">
                ${taint.map((source) => html`<li>${source}</li>`)}
              </ul>`
      }
      ${this.whyNot === undefined ? this.#answers(severity) : html`<p class="quiet">${this.whyNot}</p>`}
    </article>`;
  }

  #answers(severity: ApprovalRecord["severity"]): TemplateResult {
    if (this.answer !== undefined) {
      return html`<p class="quiet given-answer" tabindex="-1">${this.answer === "deny" ? "Denying…" : "Allowing…"}</p>`;
    }
    return html`<div class="answers">
      <vscode-button @click=${() => this.#give("allow")}>Allow once</vscode-button>
      ${
        severity === "normal"
          ? html`<vscode-button appearance="secondary" @click=${() => this.#give("allow_session")}
              >Allow for session</vscode-button
            >`
          : nothing
      }
      <vscode-button appearance="secondary" @click=${() => this.#give("deny")}>Deny</vscode-button>
    </div>`;
  }

  #give(decision: Decision): void {
    ask(this, "answer-approval", { approvalId: this.approval.approvalId, decision });
  }
}
