/**
 * A host's end of the conversation with one monitor UI: snapshots, deltas, back-pressure, and the UI's wishes.
 *
 * It has no timer: the host calls `flush` on its rhythm, and not at all while the UI is hidden.
 */
import type { Effect } from "../core/events/event.ts";
import type { HostMessage, LogPage, MonitorChanges, MonitorContent, Refusal, RefusalSubject } from "./hostMessage.ts";
import type { Decision, Moment, Span } from "./monitorModel.ts";
import type { MonitorState } from "./monitorState.ts";
import { uiMessageSchema } from "./uiMessage.ts";
import type { LogRequest, UiMessage } from "./uiMessage.ts";

/** What a person may wish for in the UI. The host tells with `MonitorFeed.refuse` what it did not do. */
export interface HostWishes {
  stop(): void;
  pause(): void;
  continue(): void;
  /** Run a step of a session that nobody runs again from its beginning, and what depends on it. Not every host can. */
  retryStep?(stepId: string): void;
  answerApproval(approvalId: string, decision: Decision): void;
  answerQuestion(questionId: string, text: string): void;
  /** Not every host can open files. `path` is one the session's events name as an output; where it lies and whether it may be opened is the host's to judge. */
  openFile?(path: string): void;
  /** Show what a tool call did to a file: content by hash before and after, where there was and is one. */
  openDiff?(toolUseId: string, effect: Effect): void;
  /** A link of foreign text, `http`, `https` or `mailto`, which the person has seen. */
  openLink(url: string): void;
  openSession(): void;
}

/** Wishes about the session's past, which are the same for every host. */
export interface HistoryWishes {
  /** Milliseconds since the epoch; null for the present. */
  showMoment(time: number | null): void;
  readLog(requestId: number, request: LogRequest): void;
  readEvent(seq: number): void;
}

export interface MonitorFeedOptions {
  readonly post: (message: HostMessage) => void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly wishes: HostWishes & HistoryWishes;
  /** Shows what happens and lets nobody interfere. */
  readonly readOnly: boolean;
  /** Told of a message, the UI's or ours, that did not fit the protocol and was ignored. */
  readonly onRejected: (detail: string) => void;
}

/** What a message, and a record in it, count for beside its text: about what they are as JSON. */
const MESSAGE_LENGTH = 100;
const RECORD_LENGTH = 400;
/** Characters that may be on their way to the UI; what comes on top waits and is merged. */
const UNACKNOWLEDGED_LIMIT = 1024 * 1024;

type ControlMessage = Extract<
  UiMessage,
  { type: "stop" | "pause" | "continue" | "retryStep" | "answerApproval" | "answerQuestion" }
>;

export class MonitorFeed {
  readonly #options: MonitorFeedOptions;
  /** The present. Undefined until the host knows; null when there is no such session. */
  #state: MonitorState | null | undefined;
  #past: { readonly state: MonitorState; readonly time: number } | undefined;
  #postedMoment: Moment | null = null;
  #postedSpan: Span | null = null;
  #isReady = false;
  /** Why the session cannot be read. */
  #problem: string | null = null;
  /** To be brought into view as soon as there is something to see. */
  #agentToReveal: string | undefined;
  #sequence = 0;
  readonly #unacknowledged: { readonly sequence: number; readonly length: number }[] = [];
  #unacknowledgedLength = 0;

  constructor(options: MonitorFeedOptions) {
    this.#options = options;
  }

  /** `seq` of the newest event that is part of what is shown; undefined while nothing is. */
  get shownSeq(): number | undefined {
    return this.#shown?.lastSeq;
  }

  /** The present from now on, also in place of a state that must be rebuilt; null when there is no such session. */
  show(state: MonitorState | null): void {
    this.#state = state;
    if (state === null) this.#past = undefined;
    if (this.#isReady && !this.#past) this.#postWhole();
  }

  /** Shows the session as it was at `time`; a state that is shown already has gone forward. */
  showPast(state: MonitorState, time: number): void {
    const goesForward = this.#past?.state === state;
    this.#past = { state, time };
    if (goesForward) this.flush();
    else if (this.#isReady) this.#postWhole();
  }

  showPresent(): void {
    if (!this.#past) return;
    this.#past = undefined;
    if (this.#isReady) this.#postWhole();
  }

  /** Tells why the session cannot be read, in words, until it can: null. */
  tellProblem(message: string | null): void {
    if (message === this.#problem) return;
    this.#problem = message;
    if (this.#isReady) this.#options.post({ type: "readProblem", message });
  }

  /** Posts what changed since the last time, if the UI listens and keeps up. */
  flush(): void {
    const state = this.#shown;
    if (!this.#isReady || !state || this.#unacknowledgedLength > UNACKNOWLEDGED_LIMIT) return;
    const changes = state.takeDelta();
    const moment = this.#moment;
    const span = this.#state?.span ?? null;
    const isOtherMoment = moment !== null && !isSame(moment, this.#postedMoment);
    const isOtherSpan = span !== null && !isSame(span, this.#postedSpan);
    if (!changes && !isOtherMoment && !isOtherSpan) return;
    this.#postedMoment = moment;
    this.#postedSpan = span;
    this.#postCounted({
      type: "delta",
      sequence: this.#nextSequence(),
      ...(isOtherMoment ? { moment } : {}),
      ...(isOtherSpan ? { span } : {}),
      changes: changes ?? { lastSeq: state.lastSeq },
    });
  }

  /** Takes anything that came from the UI. */
  receive(raw: unknown): void {
    const parsed = uiMessageSchema.safeParse(raw);
    if (parsed.success) this.#handle(parsed.data);
    else this.#options.onRejected(`from the monitor: ${parsed.error.message}`);
  }

  /** Tells the person why a wish was not fulfilled; `message` is in words and visible. */
  refuse(request: Refusal["request"], message: string, about: RefusalSubject = {}): void {
    if (this.#isReady) this.#options.post({ type: "refused", request, ...about, message });
  }

  /** Answers `readLog`. */
  postLogPage(requestId: number, page: LogPage): void {
    if (this.#isReady) this.#options.post({ type: "logPage", requestId, ...page });
  }

  /** Answers `readEvent`. */
  postEventDetail(seq: number, detail: string | null): void {
    if (this.#isReady) this.#options.post({ type: "eventDetail", seq, detail });
  }

  /** Brings an agent's card into view, now or when the UI has what to show. */
  revealAgent(agentId: string): void {
    this.#agentToReveal = agentId;
    this.flush();
    if (this.#isReady && this.#state) this.#postReveal();
  }

  get #shown(): MonitorState | null | undefined {
    return this.#past?.state ?? this.#state;
  }

  get #moment(): Moment | null {
    return this.#past ? { time: this.#past.time, openQuestions: this.#state?.openQuestions ?? 0 } : null;
  }

  #handle(message: UiMessage): void {
    const { wishes, onRejected } = this.#options;
    switch (message.type) {
      case "ready":
      case "resnapshot":
        this.#isReady = true;
        this.#postWhole();
        if (this.#problem !== null) this.#options.post({ type: "readProblem", message: this.#problem });
        break;
      case "ack":
        this.#acknowledge(message.sequence);
        break;
      case "rejected":
        onRejected(`by the monitor: ${message.detail}`);
        break;
      case "openFile":
        // A page that was taken over must not open whatever it likes.
        if (this.#shown?.hasOutput(message.path)) wishes.openFile?.(message.path);
        else onRejected("from the monitor: a path that is no output");
        break;
      case "openDiff":
        this.#openDiff(message);
        break;
      case "openLink":
        wishes.openLink(message.url);
        break;
      case "openSession":
        wishes.openSession();
        break;
      case "showMoment":
        wishes.showMoment(message.time);
        break;
      case "readLog":
        wishes.readLog(message.requestId, message);
        break;
      case "readEvent":
        wishes.readEvent(message.seq);
        break;
      default:
        this.#control(message);
    }
  }

  #openDiff({ sessionId, toolUseId, path }: Extract<UiMessage, { type: "openDiff" }>): void {
    const { wishes, onRejected } = this.#options;
    const shown = this.#shown;
    const effect = shown?.sessionId === sessionId ? shown.effectOf(toolUseId, path) : undefined;
    if (effect) wishes.openDiff?.(toolUseId, effect);
    else onRejected("from the monitor: a change no tool call made");
  }

  #control(message: ControlMessage): void {
    const { wishes, readOnly, onRejected } = this.#options;
    const state = this.#state;
    if (readOnly) {
      onRejected(`from the monitor: ${message.type}, though it may only watch`);
      return;
    }
    // What does not fit any more was settled elsewhere meanwhile, and a delta says so.
    switch (message.type) {
      case "stop":
      case "pause":
      case "continue":
        if (state?.isRunning) wishes[message.type]();
        break;
      case "retryStep":
        if (state?.canRetry(message.stepId)) wishes.retryStep?.(message.stepId);
        break;
      case "answerApproval":
        if (state?.hasApproval(message.approvalId)) wishes.answerApproval(message.approvalId, message.decision);
        break;
      case "answerQuestion":
        if (state?.hasQuestion(message.questionId)) wishes.answerQuestion(message.questionId, message.text);
        break;
    }
  }

  #postWhole(): void {
    this.#unacknowledged.length = 0;
    this.#unacknowledgedLength = 0;
    if (this.#state === undefined) return;
    const state = this.#shown;
    if (!state) {
      this.#options.post({ type: "sessionMissing" });
      return;
    }
    const { now, readOnly, wishes } = this.#options;
    this.#postedMoment = this.#moment;
    this.#postedSpan = this.#state?.span ?? null;
    this.#postCounted({
      type: "snapshot",
      sequence: this.#nextSequence(),
      hostTime: now(),
      readOnly,
      canRetry: !readOnly && wishes.retryStep !== undefined,
      opensFiles: wishes.openFile !== undefined,
      moment: this.#postedMoment,
      span: this.#postedSpan,
      content: state.takeSnapshot(),
    });
    this.#postReveal();
  }

  #postReveal(): void {
    if (this.#agentToReveal === undefined) return;
    this.#options.post({ type: "revealAgent", agentId: this.#agentToReveal });
    this.#agentToReveal = undefined;
  }

  #nextSequence(): number {
    this.#sequence += 1;
    return this.#sequence;
  }

  #postCounted(message: Extract<HostMessage, { type: "snapshot" | "delta" }>): void {
    const length = lengthOf(message.type === "snapshot" ? message.content : message.changes);
    this.#unacknowledged.push({ sequence: message.sequence, length });
    this.#unacknowledgedLength += length;
    this.#options.post(message);
  }

  #acknowledge(sequence: number): void {
    const wasBlocked = this.#unacknowledgedLength > UNACKNOWLEDGED_LIMIT;
    while ((this.#unacknowledged[0]?.sequence ?? Infinity) <= sequence) {
      this.#unacknowledgedLength -= this.#unacknowledged.shift()?.length ?? 0;
    }
    if (wasBlocked) this.flush();
  }
}

/** Text is most of what a slow UI drowns in, and thousands of records are text enough. */
function lengthOf({ texts, steps, agents, approvals, questions, calls, charts }: MonitorContent | MonitorChanges) {
  const records = [steps, agents, approvals, questions, calls, charts?.points];
  const count = records.reduce((sum, some) => sum + (some?.length ?? 0), 0);
  const written = texts?.reduce((sum, { text }) => sum + text.length, 0) ?? 0;
  return MESSAGE_LENGTH + count * RECORD_LENGTH + written;
}

function isSame(left: object, right: object | null): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}
