import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { icon } from "../icon.ts";
import type { MonitorView } from "../monitorClient.ts";
import type { SessionView } from "../sessionView.ts";
import type { AgentCard } from "./agentCard.ts";
import { agentList } from "./agentList.ts";
import type { ApprovalRequest } from "./approvalRequest.ts";
import { ask } from "./events.ts";
import type { MonitorEvents } from "./events.ts";
import { inbox } from "./inbox.ts";
import { LightElement } from "./lightElement.ts";
import type { QuestionRequest } from "./questionRequest.ts";

const ASKING = "approval-request, question-request";
/** Where the focus goes when the question it was in is gone. */
const FIRST_ANSWER = "approval-request .answers vscode-button, question-request vscode-text-area:not([disabled])";

const TABS = [
  ["team", "Team"],
  ["timeline", "Timeline"],
  ["charts", "Charts"],
  ["events", "Events"],
] as const;
type Tab = (typeof TABS)[number][0];

/** The whole monitor; draws the view it is given. */
export class MonitorRoot extends LightElement {
  static override properties = {
    view: { attribute: false },
    announcement: {},
    tab: { state: true },
  };

  declare view: MonitorView | undefined;
  /** Newest sentence for people who do not see the screen. */
  declare announcement: string;
  declare tab: Tab;
  /** The focus was in a question that is gone now. */
  #focusIsLost = false;
  /** Agents whose cards the person is using: they stay where they are when they end. */
  #inUse: ReadonlySet<string> = new Set();

  constructor() {
    super();
    this.announcement = "";
    this.tab = "team";
    this.addEventListener("show-link", (event) => {
      const { url } = (event as CustomEvent<MonitorEvents["show-link"]>).detail;
      this.querySelector("link-dialog")?.show(url);
    });
    this.addEventListener("reveal-agent", (event) => {
      this.#reveal((event as CustomEvent<MonitorEvents["reveal-agent"]>).detail.agentId);
    });
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
      <link-dialog></link-dialog>
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
        <p>It may have been deleted, or moved with the session store. Choose another one in the list of sessions.</p>
      </div>`;
    }
    return html`<div class="notice" role="status">
        <h1 class="for-listeners">Session</h1>
        <vscode-progress-ring class="for-motion"></vscode-progress-ring>
        <p>Loading the session…</p>
      </div>
      ${readProblem(view)}`;
  }

  #session(view: MonitorView, session: SessionView): TemplateResult {
    const { header, steps } = session;
    const done = steps.filter(({ state }) => state === "completed").length;
    // The past can be looked at and not be changed.
    const readOnly = view.readOnly || view.moment !== null;
    return html`<session-header
        .header=${header}
        .totals=${session.totals}
        .stepsDone=${done}
        .stepsTotal=${steps.length}
        .openQuestions=${session.approvals.length + session.questions.length}
        .readOnly=${readOnly}
        .isStopping=${view.isStopping}
        .clockOffset=${view.clockOffset}
        .frozenAt=${view.moment?.time ?? null}
      ></session-header>
      ${
        view.span === null
          ? nothing
          : html`<time-bar
              .span=${view.span}
              .moment=${view.moment}
              .wanted=${view.wantedMoment}
              .clockOffset=${view.clockOffset}
            ></time-bar>`
      }
      ${readProblem(view)} ${view.refusal === undefined ? nothing : this.#refusal(view.refusal)}
      ${this.#ending(session)} ${inbox(view, session)}
      <vscode-panels
        class="views"
        activeid=${`tab-${this.tab}`}
        aria-label="Views of the session"
        @change=${this.#onTab}
      >
        ${TABS.map(([id, label]) => html`<vscode-panel-tab id=${`tab-${id}`}>${label}</vscode-panel-tab>`)}
        ${TABS.map(
          ([id]) =>
            html`<vscode-panel-view id=${`view-${id}`}>
              ${this.tab === id ? this.#tabContent(id, view, session) : nothing}
            </vscode-panel-view>`,
        )}
      </vscode-panels>`;
  }

  #tabContent(tab: Tab, view: MonitorView, session: SessionView): TemplateResult {
    const frozenAt = view.moment?.time ?? null;
    switch (tab) {
      case "team":
        return html`<div class="team">
          <section class="plan-section" aria-labelledby="plan-heading">
            <plan-view
              .steps=${session.steps}
              .clockOffset=${view.clockOffset}
              .frozenAt=${frozenAt}
              .canRetry=${view.canRetry && view.moment === null && session.header.endedAt !== null}
              .hasEnded=${session.header.endedAt !== null}
            ></plan-view>
          </section>
          <section class="agents-section" aria-labelledby="agents-heading">
            ${agentList(view, session, this.#inUse)}
          </section>
        </div>`;
      case "timeline":
        return html`<h2 class="for-listeners">Timeline</h2>
          <time-line
            .steps=${session.steps}
            .agents=${session.agents}
            .calls=${session.calls}
            .span=${view.span}
            .clockOffset=${view.clockOffset}
            .frozenAt=${frozenAt}
          ></time-line>`;
      case "charts":
        return html`<h2 class="for-listeners">Charts</h2>
          <usage-charts .charts=${session.charts}></usage-charts>`;
      case "events":
        return html`<h2 class="for-listeners">Events</h2>
          <event-log
            .log=${view.log}
            .rows=${view.log.rows}
            .isStart=${view.log.isStart}
            .isEnd=${view.log.isEnd}
            .isReading=${view.log.isReading}
            .hasFailed=${view.log.hasFailed}
            .details=${view.details}
            .unreadable=${view.unreadable}
          ></event-log>`;
    }
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

  readonly #onTab = (event: Event): void => {
    const { id } = (event as CustomEvent<HTMLElement>).detail ?? {};
    const tab = TABS.find(([name]) => `tab-${name}` === id)?.[0];
    if (tab) this.tab = tab;
  };

  #reveal(agentId: string): void {
    this.tab = "team";
    void this.updateComplete.then(() => {
      const card = [...this.querySelectorAll<AgentCard>("agent-card")].find(({ agent }) => agent.agentId === agentId);
      card?.reveal();
    });
  }
}

/** The host goes on trying, so there is nothing to press. */
function readProblem(view: MonitorView | undefined): TemplateResult | typeof nothing {
  if (view === undefined || view.readProblem === null) return nothing;
  const outOfDate = view.session ? " What you see may be out of date." : "";
  const words = `The session cannot be read, and is tried again.${outOfDate} ${view.readProblem}`;
  return html`<div class="banner is-warning" role="alert">
    ${icon("warning")}
    <p>${words}</p>
  </div>`;
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
