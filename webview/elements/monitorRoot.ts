import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { AgentRecord } from "../../src/protocol/monitorModel.ts";
import { icon } from "../icon.ts";
import type { MonitorView } from "../monitorClient.ts";
import type { SessionView } from "../sessionView.ts";
import { countOf } from "../format.ts";
import type { AgentCard } from "./agentCard.ts";
import type { ApprovalRequest } from "./approvalRequest.ts";
import { ask } from "./events.ts";
import { LightElement } from "./lightElement.ts";
import type { QuestionRequest } from "./questionRequest.ts";

const ASKING = "approval-request, question-request";
/** Where the focus goes when the question it was in is gone. */
const FIRST_ANSWER = "approval-request .answers vscode-button, question-request vscode-text-area:not([disabled])";

/** The whole monitor; draws the view it is given. */
export class MonitorRoot extends LightElement {
  static override properties = {
    view: { attribute: false },
    announcement: {},
  };

  declare view: MonitorView | undefined;
  /** Newest sentence for people who do not see the screen. */
  declare announcement: string;
  /** The focus was in a question that is gone now. */
  #focusIsLost = false;
  /** Agents whose cards the person is using: they stay where they are when they end. */
  #inUse: ReadonlySet<string> = new Set();

  constructor() {
    super();
    this.announcement = "";
  }

  protected override willUpdate(): void {
    const cards = [...this.querySelectorAll("agent-card")];
    this.#inUse = new Set(cards.flatMap((card) => (!card.folds && card.isInUse ? card.agent.agentId : [])));
    const asked = document.activeElement?.closest<ApprovalRequest | QuestionRequest>(ASKING);
    if (asked && this.contains(asked)) this.#focusIsLost = !isWaiting(asked, this.view);
  }

  protected override render(): TemplateResult {
    const { view } = this;
    return html`<main class="monitor" tabindex="-1">${this.#phase(view)}</main>
      <div class="for-listeners" role="status" aria-live="polite">${this.announcement}</div>`;
  }

  protected override updated(): void {
    if (this.view?.reveal !== undefined) this.#reveal(this.view.reveal);
    if (!this.#focusIsLost) return;
    this.#focusIsLost = false;
    // Children draw after their parent; a button that is new must be there before it can take the focus.
    void Promise.resolve().then(() => {
      const next = this.querySelector<HTMLElement>(FIRST_ANSWER);
      (next ?? this.querySelector<HTMLElement>("main"))?.focus();
    });
  }

  #phase(view: MonitorView | undefined): TemplateResult {
    if (view?.session) return this.#session(view, view.session);
    if (view?.phase === "missing") {
      return html`<div class="notice">
        ${icon("search-stop")}
        <h1>This session is no longer there</h1>
        <p>It may have been deleted, or moved with the session store. Choose another one in the Sessions view.</p>
      </div>`;
    }
    return html`<div class="notice" role="status">
      <h1 class="for-listeners">Session</h1>
      <vscode-progress-ring class="for-motion"></vscode-progress-ring>
      <p>Loading the session…</p>
    </div>`;
  }

  #session(view: MonitorView, session: SessionView): TemplateResult {
    const { header, steps } = session;
    const done = steps.filter(({ state }) => state === "completed").length;
    return html`<session-header
        .header=${header}
        .totals=${session.totals}
        .stepsDone=${done}
        .stepsTotal=${steps.length}
        .openQuestions=${session.approvals.length + session.questions.length}
        .readOnly=${view.readOnly}
        .isStopping=${view.isStopping}
        .clockOffset=${view.clockOffset}
      ></session-header>
      ${view.refusal === undefined ? nothing : this.#refusal(view.refusal)} ${this.#ending(session)}
      ${this.#openQuestions(view, session)}
      <div class="columns">
        <section class="plan-section" aria-labelledby="plan-heading">
          <h2 id="plan-heading">Plan</h2>
          ${
            steps.length > 0
              ? html`<plan-list .steps=${steps} .clockOffset=${view.clockOffset}></plan-list>`
              : html`<p class="quiet">
                  ${header.endedAt === null ? "The planner is working on it." : "There was no plan."}
                </p>`
          }
        </section>
        <section class="agents-section" aria-labelledby="agents-heading">${this.#agents(view, session)}</section>
      </div>`;
  }

  #refusal(message: string): TemplateResult {
    return html`<div class="banner is-warning" role="alert">
      ${icon("warning")}
      <p>${message}</p>
      <vscode-button appearance="icon" aria-label="Dismiss" @click=${() => ask(this, "dismiss-refusal", null)}>
        ${icon("close")}
      </vscode-button>
    </div>`;
  }

  #ending(session: SessionView): TemplateResult | typeof nothing {
    const { status, problem, summary } = session.header;
    if (session.header.endedAt === null) return nothing;
    const isBad = status === "failed";
    return html`${
      problem === null
        ? nothing
        : html`<div class="banner ${isBad ? "is-error" : "is-warning"}">
            ${icon(isBad ? "error" : "warning")}
            <p>${problem}</p>
          </div>`
    }
    ${
      summary === "" && session.header.outputs.length === 0
        ? nothing
        : html`<section class="result" aria-labelledby="result-heading">
            <h2 id="result-heading">Result</h2>
            <session-result .header=${session.header}></session-result>
          </section>`
    }`;
  }

  /** In the order they came, so that nothing moves while a person answers. */
  #openQuestions(view: MonitorView, session: SessionView): TemplateResult | typeof nothing {
    const open = [
      ...session.approvals.map((approval) => ({ id: approval.approvalId, since: approval.requestedAt, approval })),
      ...session.questions.map((question) => ({ id: question.questionId, since: question.askedAt, question })),
    ].toSorted((left, right) => left.since - right.since);
    if (open.length === 0) return nothing;
    const titles = titlesOf(session);
    const titleOf = (stepId: string | null): string | undefined => (stepId === null ? undefined : titles.get(stepId));
    return html`<section class="approvals" aria-labelledby="approvals-heading">
      <h2 id="approvals-heading">${icon("bell-dot")}${countOf(open.length, "question")} for you</h2>
      ${repeat(
        open,
        ({ id }) => id,
        (entry) =>
          "approval" in entry
            ? html`<approval-request
                .approval=${entry.approval}
                .stepTitle=${titleOf(entry.approval.stepId)}
                .answer=${view.answers.get(entry.id)}
                .readOnly=${view.readOnly}
              ></approval-request>`
            : html`<question-request
                .question=${entry.question}
                .stepTitle=${titleOf(entry.question.stepId)}
                .isSending=${view.replied.has(entry.id)}
                .readOnly=${view.readOnly}
              ></question-request>`,
      )}
    </section>`;
  }

  #agents(view: MonitorView, session: SessionView): TemplateResult {
    const isUnfolded = ({ agentId, endedAt }: AgentRecord): boolean => endedAt === null || this.#inUse.has(agentId);
    const unfolded = session.agents.filter(isUnfolded);
    const folded = session.agents.filter((agent) => !isUnfolded(agent));
    const titles = titlesOf(session);
    const card = (agent: AgentRecord): TemplateResult => {
      const text = session.textOf(agent.agentId);
      return html`<agent-card
        .agent=${agent}
        .stepTitle=${agent.stepId === null ? undefined : titles.get(agent.stepId)}
        .text=${text}
        .textEnd=${text.end}
        .clockOffset=${view.clockOffset}
        .folds=${!isUnfolded(agent)}
      ></agent-card>`;
    };
    return html`<h2 id="agents-heading">Agents</h2>
      ${session.agents.length === 0 ? html`<p class="quiet">${session.header.endedAt === null ? "None yet." : "None."}</p>` : nothing}
      ${cardList("unfolded-agents", unfolded, card)}
      ${folded.length > 0 && unfolded.length > 0 ? html`<h2 class="ended-heading">Finished agents</h2>` : nothing}
      ${cardList("folded-agents", folded, card)}`;
  }

  #reveal(agentId: string): void {
    const card = [...this.querySelectorAll<AgentCard>("agent-card")].find(({ agent }) => agent.agentId === agentId);
    card?.reveal();
  }
}

function cardList(
  name: string,
  agents: readonly AgentRecord[],
  card: (agent: AgentRecord) => TemplateResult,
): TemplateResult {
  return html`<div class=${name}>${repeat(agents, ({ agentId }) => agentId, card)}</div>`;
}

function titlesOf(session: SessionView): ReadonlyMap<string, string> {
  return new Map(session.steps.map(({ stepId, title }) => [stepId, title]));
}

/** Does it still wait for the person, as far as the person is concerned? */
function isWaiting(asked: ApprovalRequest | QuestionRequest, view: MonitorView | undefined): boolean {
  if ("approval" in asked) {
    const { approvalId } = asked.approval;
    const isOpen = view?.session?.approvals.some((approval) => approval.approvalId === approvalId) ?? false;
    return isOpen && !view?.answers.has(approvalId);
  }
  const { questionId } = asked.question;
  const isOpen = view?.session?.questions.some((question) => question.questionId === questionId) ?? false;
  return isOpen && !view?.replied.has(questionId);
}
