/** The page that lists all sessions, of every window and terminal. */
import { html, nothing, render } from "lit";
import type { TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { LIST_PAGE, LONGEST_LIST, sessionListSchema, type ListedSession } from "../../src/protocol/dashboardMessage.ts";
import { countOf, formatCost } from "../format.ts";
import { stateIcon } from "../icon.ts";
import { SESSION_LOOKS } from "../words.ts";
import { forgetKey } from "./accessKey.ts";
import { groupsOf, isAtWork, isOver, timeAgo } from "./listGroups.ts";
import { connectionAlert, howToOpen } from "./notices.ts";
import { ServerStream, type StreamState } from "./serverStream.ts";

/** Ages are told in minutes. */
const AGE_MILLISECONDS = 30_000;

export class SessionsPage {
  readonly #place: HTMLElement;
  readonly #token: string;
  readonly #sessions = new Map<string, ListedSession>();
  #order: readonly string[] | undefined;
  #hasMore = false;
  #limit = LIST_PAGE;
  #filter = "";
  #state: StreamState = "opening";
  /** Add to the page's clock to get the server's. */
  #clockOffset = 0;
  #stream: ServerStream | undefined;

  constructor(place: HTMLElement, token: string) {
    this.#place = place;
    this.#token = token;
    setInterval(() => this.#draw(), AGE_MILLISECONDS);
  }

  /** Asks for the list, from its beginning. */
  open(): void {
    this.#stream?.close();
    const stream: ServerStream = new ServerStream({
      url: `/api/sessions?limit=${this.#limit}`,
      token: this.#token,
      onEvent: ({ data }) => {
        if (this.#stream === stream) this.#receive(JSON.parse(data));
      },
      onState: (state) => {
        if (this.#stream === stream) this.#note(state);
      },
    });
    this.#stream = stream;
    this.#draw();
    void stream.run();
  }

  #note(state: StreamState): void {
    this.#state = state;
    if (state === "refused") {
      forgetKey();
      render(howToOpen(true), this.#place);
    } else this.#draw();
  }

  #receive(raw: unknown): void {
    const list = sessionListSchema.parse(raw);
    for (const session of list.sessions) this.#sessions.set(session.sessionId, session);
    const shown = new Set(list.order);
    for (const sessionId of this.#sessions.keys()) if (!shown.has(sessionId)) this.#sessions.delete(sessionId);
    this.#order = list.order;
    this.#hasMore = list.hasMore;
    this.#clockOffset = list.hostTime - Date.now();
    this.#draw();
  }

  #draw(): void {
    if (this.#state === "refused") return;
    render(
      html`${connectionAlert(this.#state, () => this.#stream?.tryNow())}
        <main class="sessions-page">
          <div class="sessions-head">
            <h1>Sessions</h1>
            <input
              class="sessions-filter"
              type="search"
              placeholder="Filter by goal, folder or id"
              aria-label="Filter sessions"
              .value=${this.#filter}
              @input=${(event: Event) => this.#setFilter((event.target as HTMLInputElement).value)}
            />
          </div>
          ${this.#content()}
        </main>`,
      this.#place,
    );
  }

  #setFilter(text: string): void {
    this.#filter = text;
    this.#draw();
  }

  #content(): TemplateResult {
    if (!this.#order) return html`<p class="quiet" role="status">Loading the sessions…</p>`;
    const all = this.#order.flatMap((sessionId) => this.#sessions.get(sessionId) ?? []);
    if (all.length === 0) {
      return html`<div class="dashboard-notice">
        <h2>No sessions yet</h2>
        <p>
          Run a goal in VS Code or in a terminal: <code>ai-orchestrator --streaming "Describe this project"</code>. It
          appears here while it runs.
        </p>
      </div>`;
    }
    const wanted = this.#filter.trim().toLowerCase();
    const found = all.filter((session) => matches(session, wanted));
    const now = Date.now() + this.#clockOffset;
    return html`${groupsOf(found, now).map(
      ({ title, sessions }) =>
        html`<section>
          <h2>${title}</h2>
          <ul class="session-rows">
            ${repeat(
              sessions,
              ({ sessionId }) => sessionId,
              (session) => html`<li>${this.#row(session, now)}</li>`,
            )}
          </ul>
        </section>`,
    )}
    ${found.length === 0 ? html`<p class="quiet" role="status">No session fits the filter.</p>` : nothing}
    ${this.#more()}`;
  }

  #row(session: ListedSession, now: number): TemplateResult {
    const { sessionId, title, status, owner, folders, stepsTotal, stepsCompleted, agentsRunning } = session;
    const look = isAtWork(session) || isOver(session) ? SESSION_LOOKS[status] : SESSION_LOOKS.kept;
    // With the key, so that it can be opened in a tab of its own.
    return html`<a class="session-row" href="/sessions/${sessionId}#${this.#token}">
      ${stateIcon(look)}
      <span class="what">
        <span class="title">${title === "" ? "Without a goal" : title}</span>
        <span class="facts-line">
          <span aria-hidden="true">${look.label}</span>
          ${stepsTotal > 0 ? html`<span>${stepsCompleted} of ${stepsTotal} steps</span>` : nothing}
          ${agentsRunning > 0 && owner ? html`<span>${countOf(agentsRunning, "agent")} at work</span>` : nothing}
          <span>${session.demo ? "Demo model" : formatCost(session.costUsd, session.costIsPartial)}</span>
          <span>${timeAgo(owner ? session.createdAt : session.updatedAt, now, owner ? "Began" : "Last")}</span>
          ${owner ? html`<span>${owner.host}, process ${owner.pid}</span>` : nothing}
        </span>
        <span class="facts-line where">${[sessionId, ...folders].join(" · ")}</span>
      </span>
    </a>`;
  }

  #more(): TemplateResult | typeof nothing {
    if (!this.#hasMore) return nothing;
    if (this.#limit >= LONGEST_LIST) return html`<p class="quiet">Older sessions: ai-orchestrator --list</p>`;
    return html`<button class="more-button" type="button" @click=${() => this.#showMore()}>Show more</button>`;
  }

  #showMore(): void {
    this.#limit = Math.min(LONGEST_LIST, this.#limit * 2);
    this.open();
  }
}

function matches({ title, sessionId, folders }: ListedSession, wanted: string): boolean {
  return [title, sessionId, ...folders].some((text) => text.toLowerCase().includes(wanted));
}
