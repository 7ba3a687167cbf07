import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import type { AgentRecord, ToolCall, ToolRecord } from "../../src/protocol/monitorModel.ts";
import type { TextTail } from "../../src/protocol/textTail.ts";
import { countOf, formatCount, formatExactly } from "../format.ts";
import { icon, stateIcon } from "../icon.ts";
import { activityOf, AGENT_LOOKS } from "../words.ts";
import { LightElement } from "./lightElement.ts";
import type { LiveText } from "./liveText.ts";
import { outputLinks } from "./outputLinks.ts";

const TOOL_ICONS: Readonly<Record<ToolRecord["state"], string>> = {
  running: "tools",
  done: "check",
  failed: "warning",
};

/** One agent: what it does and writes, or a line that unfolds. */
export class AgentCard extends LightElement {
  static override properties = {
    agent: { attribute: false },
    stepTitle: {},
    text: { attribute: false },
    textEnd: { type: Number },
    calls: { attribute: false },
    sessionId: {},
    clockOffset: { type: Number },
    frozenAt: { attribute: false },
    folds: { type: Boolean },
    isOpen: { state: true },
  };

  declare agent: AgentRecord;
  declare stepTitle: string | undefined;
  declare text: TextTail;
  declare textEnd: number;
  /** Its newest tool calls, oldest first. */
  declare calls: readonly ToolCall[];
  declare sessionId: string;
  declare clockOffset: number;
  /** The moment that is shown, unless it is the present. */
  declare frozenAt: number | null;
  /** Only its title is shown until the person unfolds it. */
  declare folds: boolean;
  declare isOpen: boolean;

  constructor() {
    super();
    this.folds = false;
    this.isOpen = false;
  }

  /** The person reads in it: it scrolled away from the end, or the focus is there. */
  get isInUse(): boolean {
    return this.querySelector<LiveText>("live-text")?.isHeld === true || this.contains(document.activeElement);
  }

  /** Brings the card into view and the focus onto it. */
  reveal(): void {
    this.isOpen = true;
    void this.updateComplete.then(() => {
      this.scrollIntoView({ block: "nearest" });
      this.querySelector<HTMLElement>(".live-text-scroller, summary")?.focus();
    });
  }

  protected override render(): TemplateResult {
    const { agent, folds } = this;
    const hasEnded = agent.endedAt !== null;
    return html`<article class="agent-card is-${agent.state}" aria-label=${agent.agentId}>
      ${
        folds
          ? html`<details .open=${this.isOpen} @toggle=${this.#onToggle}>
              <summary>${this.#title()}</summary>
            </details>`
          : html`<div class="agent-title">${this.#title()}</div>`
      }
      ${hasEnded && agent.problem !== null ? html`<p class="problem tone-bad">${agent.problem}</p>` : nothing}
      ${folds && !this.isOpen ? nothing : this.#content(hasEnded)}
    </article>`;
  }

  #title(): TemplateResult {
    const { agent } = this;
    return html`${stateIcon(AGENT_LOOKS[agent.state])}
      <div class="agent-name">
        <h3>${agent.agentId}</h3>
        ${this.folds && this.stepTitle !== undefined ? html`<span class="quiet">${this.stepTitle}</span>` : nothing}
      </div>
      <elapsed-time
        class="quiet"
        .start=${agent.startedAt}
        .end=${agent.endedAt ?? this.frozenAt}
        .offset=${this.clockOffset}
      ></elapsed-time>`;
  }

  #content(hasEnded: boolean): TemplateResult {
    const { agent, text } = this;
    const { inputTokens, cacheReadTokens, cacheWriteTokens, outputTokens } = agent.usage;
    const read = inputTokens + cacheReadTokens + cacheWriteTokens;
    const about = this.stepTitle ?? agent.task;
    return html`<p class="agent-step quiet">
        ${this.folds && this.stepTitle !== undefined ? agent.agentType : `${agent.agentType} · ${about}`}
      </p>
      ${hasEnded ? nothing : this.#activity()}
      ${
        text.end === 0
          ? html`<p class="no-text quiet">${hasEnded ? "It wrote no text." : "No text yet."}</p>`
          : html`<live-text .text=${text} .end=${this.textEnd} .label=${`Text of ${agent.agentId}`}></live-text>`
      }
      <tool-calls .calls=${this.calls} .sessionId=${this.sessionId}></tool-calls>
      ${outputLinks(this, agent.outputs)}
      <p class="agent-facts quiet">
        <span title="${formatExactly(read)} tokens read, ${formatExactly(outputTokens)} written"
          >${formatCount(read + outputTokens)} tokens</span
        >
        ${this.#rate()}
        <span>${countOf(agent.turns, "turn")}</span>
        <span>${agent.model}</span>
      </p>`;
  }

  /** What it wrote in the mean until its newest answer: what an answer used is known when it is there. */
  #rate(): TemplateResult | typeof nothing {
    const { agent } = this;
    const seconds = ((agent.usedAt ?? agent.startedAt) - agent.startedAt) / 1000;
    if (agent.usage.outputTokens === 0 || seconds < 1) return nothing;
    const rate = agent.usage.outputTokens / seconds;
    return html`<span title="Tokens written per second, in the mean until its newest answer"
      >${rate < 10 ? rate.toFixed(1) : formatCount(rate)} tokens/s</span
    >`;
  }

  #activity(): TemplateResult {
    const { agent } = this;
    const { tool } = agent;
    if (agent.state !== "running") {
      return html`<p class="activity tone-warning">
        ${activityOf(agent)}${agent.problem === null ? nothing : html`: ${agent.problem}`}
      </p>`;
    }
    if (tool === null || (tool.state !== "running" && agent.thinking))
      return html`<p class="activity quiet">${activityOf(agent)}</p>`;
    const others = tool.others > 0 ? ` and ${tool.others} more` : "";
    return html`<p class="activity ${tool.state === "running" ? "" : "quiet"}" title=${`${tool.name} ${tool.subject}`}>
      ${icon(TOOL_ICONS[tool.state])}<span class="tool-name">${tool.name}${others}</span>
      <code class="tool-subject">${tool.subject}</code>${
        tool.state === "failed" ? html`<span class="for-listeners"> failed</span>` : nothing
      }
    </p>`;
  }

  readonly #onToggle = (event: Event): void => {
    this.isOpen = (event.currentTarget as HTMLDetailsElement).open;
  };
}
