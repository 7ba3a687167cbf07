/**
 * One session watched by one monitor UI, for any host: follows its log, whoever writes it, posts what changed on the
 * host's rhythm, and reads its past where the UI wants to see it.
 */
import type { OrchestratorEvent } from "../core/events/event.ts";
import { EventLines } from "./eventLines.ts";
import { readLogPage } from "./logPages.ts";
import { MonitorFeed } from "./monitorFeed.ts";
import type { HostWishes, MonitorFeedOptions } from "./monitorFeed.ts";
import { bringForward, PastMoments } from "./monitorHistory.ts";
import type { ReadEvents, WhichEvents } from "./monitorHistory.ts";
import { MonitorState } from "./monitorState.ts";
import type { MonitorWords } from "./monitorWords.ts";
import type { Refusal, RefusalSubject } from "./hostMessage.ts";
import type { LogRequest } from "./uiMessage.ts";

/** What of the sessions a monitor needs; the engine's SessionManager is one. */
export interface WatchedSessions {
  /** Rejects when there is no such session. */
  getSession(sessionId: string): Promise<{
    readonly goal: string;
    readonly lastSeq: number;
    readonly effectiveStatus: string;
    /** Who works on it; null when nobody does. */
    readonly owner: object | null;
  }>;
  readEvents(sessionId: string, afterSeq: number, which?: WhichEvents): AsyncIterable<OrchestratorEvent>;
  /** Ends when nobody works on the session any more. */
  follow(
    sessionId: string,
    options: { readonly afterSeq?: number; readonly signal?: AbortSignal },
  ): AsyncIterable<OrchestratorEvent>;
}

export interface SessionMonitorOptions extends Omit<MonitorFeedOptions, "wishes"> {
  readonly sessionId: string;
  readonly sessions: WatchedSessions;
  readonly words: MonitorWords;
  /** US dollars the session may cost; null when nothing limits it. */
  readonly limitUsd: number | null;
  /** Says in words that the process that ran the session is gone. */
  readonly ownerGone: () => string;
  /** Calls the listener whenever the session may have gone on or been removed. */
  readonly onDidChange: (listener: () => void) => Disposable;
  readonly setTimer: (milliseconds: number, callback: () => void) => Disposable;
  /** Milliseconds until what changed is posted; undefined while nobody sees it. */
  readonly rhythm: () => number | undefined;
  readonly wishes: HostWishes;
  /** The session's goal is known, for a title. */
  readonly onGoal?: (goal: string) => void;
  /** Does the error say that there is no such session? */
  readonly isUnknown: (error: unknown) => boolean;
  /** The session could not be read, which the UI says, and is tried again. */
  readonly onFailed: (error: unknown) => void;
  /** An error in words. */
  readonly inWords: (error: unknown) => string;
}

export class SessionMonitor implements Disposable {
  readonly #options: SessionMonitorOptions;
  readonly #feed: MonitorFeed;
  readonly #reading = new AbortController();
  readonly #read: ReadEvents;
  readonly #lines: EventLines;
  readonly #past: PastMoments;
  #timer: Disposable | undefined;
  /** When changes were posted last, in milliseconds since the epoch. */
  #flushedAt = 0;
  /** The moment asked for last, while another is being read. */
  #wantedMoment: { readonly time: number | null } | undefined;
  #isMoving = false;
  /** What the UI asked to read of the log: done one after the other, however much it asks for. */
  readonly #questions: Question[] = [];
  #isAnswering = false;

  constructor(options: SessionMonitorOptions) {
    this.#options = options;
    const { sessions, sessionId, words } = options;
    this.#read = (afterSeq, which) => sessions.readEvents(sessionId, afterSeq, which);
    this.#lines = new EventLines(words);
    this.#past = new PastMoments({ createState: () => this.#createState(), read: this.#read });
    this.#feed = new MonitorFeed({
      ...options,
      wishes: {
        ...options.wishes,
        showMoment: (time) => this.#showMoment(time),
        readLog: (requestId, request) => this.#readLog(requestId, request),
        readEvent: (seq) => this.#ask({ request: "readEvent", about: { seq }, read: () => this.#readEvent(seq) }),
      },
    });
  }

  /** Begins to watch. */
  start(): void {
    void this.#follow();
  }

  [Symbol.dispose](): void {
    this.#reading.abort();
    this.#timer?.[Symbol.dispose]();
  }

  /** Takes anything that came from the UI. */
  receive(raw: unknown): void {
    this.#feed.receive(raw);
  }

  revealAgent(agentId: string): void {
    this.#feed.revealAgent(agentId);
  }

  refuse(request: Refusal["request"], message: string, about?: RefusalSubject): void {
    this.#feed.refuse(request, message, about);
  }

  /** Posts on the rhythm what changed: a hidden UI gets nothing, and what changed meanwhile when it is shown again. */
  flushLater(): void {
    const rhythm = this.#options.rhythm();
    if (this.#timer || rhythm === undefined) return;
    // After a pause at once; a clock that was set back must not make it wait.
    const passed = Math.max(0, this.#options.now() - this.#flushedAt);
    this.#timer = this.#options.setTimer(Math.max(0, rhythm - passed), () => {
      this.#timer = undefined;
      if (this.#options.rhythm() === undefined) return;
      this.#flushedAt = this.#options.now();
      this.#feed.flush();
    });
  }

  #createState(): MonitorState {
    const { sessionId, words, limitUsd } = this.#options;
    return new MonitorState(sessionId, words, limitUsd);
  }

  /** Reads the session for as long as it is there; what cannot be read is said and tried again. */
  async #follow(): Promise<void> {
    const { isUnknown, onFailed, inWords } = this.#options;
    const { signal } = this.#reading;
    let wait = FIRST_WAIT_MILLISECONDS;
    while (!signal.aborted) {
      try {
        await this.#readOn(() => {
          wait = FIRST_WAIT_MILLISECONDS;
          this.#feed.tellProblem(null);
        });
      } catch (error) {
        if (signal.aborted) return;
        if (isUnknown(error)) {
          this.#feed.show(null);
          return;
        }
        onFailed(error);
        this.#feed.tellProblem(inWords(error));
        await this.#sleep(wait);
        wait = Math.min(LONGEST_WAIT_MILLISECONDS, wait * 2);
      }
    }
  }

  /** Reads the session and stays with it; starts again when what was read became void. */
  async #readOn(onRead: () => void): Promise<void> {
    const { sessionId, sessions, now, ownerGone, onGoal } = this.#options;
    const { signal } = this.#reading;
    let ended: MonitorState | undefined;
    while (!signal.aborted) {
      onGoal?.((await sessions.getSession(sessionId)).goal);
      const state = ended ?? this.#createState();
      if ((await bringForward(state, this.#read)) === "rebuild") {
        ended = undefined;
        continue;
      }
      if (signal.aborted) return;
      onRead();
      if (state === ended) this.flushLater();
      else this.#feed.show(state);
      ended = undefined;
      if (!(await this.#stayWith(state))) continue;
      const last = await sessions.getSession(sessionId);
      // All of a session that has ended is in the log, so nothing of it becomes void.
      if (!state.isRunning) ended = state;
      // Only a session somebody will take up again goes on; look when the store changes.
      else if (last.effectiveStatus === "interrupted") state.ownerIsGone(now(), ownerGone());
      else if (last.owner === null) state.isKept();
      this.flushLater();
      await this.#waitForMore(last.lastSeq);
    }
  }

  async #sleep(milliseconds: number): Promise<void> {
    const { signal } = this.#reading;
    const over = Promise.withResolvers<void>();
    const end = (): void => over.resolve();
    signal.addEventListener("abort", end, { once: true });
    using _ = this.#options.setTimer(milliseconds, end);
    await over.promise;
    signal.removeEventListener("abort", end);
  }

  /** Applies what comes until nobody works on the session; false when the state must be built anew. */
  async #stayWith(state: MonitorState): Promise<boolean> {
    const { sessionId, sessions } = this.#options;
    const { signal } = this.#reading;
    for await (const event of sessions.follow(sessionId, { afterSeq: state.lastSeq, signal })) {
      if (state.apply(event) === "rebuild") return false;
      this.flushLater();
    }
    return !signal.aborted;
  }

  /** Resolves when the session's log grew again; rejects when the session is gone. */
  async #waitForMore(lastSeq: number): Promise<void> {
    const { sessionId, sessions, onDidChange } = this.#options;
    const { signal } = this.#reading;
    let changed = Promise.withResolvers<void>();
    const wake = (): void => changed.resolve();
    const listening = onDidChange(wake);
    signal.addEventListener("abort", wake, { once: true });
    try {
      // Looks once more after it listens: what came in between woke nobody.
      while (!signal.aborted && (await sessions.getSession(sessionId)).lastSeq === lastSeq) {
        await changed.promise;
        changed = Promise.withResolvers();
      }
    } finally {
      signal.removeEventListener("abort", wake);
      listening[Symbol.dispose]();
    }
  }

  /** Moments asked for while one is being read are skipped, but for the last. */
  #showMoment(time: number | null): void {
    this.#wantedMoment = { time };
    if (!this.#isMoving) void this.#move();
  }

  async #move(): Promise<void> {
    this.#isMoving = true;
    try {
      while (this.#wantedMoment && !this.#reading.signal.aborted) {
        const { time } = this.#wantedMoment;
        this.#wantedMoment = undefined;
        if (time === null) this.#feed.showPresent();
        else this.#feed.showPast(await this.#past.at(time), time);
      }
    } catch (error) {
      this.#feed.showPresent();
      if (!this.#reading.signal.aborted) this.refuse("showMoment", this.#options.inWords(error));
    } finally {
      this.#isMoving = false;
    }
  }

  #readLog(requestId: number, request: LogRequest): void {
    this.#ask({
      request: "readLog",
      read: async () => {
        const until = this.#feed.shownSeq ?? Infinity;
        const page = await readLogPage(request, { read: this.#read, lines: this.#lines, until });
        this.#feed.postLogPage(requestId, page);
      },
    });
  }

  async #readEvent(seq: number): Promise<void> {
    for await (const event of this.#read(seq - 1, { beforeSeq: seq + 1 })) {
      this.#feed.postEventDetail(seq, this.#lines.detail(event));
      return;
    }
    this.#feed.postEventDetail(seq, null);
  }

  #ask(question: Question): void {
    this.#questions.push(question);
    // The UI has moved on from what it asked first.
    const [oldest] = this.#questions;
    if (oldest && this.#questions.length > MOST_QUESTIONS_WAITING) {
      this.#questions.shift();
      this.#options.onRejected("from the monitor: more questions than can be answered");
    }
    if (!this.#isAnswering) void this.#answer();
  }

  async #answer(): Promise<void> {
    const { isUnknown, inWords } = this.#options;
    const { signal } = this.#reading;
    this.#isAnswering = true;
    for (let next = this.#questions.shift(); next && !signal.aborted; next = this.#questions.shift()) {
      try {
        await next.read();
      } catch (error) {
        // A session that is gone is told of by what follows it.
        if (!signal.aborted && !isUnknown(error)) this.refuse(next.request, inWords(error), next.about);
      }
    }
    this.#isAnswering = false;
  }
}

/** Something to be read of the log. */
interface Question {
  readonly request: "readLog" | "readEvent";
  readonly about?: RefusalSubject;
  readonly read: () => Promise<void>;
}

/** Before a session that could not be read is read again; each time twice as long. */
const FIRST_WAIT_MILLISECONDS = 500;
const LONGEST_WAIT_MILLISECONDS = 30_000;
/** The UI asks for the next page when it has the one before, or when it wants another list. */
const MOST_QUESTIONS_WAITING = 8;
