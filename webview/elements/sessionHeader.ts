import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import type { Header, Totals } from "../../src/protocol/monitorModel.ts";
import { formatCost, formatCount, formatExactly } from "../format.ts";
import { icon, stateIcon } from "../icon.ts";
import { PAUSED, SESSION_LOOKS, WAITING_FOR_PERSON } from "../words.ts";
import type { StateLook } from "../words.ts";
import { ask } from "./events.ts";
import { LightElement } from "./lightElement.ts";

/** Goal, status and cost of the session, and the button that stops it. */
export class SessionHeader extends LightElement {
  static override properties = {
    header: { attribute: false },
    totals: { attribute: false },
    stepsDone: { type: Number },
    stepsTotal: { type: Number },
    openQuestions: { type: Number },
    readOnly: { type: Boolean },
    isStopping: { type: Boolean },
    clockOffset: { type: Number },
  };

  declare header: Header;
  declare totals: Totals;
  declare stepsDone: number;
  declare stepsTotal: number;
  declare openQuestions: number;
  declare readOnly: boolean;
  declare isStopping: boolean;
  declare clockOffset: number;

  protected override render(): TemplateResult {
    const { header } = this;
    return html`<header class="session-header">
      <div class="goal">
        <h1 class="for-listeners">Goal</h1>
        <clamped-text class="goal-text" .text=${header.goal} name="goal"></clamped-text>
      </div>
      <div class="session-actions">
        <vscode-button appearance="secondary" @click=${() => ask(this, "wish", { type: "openSession" })}
          >Show in Sessions</vscode-button
        >
        ${this.readOnly ? nothing : this.#stopButton()}
      </div>
      ${this.#facts()}
    </header>`;
  }

  #stopButton(): TemplateResult {
    const hasEnded = this.header.endedAt !== null;
    return html`<vscode-button
      appearance="secondary"
      ?disabled=${hasEnded || this.isStopping}
      @click=${() => ask(this, "stop-session", null)}
    >
      ${this.isStopping ? "Stopping…" : "Stop"}<span
        slot="start"
        class="codicon codicon-debug-stop"
        aria-hidden="true"
      ></span>
    </vscode-button>`;
  }

  #facts(): TemplateResult {
    const { header, totals } = this;
    const look = lookOf(header, this.openQuestions);
    const { inputTokens, cacheReadTokens, cacheWriteTokens, outputTokens } = totals.usage;
    const input = inputTokens + cacheReadTokens + cacheWriteTokens;
    const cached = cacheReadTokens > 0 ? `, ${formatExactly(cacheReadTokens)} of them from the cache` : "";
    const detail = `${formatExactly(input)} tokens read${cached}; ${formatExactly(outputTokens)} written`;
    return html`<ul class="facts" aria-label="Session">
      <li class="fact status">${stateIcon(look)}<span aria-hidden="true">${look.label}</span></li>
      ${
        this.stepsTotal > 0
          ? html`<li class="fact">${icon("checklist")}${this.stepsDone} of ${this.stepsTotal} steps</li>`
          : nothing
      }
      ${
        header.startedAt === null
          ? nothing
          : html`<li class="fact" title="Elapsed time">
              ${icon("clock")}<span class="for-listeners">Elapsed: </span
              ><elapsed-time
                .start=${header.startedAt}
                .end=${header.endedAt}
                .offset=${this.clockOffset}
              ></elapsed-time>
            </li>`
      }
      <li class="fact" title=${detail}>${icon("symbol-numeric")}${formatCount(input + outputTokens)} tokens</li>
      <li class="fact" title=${totals.costIsPartial ? "The price of some of the models used is unknown." : nothing}>
        ${icon("credit-card")}${formatCost(totals.costUsd, totals.costIsPartial)}
      </li>
      ${
        header.demo
          ? html`<li class="fact"><span class="badge">Demo model: not an AI</span></li>`
          : header.model === null
            ? nothing
            : html`<li class="fact" title="Model">${icon("sparkle")}${header.model}</li>`
      }
    </ul>`;
  }
}

function lookOf(header: Header, openQuestions: number): StateLook {
  if (header.endedAt !== null) return SESSION_LOOKS[header.status];
  if (openQuestions > 0) return WAITING_FOR_PERSON;
  return header.isPaused ? PAUSED : SESSION_LOOKS[header.status];
}
