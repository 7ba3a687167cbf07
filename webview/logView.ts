/**
 * The list of events as far as the UI holds it: a window of rows that pages come into at one end and leave at the
 * other, so that memory is bounded however long the log is.
 */
import type { HostMessage } from "../src/protocol/hostMessage.ts";
import type { LogFilter, LogRow } from "../src/protocol/monitorModel.ts";
import type { UiMessage } from "../src/protocol/uiMessage.ts";
import { MOST_LOG_ROWS } from "../src/protocol/uiMessage.ts";
import type { Page } from "./page.ts";

/** Rows that are held. */
export const MOST_ROWS = 2_000;
/** While agents write, the log grows in every frame, mostly by text that has no row. */
const GROWTH_MILLISECONDS = 300;

type Direction = "after" | "before";
type LogPage = Extract<HostMessage, { type: "logPage" }>;

export const EVERYTHING: LogFilter = { group: "all", text: "" };

export class LogView {
  readonly #ask: (message: Extract<UiMessage, { type: "readLog" }>) => void;
  readonly #changed: () => void;
  readonly #setTimer: Page["setTimer"];
  #filter: LogFilter = EVERYTHING;
  #rows: readonly LogRow[] = [];
  /** Everything with `seq` between these two has been looked at; both exclusive. */
  #from = 0;
  #to = 0;
  #isStart = false;
  #isEnd = false;
  #isBegun = false;
  #newestSeq = 0;
  #requestId = 0;
  #asked: Direction | undefined;
  /** What could not be read. */
  #failed: Direction | undefined;
  /** Until it is asked what is new. */
  #growing: Disposable | undefined;

  /** @param changed the rows, or what is known about their ends, are others than before */
  constructor(
    ask: (message: Extract<UiMessage, { type: "readLog" }>) => void,
    changed: () => void,
    setTimer: Page["setTimer"],
  ) {
    this.#ask = ask;
    this.#changed = changed;
    this.#setTimer = setTimer;
  }

  get rows(): readonly LogRow[] {
    return this.#rows;
  }

  get filter(): LogFilter {
    return this.#filter;
  }

  /** There is nothing older. */
  get isStart(): boolean {
    return this.#isStart;
  }

  /** There is nothing newer. */
  get isEnd(): boolean {
    return this.#isEnd;
  }

  get isReading(): boolean {
    return this.#asked !== undefined;
  }

  /** The newest question could not be answered; nothing is asked until `tryAgain`. */
  get hasFailed(): boolean {
    return this.#failed !== undefined;
  }

  tryAgain(): void {
    const direction = this.#failed;
    this.#failed = undefined;
    if (direction !== undefined) this.#read(direction);
  }

  /** What is shown ends at this `seq`. */
  setNewest(seq: number): void {
    if (seq === this.#newestSeq) return;
    this.#newestSeq = seq;
    this.#lookForGrowth();
  }

  setFilter(filter: LogFilter): void {
    this.#filter = filter;
    this.#forget();
    this.begin();
  }

  /** Shows another moment, or another host answers from now on. */
  restart(): void {
    const wasBegun = this.#isBegun;
    this.#forget();
    if (wasBegun) this.begin();
  }

  /** Reads the newest rows, if nothing was read yet. */
  begin(): void {
    if (this.#isBegun || this.#newestSeq === 0) return;
    this.#isBegun = true;
    this.#from = this.#newestSeq + 1;
    this.#to = this.#newestSeq + 1;
    this.#isEnd = true;
    this.#read("before");
  }

  /** Goes to an end of the log, wherever the rows that are held are. */
  goTo(end: "start" | "end"): void {
    if (end === "start" ? this.#isStart : this.#isEnd) return;
    this.#forget();
    if (end === "end") {
      this.begin();
      return;
    }
    this.#isBegun = true;
    this.#isStart = true;
    this.#from = 1;
    this.#to = 1;
    this.#read("after");
  }

  readOlder(): void {
    if (this.#isBegun) this.#read("before");
  }

  readNewer(): void {
    if (this.#isBegun) this.#read("after");
  }

  /** Takes the answer; one to a question that counts no more is ignored. */
  take(page: LogPage): void {
    if (page.requestId !== this.#requestId || this.#asked === undefined) return;
    const direction = this.#asked;
    this.#asked = undefined;
    if (direction === "before") {
      this.#rows = [...page.rows, ...this.#rows];
      this.#from = page.reached;
      this.#isStart = page.isEnd;
    } else {
      this.#rows = [...this.#rows, ...page.rows];
      this.#to = page.reached + 1;
      this.#isEnd = page.isEnd;
      this.#lookForGrowth();
    }
    this.#trim(direction);
    this.#changed();
    // A search that found little goes on by itself until there is something to see.
    if (page.rows.length === 0) this.#read(direction);
  }

  /** The question that was asked could not be answered. */
  giveUp(): void {
    if (this.#asked === undefined) return;
    this.#failed = this.#asked;
    this.#asked = undefined;
    this.#changed();
  }

  /** There may be more at the end after a while, if it has grown. */
  #lookForGrowth(): void {
    if (!this.#isBegun || !this.#isEnd || this.#growing || this.#newestSeq < this.#to) return;
    this.#growing = this.#setTimer(GROWTH_MILLISECONDS, () => {
      this.#growing = undefined;
      this.#isEnd = false;
      this.#changed();
    });
  }

  #read(direction: Direction): void {
    if (this.#asked !== undefined || this.hasFailed || (direction === "before" ? this.#isStart : this.#isEnd)) return;
    this.#asked = direction;
    this.#requestId += 1;
    this.#ask({
      type: "readLog",
      requestId: this.#requestId,
      filter: this.#filter,
      direction,
      seq: direction === "before" ? this.#from : this.#to - 1,
      limit: MOST_LOG_ROWS,
    });
    this.#changed();
  }

  /** Rows at the end that is not looked at go; they can be read again. */
  #trim(grownAt: Direction): void {
    if (this.#rows.length <= MOST_ROWS) return;
    if (grownAt === "before") {
      this.#rows = this.#rows.slice(0, MOST_ROWS);
      this.#to = (this.#rows.at(-1)?.seq ?? 0) + 1;
      this.#isEnd = false;
    } else {
      this.#rows = this.#rows.slice(-MOST_ROWS);
      this.#from = this.#rows[0]?.seq ?? 0;
      this.#isStart = false;
    }
  }

  #forget(): void {
    this.#rows = [];
    this.#isStart = false;
    this.#isEnd = false;
    this.#isBegun = false;
    this.#asked = undefined;
    this.#failed = undefined;
    this.#growing?.[Symbol.dispose]();
    this.#growing = undefined;
    // An answer that is still under way is no answer any more.
    this.#requestId += 1;
    this.#changed();
  }
}
