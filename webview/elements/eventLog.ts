import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { LogRow } from "../../src/protocol/monitorModel.ts";
import { formatClock } from "../format.ts";
import { icon } from "../icon.ts";
import type { LogView } from "../logView.ts";
import { eventLabel, LOG_GROUPS } from "../words.ts";
import { ask } from "./events.ts";
import { LightElement } from "./lightElement.ts";

const ROW_HEIGHT = 26;
const ROWS_AROUND = 10;
/** Rows from an end at which the next page is asked for. */
const NEAR = 40;
/** A search begins when no key was pressed for so long. */
const TYPING_MILLISECONDS = 250;
const PAGE_OF_ROWS = 10;

/** The events of the session, newest at the end; read page by page as one scrolls, found by kind and by words. */
export class EventLog extends LightElement {
  static override properties = {
    log: { attribute: false },
    rows: { attribute: false },
    isStart: { type: Boolean },
    isEnd: { type: Boolean },
    isReading: { type: Boolean },
    hasFailed: { type: Boolean },
    details: { attribute: false },
    unreadable: { attribute: false },
    chosen: { state: true },
    current: { state: true },
  };

  declare log: LogView;
  /** The rows of the log, another list when there are others. */
  declare rows: readonly LogRow[];
  declare isStart: boolean;
  declare isEnd: boolean;
  declare isReading: boolean;
  /** More could not be read. */
  declare hasFailed: boolean;
  /** What was asked to be seen in full; null when it is not there. */
  declare details: ReadonlyMap<number, string | null>;
  /** What was asked to be seen in full and could not be read. */
  declare unreadable: ReadonlySet<number>;
  /** `seq` of the event that is shown in full. */
  declare chosen: number | undefined;
  /** `seq` of the row the Tab key comes to. */
  declare current: number | undefined;
  #typing: ReturnType<typeof setTimeout> | undefined;
  /** The newest events are in sight and stay there when others come. */
  #isFollowing = true;
  /** Row that was first before older ones came. */
  #firstSeq: number | undefined;
  /** End of the list whose row gets the focus when it is there. */
  #wantedEnd: "start" | "end" | undefined;
  /** Pixels of the list above what is in sight, and of what is. */
  #top = 0;
  #height = 0;
  readonly #resizes = new ResizeObserver(() => this.#look());

  override connectedCallback(): void {
    super.connectedCallback();
    this.log?.begin();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#resizes.disconnect();
    clearTimeout(this.#typing);
  }

  protected override firstUpdated(): void {
    const scroller = this.querySelector(".log-scroller");
    if (scroller) this.#resizes.observe(scroller);
  }

  protected override willUpdate(): void {
    // Older rows come above what one reads, which must not be moved by them, nor lose the focus.
    const moved = this.#firstSeq === undefined ? 0 : this.rows.findIndex(({ seq }) => seq === this.#firstSeq);
    this.#firstSeq = this.rows[0]?.seq;
    if (moved > 0 && !this.#isFollowing) this.#top += moved * ROW_HEIGHT;
    else if (this.#isFollowing) this.#top = Math.max(0, this.rows.length * ROW_HEIGHT - this.#height);
  }

  protected override render(): TemplateResult {
    const { filter } = this.log;
    return html`<div class="log-filter" role="search">
        <label class="field"
          ><span class="quiet">Show</span>
          <select class="select" .value=${filter.group} @change=${this.#onGroup}>
            ${LOG_GROUPS.map(([group, label]) => html`<option value=${group} ?selected=${group === filter.group}>${label}</option>`)}
          </select></label
        >
        <vscode-text-field class="log-search" placeholder="Search in events" maxlength="200" @input=${this.#onSearch}
          >Search in events<span slot="start" class="codicon codicon-search" aria-hidden="true"></span
        ></vscode-text-field>
      </div>
      <div
        class="log-scroller"
        role="group"
        aria-label="Events"
        tabindex=${this.rows.length === 0 ? 0 : -1}
        @keydown=${this.#onKey}
        @scroll=${this.#onScroll}
      >
        ${this.rows.length === 0 ? this.#nothing() : this.#list()}
      </div>
      ${this.hasFailed && this.rows.length > 0 ? this.#failure("More events could not be read.", this.#tryAgain) : nothing}
      ${this.chosen === undefined ? nothing : this.#detail(this.chosen)}`;
  }

  protected override updated(): void {
    const list = this.querySelector<HTMLElement>(".log-rows");
    if (!list) return;
    // Set here, because a style in the markup is against the policy of the page.
    list.style.height = `${this.rows.length * ROW_HEIGHT}px`;
    list.style.setProperty("--log-top", `${this.#inSight().first * ROW_HEIGHT}px`);
    this.#keepPlace();
    this.#readOn();
    // Rows that were forgotten are still drawn until the log's own are.
    if (this.#wantedEnd === undefined || this.rows.length === 0 || this.rows !== this.log.rows) return;
    const end = this.#wantedEnd;
    this.#wantedEnd = undefined;
    this.#focus(end === "start" ? 0 : this.rows.length - 1);
  }

  #nothing(): TemplateResult {
    if (this.hasFailed) return this.#failure("The events could not be read.", this.#tryAgain);
    const isSearch = this.log.filter.text !== "" || this.log.filter.group !== "all";
    if (this.isReading || !this.isStart) return html`<p class="quiet log-empty" role="status">Reading…</p>`;
    return html`<p class="quiet log-empty" role="status">
      ${isSearch ? "No event is like that." : "Nothing has happened yet."}
    </p>`;
  }

  #failure(words: string, tryAgain: () => void): TemplateResult {
    return html`<p class="quiet log-empty" role="status">
      ${words} <button class="link-button" type="button" @click=${tryAgain}>Try again</button>
    </p>`;
  }

  #list(): TemplateResult {
    const { first, last } = this.#inSight();
    const current = this.#currentRow();
    return html`<ol class="log-rows">
      ${repeat(
        this.rows.slice(first, last + 1),
        ({ seq }) => seq,
        (row) => this.#row(row, row.seq === current?.seq),
      )}
    </ol>`;
  }

  #row(row: LogRow, isCurrent: boolean): TemplateResult {
    return html`<li class="log-row ${row.isProblem ? "is-problem" : ""} ${this.chosen === row.seq ? "is-chosen" : ""}">
      <button
        type="button"
        class="log-line"
        data-seq=${row.seq}
        tabindex=${isCurrent ? 0 : -1}
        aria-expanded=${this.chosen === row.seq}
        @click=${() => this.#choose(row.seq)}
        @focus=${() => (this.current = row.seq)}
      >
        <span class="log-time">${formatClock(row.time)}</span>
        <span class="log-type">${row.isProblem ? icon("warning") : nothing}${eventLabel(row.type)}</span>
        <span class="log-source">${row.source}</span>
        <span class="log-subject">${row.subject}</span>
      </button>
    </li>`;
  }

  #detail(seq: number): TemplateResult {
    const detail = this.details.get(seq);
    return html`<div class="log-detail">
      <div class="section-heading">
        <h3>Event ${seq}</h3>
        <button class="icon-button" type="button" aria-label="Close the event" title="Close" @click=${this.#close}>
          ${icon("close")}
        </button>
      </div>
      ${
        this.unreadable.has(seq)
          ? this.#failure("It could not be read.", () => ask(this, "read-detail", { seq }))
          : detail === undefined
            ? html`<p class="quiet">Reading…</p>`
            : detail === null
              ? html`<p class="quiet">It is not in the log any more.</p>`
              : html`<pre
                  class="subject"
                  tabindex="0"
                  role="group"
                  aria-label="All of the event"
                ><code>${detail}</code></pre>`
      }
    </div>`;
  }

  #currentRow(): LogRow | undefined {
    return this.rows.find(({ seq }) => seq === this.current) ?? this.rows.at(-1);
  }

  /** Rows that are drawn: those in sight, and some around. */
  #inSight(): { readonly first: number; readonly last: number } {
    const first = Math.max(0, Math.floor(this.#top / ROW_HEIGHT) - ROWS_AROUND);
    const last = Math.ceil((this.#top + this.#height) / ROW_HEIGHT) + ROWS_AROUND;
    return { first, last: Math.min(this.rows.length - 1, last) };
  }

  readonly #onScroll = (): void => {
    const scroller = this.querySelector(".log-scroller");
    if (!scroller || this.rows.length === 0) return;
    this.#isFollowing = scroller.scrollTop + scroller.clientHeight >= scroller.scrollHeight - ROW_HEIGHT;
    this.#look();
  };

  #look(): void {
    const scroller = this.querySelector(".log-scroller");
    this.#height = scroller?.clientHeight ?? 0;
    if (!this.#isFollowing) this.#top = scroller?.scrollTop ?? 0;
    this.requestUpdate();
  }

  #keepPlace(): void {
    const scroller = this.querySelector(".log-scroller");
    // Fractions that zoom leaves are no other place.
    if (scroller && Math.abs(scroller.scrollTop - this.#top) >= 1) scroller.scrollTop = this.#top;
  }

  #readOn(): void {
    const { first, last } = this.#inSight();
    if (last >= this.rows.length - NEAR && !this.isEnd) this.log.readNewer();
    else if (first <= NEAR && !this.isStart) this.log.readOlder();
  }

  #choose(seq: number): void {
    this.current = seq;
    this.chosen = this.chosen === seq ? undefined : seq;
    if (this.chosen !== undefined) ask(this, "read-detail", { seq });
  }

  readonly #tryAgain = (): void => this.log.tryAgain();

  readonly #close = (): void => {
    const seq = this.chosen;
    this.chosen = undefined;
    if (seq !== undefined) this.#focus(this.rows.findIndex((row) => row.seq === seq));
  };

  readonly #onGroup = (event: Event): void => {
    const group = LOG_GROUPS.find(([name]) => name === (event.currentTarget as HTMLSelectElement).value)?.[0] ?? "all";
    this.#filter({ ...this.log.filter, group });
  };

  readonly #onSearch = (event: Event): void => {
    const { value } = event.currentTarget as HTMLElement & { readonly value: string };
    clearTimeout(this.#typing);
    this.#typing = setTimeout(() => this.#filter({ ...this.log.filter, text: value.trim() }), TYPING_MILLISECONDS);
  };

  #filter(filter: LogView["filter"]): void {
    this.#isFollowing = true;
    this.#firstSeq = undefined;
    this.chosen = undefined;
    ask(this, "filter-log", filter);
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    const index = this.rows.findIndex(({ seq }) => seq === this.#currentRow()?.seq);
    const to = {
      ArrowDown: index + 1,
      ArrowUp: index - 1,
      PageDown: index + PAGE_OF_ROWS,
      PageUp: index - PAGE_OF_ROWS,
      Home: 0,
      End: 0,
    }[event.key];
    if (to === undefined || this.rows.length === 0) return;
    event.preventDefault();
    if (event.key === "Home" || event.key === "End") {
      this.#wantedEnd = event.key === "Home" ? "start" : "end";
      this.#isFollowing = event.key === "End";
      this.querySelector<HTMLElement>(".log-scroller")?.focus();
      this.log.goTo(this.#wantedEnd);
      this.requestUpdate();
      return;
    }
    this.#focus(Math.min(this.rows.length - 1, Math.max(0, to)));
  };

  #focus(index: number): void {
    const row = this.rows[index];
    if (!row) return;
    this.current = row.seq;
    this.#isFollowing = index === this.rows.length - 1;
    const top = index * ROW_HEIGHT;
    this.#top = Math.min(top, Math.max(this.#top, top + ROW_HEIGHT - this.#height));
    this.requestUpdate();
    void this.updateComplete.then(() => this.querySelector<HTMLElement>(`[data-seq="${row.seq}"]`)?.focus());
  }
}
