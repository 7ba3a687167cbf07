/**
 * The UI's end of the conversation with its host: checks what arrives, keeps the view of the session, has it
 * drawn at most once a frame, and acknowledges what was drawn.
 */
import { hostMessageSchema } from "../src/protocol/hostMessage.ts";
import type { HostMessage } from "../src/protocol/hostMessage.ts";
import type { Decision, LogFilter, Moment, Span } from "../src/protocol/monitorModel.ts";
import { LONGEST_DETAIL } from "../src/protocol/uiMessage.ts";
import type { UiMessage } from "../src/protocol/uiMessage.ts";
import type { HostConnection } from "./hostConnection.ts";
import { LogView } from "./logView.ts";
import type { Page } from "./page.ts";
import { SessionView } from "./sessionView.ts";

/** What is drawn. */
export interface MonitorView {
  readonly phase: "loading" | "missing" | "session";
  readonly session: SessionView | undefined;
  readonly readOnly: boolean;
  readonly canRetry: boolean;
  readonly opensFiles: boolean;
  /** The person asked for a stop, and the session has not ended yet. */
  readonly isStopping: boolean;
  /** Answers that were given and not carried out yet, by approval. */
  readonly answers: ReadonlyMap<string, Decision>;
  /** Questions whose answer was given and is not carried out yet. */
  readonly replied: ReadonlySet<string>;
  /** The moment of the past that is shown; null for the present. */
  readonly moment: Moment | null;
  /** From when to when the session goes. */
  readonly span: Span | null;
  /** The moment the person wants to see, until it is there; null for the present. */
  readonly wantedMoment: number | null | undefined;
  readonly log: LogView;
  /** What was asked to be seen in full, by `seq`; null when it is not there. */
  readonly details: ReadonlyMap<number, string | null>;
  /** What was asked to be seen in full and could not be read. */
  readonly unreadable: ReadonlySet<number>;
  /** Why the host cannot read the session at the moment. */
  readonly readProblem: string | null;
  /** Why the newest wish was not fulfilled. */
  readonly refusal: string | undefined;
  /** Agent to bring into view, once. */
  readonly reveal: string | undefined;
  /** Add to the page's clock to get the host's, in milliseconds. */
  readonly clockOffset: number;
}

/** Wishes that need no more than to be said. */
export type SimpleWish = Extract<
  UiMessage,
  { type: "pause" | "continue" | "retryStep" | "openFile" | "openDiff" | "openLink" | "openSession" }
>;

/** Events that were asked to be seen in full are kept for when they are looked at again. */
const MOST_DETAILS = 20;
/** A host that sends one bad message may send thousands; the first few tell what is wrong. */
const REPORTED_REJECTIONS = 5;

export class MonitorClient {
  readonly #connection: HostConnection;
  readonly #page: Page;
  readonly #draw: (view: MonitorView) => void;
  #view: MonitorView = {
    phase: "loading",
    session: undefined,
    readOnly: false,
    canRetry: false,
    opensFiles: false,
    isStopping: false,
    answers: new Map(),
    replied: new Set(),
    moment: null,
    span: null,
    wantedMoment: undefined,
    log: new LogView(
      (message) => this.#connection.post(message),
      () => this.#change({}),
      (milliseconds, callback) => this.#page.setTimer(milliseconds, callback),
    ),
    details: new Map(),
    unreadable: new Set(),
    readProblem: null,
    refusal: undefined,
    reveal: undefined,
    clockOffset: 0,
  };
  /** Of the newest snapshot or delta that was applied. */
  #sequence = 0;
  #acknowledged = 0;
  #isWaitingForSnapshot = true;
  #isFrameRequested = false;
  #rejections = 0;
  #sentMoment: number | null | undefined;

  /** @param draw shows the view; called at most once a frame, and not while the page is hidden */
  constructor(connection: HostConnection, page: Page, draw: (view: MonitorView) => void) {
    this.#connection = connection;
    this.#page = page;
    this.#draw = draw;
  }

  start(): void {
    this.#connection.listen((message) => this.#receive(message));
    this.#page.onVisibilityChange(() => this.#requestFrame());
    this.#requestFrame();
    this.#connection.post({ type: "ready" });
  }

  stop(): void {
    this.#change({ isStopping: true, refusal: undefined });
    this.#connection.post({ type: "stop" });
  }

  answerApproval(approvalId: string, decision: Decision): void {
    if (this.#view.answers.has(approvalId)) return;
    this.#change({ answers: new Map(this.#view.answers).set(approvalId, decision), refusal: undefined });
    this.#connection.post({ type: "answerApproval", approvalId, decision });
  }

  answerQuestion(questionId: string, text: string): void {
    if (this.#view.replied.has(questionId)) return;
    this.#change({ replied: new Set(this.#view.replied).add(questionId), refusal: undefined });
    this.#connection.post({ type: "answerQuestion", questionId, text });
  }

  wish(message: SimpleWish): void {
    this.#change({ refusal: undefined });
    this.#connection.post(message);
  }

  /** @param time milliseconds since the epoch; null for the present */
  showMoment(time: number | null): void {
    if (this.#view.wantedMoment !== undefined) {
      // The host is still on its way to the one before; it is told of the last one when it gets there.
      this.#change({ wantedMoment: time });
      return;
    }
    // What is there already has no answer.
    if (time === this.#shownMoment) return;
    this.#change({ wantedMoment: time });
    this.#connection.post({ type: "showMoment", time });
    this.#sentMoment = time;
  }

  filterLog(filter: LogFilter): void {
    this.#view.log.setFilter(filter);
  }

  readDetail(seq: number): void {
    if (this.#view.details.has(seq)) return;
    this.#change({ unreadable: new Set() });
    this.#connection.post({ type: "readEvent", seq });
  }

  dismissRefusal(): void {
    this.#change({ refusal: undefined });
  }

  #receive(raw: unknown): void {
    const parsed = hostMessageSchema.safeParse(raw);
    if (parsed.success) {
      this.#handle(parsed.data);
      return;
    }
    this.#reject(parsed.error.message);
    // What was in it is lost, so what is shown may be wrong.
    this.#askForSnapshot();
  }

  #handle(message: HostMessage): void {
    switch (message.type) {
      case "snapshot":
        this.#sequence = message.sequence;
        // A new host counts from the beginning.
        this.#acknowledged = 0;
        this.#isWaitingForSnapshot = false;
        this.#connection.remember({ sessionId: message.content.header.sessionId });
        this.#change({
          phase: "session",
          session: new SessionView(message.content),
          readOnly: message.readOnly,
          canRetry: message.canRetry,
          opensFiles: message.opensFiles,
          moment: message.moment,
          span: message.span,
          clockOffset: message.hostTime - this.#page.now(),
        });
        this.#view.log.setNewest(message.content.lastSeq);
        this.#view.log.restart();
        this.#settleMoment({ isWhole: true });
        this.#settleWishes();
        break;
      case "delta":
        if (this.#isWaitingForSnapshot || !this.#view.session) return;
        if (message.sequence !== this.#sequence + 1) {
          this.#askForSnapshot();
          return;
        }
        this.#sequence = message.sequence;
        this.#view.session.apply(message.changes);
        this.#view.log.setNewest(this.#view.session.lastSeq);
        this.#change({
          ...(message.moment ? { moment: message.moment } : {}),
          ...(message.span ? { span: message.span } : {}),
        });
        this.#settleMoment({ isWhole: false });
        this.#settleWishes();
        break;
      case "sessionMissing":
        this.#isWaitingForSnapshot = true;
        this.#change({
          ...{ phase: "missing", session: undefined, moment: null, wantedMoment: undefined },
          readProblem: null,
        });
        break;
      case "readProblem":
        this.#change({ readProblem: message.message });
        break;
      case "refused": {
        const answers = new Map(this.#view.answers);
        if (message.approvalId !== undefined) answers.delete(message.approvalId);
        const replied = new Set(this.#view.replied);
        if (message.questionId !== undefined) replied.delete(message.questionId);
        const isStopping = this.#view.isStopping && message.request !== "stop";
        this.#change({ answers, replied, isStopping, refusal: message.message });
        if (message.request === "showMoment") this.#change({ wantedMoment: undefined });
        if (message.request === "readLog") this.#view.log.giveUp();
        if (message.request === "readEvent" && message.seq !== undefined)
          this.#change({ unreadable: new Set([message.seq]) });
        break;
      }
      case "logPage":
        this.#view.log.take(message);
        break;
      case "eventDetail": {
        const details = [...this.#view.details, [message.seq, message.detail] as const];
        this.#change({ details: new Map(details.slice(-MOST_DETAILS)) });
        break;
      }
      case "revealAgent":
        this.#change({ reveal: message.agentId });
        break;
    }
  }

  get #shownMoment(): number | null {
    return this.#view.moment?.time ?? null;
  }

  /**
   * The moment that was asked for is there; goes on to the one that was wanted meanwhile.
   *
   * @param isWhole the host began anew and may be another one, which knows of no wish; telling it twice does no harm
   */
  #settleMoment({ isWhole }: { readonly isWhole: boolean }): void {
    const { wantedMoment } = this.#view;
    if (wantedMoment === undefined || (!isWhole && this.#shownMoment !== this.#sentMoment)) return;
    this.#change({ wantedMoment: undefined });
    this.showMoment(wantedMoment);
  }

  /** Forgets wishes that came true. */
  #settleWishes(): void {
    const { session, isStopping, answers, replied } = this.#view;
    if (!session) return;
    const open = new Set(session.approvals.map(({ approvalId }) => approvalId));
    if ([...answers.keys()].some((id) => !open.has(id))) {
      this.#change({ answers: new Map([...answers].filter(([id]) => open.has(id))) });
    }
    const asked = new Set(session.questions.map(({ questionId }) => questionId));
    if ([...replied].some((id) => !asked.has(id))) {
      this.#change({ replied: new Set([...replied].filter((id) => asked.has(id))) });
    }
    if (isStopping && session.header.endedAt !== null) this.#change({ isStopping: false });
  }

  #askForSnapshot(): void {
    if (this.#isWaitingForSnapshot) return;
    this.#isWaitingForSnapshot = true;
    this.#connection.post({ type: "resnapshot" });
  }

  #reject(detail: string): void {
    this.#rejections += 1;
    if (this.#rejections > REPORTED_REJECTIONS) return;
    this.#connection.post({ type: "rejected", detail: detail.slice(0, LONGEST_DETAIL).toWellFormed() });
  }

  #change(change: Partial<MonitorView>): void {
    this.#view = { ...this.#view, ...change };
    this.#requestFrame();
  }

  /** While the page is hidden nothing is drawn nor acknowledged, so that the host falls silent. */
  #requestFrame(): void {
    if (this.#isFrameRequested || this.#page.isHidden) return;
    this.#isFrameRequested = true;
    this.#page.requestFrame(() => {
      this.#isFrameRequested = false;
      this.#draw(this.#view);
      if (this.#view.reveal !== undefined) this.#view = { ...this.#view, reveal: undefined };
      if (this.#acknowledged === this.#sequence) return;
      this.#acknowledged = this.#sequence;
      this.#connection.post({ type: "ack", sequence: this.#sequence });
    });
  }
}
