import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import type { Header, Totals } from "../../src/protocol/monitorModel.ts";
import { formatCost, formatCount, formatExactly } from "../format.ts";
import { icon, stateIcon } from "../icon.ts";
import { PAUSED, SESSION_LOOKS, WAITING_FOR_PERSON } from "../words.ts";
import type { StateLook } from "../words.ts";
import { ask } from "./events.ts";
import { LightElement } from "./lightElement.ts";

/** From here on a budget is nearly spent. */
const NEARLY_SPENT = 0.8;

/** Goal, status and cost of the session, and the buttons that hold and stop it. */
export class SessionHeader extends LightElement {
  static override properties = {
    header: { attribute: false },
    totals: { attribute: false },
    stepsDone: { type: Number },
    stepsTotal: { type: Number },
    openQuestions: { type: Number },
    readOnly: { type: Boolean },
    isStopping: { type: Boolean },
    frozenAt: { attribute: false },
    clockOffset: { type: Number },
  };

  declare header: Header;
  declare totals: Totals;
  declare stepsDone: number;
  declare stepsTotal: number;
  declare openQuestions: number;
  declare readOnly: boolean;
  declare isStopping: boolean;
  /** The moment that is shown, unless it is the present. */
  declare frozenAt: number | null;
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
        ${this.readOnly || header.status === "kept" ? nothing : html`${this.#pauseButton()}${this.#stopButton()}`}
      </div>
      ${this.#facts()} ${this.#budget()}
    </header>`;
  }

  #pauseButton(): TemplateResult {
    const { isPaused, endedAt } = this.header;
    return html`<vscode-button
      appearance="secondary"
      title=${isPaused ? "Agents go on" : "Agents hold before their next request"}
      ?disabled=${endedAt !== null || this.isStopping}
      @click=${() => ask(this, "wish", { type: isPaused ? "continue" : "pause" })}
    >
      ${isPaused ? "Continue" : "Pause"}<span
        slot="start"
        class="codicon codicon-${isPaused ? "debug-continue" : "debug-pause"}"
        aria-hidden="true"
      ></span>
    </vscode-button>`;
  }

  /** How much of what the session may cost is spent. */
  #budget(): TemplateResult | typeof nothing {
    const { limitUsd, costUsd } = this.totals;
    if (limitUsd === null) return nothing;
    const share = Math.min(1, costUsd / limitUsd);
    const tone = share >= 1 ? "is-bad" : share >= NEARLY_SPENT ? "is-warning" : "";
    const words = `${formatCost(costUsd, this.totals.costIsPartial)} of ${formatCost(limitUsd, false)} spent`;
    return html`<div class="budget ${tone}">
      <div
        class="budget-bar"
        role="meter"
        aria-label="Budget of the session"
        aria-valuemin="0"
        aria-valuemax="100"
        aria-valuenow=${Math.round(share * 100)}
        aria-valuetext=${words}
      >
        <svg width="100%" height="6" aria-hidden="true"><rect width=${`${share * 100}%`} height="6" /></svg>
      </div>
      <span>${words}</span>
    </div>`;
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
        header.startedAt === null || header.status === "kept"
          ? nothing
          : html`<li class="fact" title="Elapsed time">
              ${icon("clock")}<span class="for-listeners">Elapsed: </span
              ><elapsed-time
                .start=${header.startedAt}
                .end=${header.endedAt ?? this.frozenAt}
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
