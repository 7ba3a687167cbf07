/**
 * One page that shows a session: the monitor's conversation over a stream of events, which goes on where it stopped
 * when the connection broke.
 */
import { isOrchestratorError, messageOf } from "../core/errors.ts";
import { onDidChange } from "../core/onDidChange.ts";
import type { Clock, Logger } from "../core/ports.ts";
import type { CommandKind } from "../core/store/sessionStore.ts";
import { FEED_EVENT, type Attention } from "../protocol/dashboardMessage.ts";
import type { Refusal } from "../protocol/hostMessage.ts";
import { SessionMonitor } from "../protocol/sessionMonitor.ts";
import type { DashboardEngine, DashboardWords } from "./dashboardEngine.ts";
import type { EventStream } from "./eventStream.ts";
import { Outbox } from "./outbox.ts";

export interface PageFeedOptions {
  /** Unguessable. */
  readonly feedId: string;
  readonly sessionId: string;
  readonly engine: DashboardEngine;
  readonly words: DashboardWords;
  readonly clock: Clock;
  readonly logger: Logger;
  /** May the person stop, answer and steer from here? */
  readonly control: boolean;
  /** Nobody has come back for a while. */
  readonly onAbandoned: () => void;
}

const RHYTHMS: Readonly<Record<Attention, number | undefined>> = { focused: 16, visible: 50, hidden: undefined };
/** How long a page that is gone, or asleep, may take to come back to where it was. */
const GRACE_MILLISECONDS = 60_000;
/** More than the monitor has under way unacknowledged, with what JSON adds. */
const OUTBOX_CHARACTERS = 4 * 1024 * 1024;
const ORIGIN = "dashboard";

export class PageFeed implements Disposable {
  readonly #options: PageFeedOptions;
  readonly #monitor: SessionMonitor;
  readonly #outbox = new Outbox(OUTBOX_CHARACTERS);
  #stream: EventStream | undefined;
  #attention: Attention = "visible";
  #leaving: Disposable | undefined;

  constructor(options: PageFeedOptions) {
    this.#options = options;
    this.#monitor = this.#createMonitor();
    this.#monitor.start();
  }

  get sessionId(): string {
    return this.#options.sessionId;
  }

  /**
   * Sends to this stream from now on, in place of the one before.
   *
   * @param received number of the last message the page has; undefined for a page that begins
   */
  attach(stream: EventStream, received?: number): void {
    this.#stream?.[Symbol.dispose]();
    this.#stream = stream;
    this.#leaving?.[Symbol.dispose]();
    this.#leaving = undefined;
    const missed = received === undefined ? [] : this.#outbox.after(received);
    const { feedId, control } = this.#options;
    stream.send(JSON.stringify({ feedId, control }), {
      event: FEED_EVENT,
      id: `${feedId}.${received ?? this.#outbox.last}`,
    });
    for (const { number, data } of missed ?? []) stream.send(data, { id: `${feedId}.${number}` });
    // What it missed is not there any more: it is shown everything anew.
    if (missed === undefined) this.#monitor.receive({ type: "resnapshot" });
    stream.onRoom(() => this.#monitor.flushLater());
    stream.onClose(() => this.#detach(stream));
    this.#monitor.flushLater();
  }

  /** Takes what the page says. */
  receive(attention: Attention, messages: readonly unknown[]): void {
    this.#attention = attention;
    for (const message of messages) this.#monitor.receive(message);
    this.#monitor.flushLater();
  }

  [Symbol.dispose](): void {
    this.#leaving?.[Symbol.dispose]();
    this.#monitor[Symbol.dispose]();
    this.#stream?.[Symbol.dispose]();
    this.#stream = undefined;
  }

  #detach(stream: EventStream): void {
    if (this.#stream !== stream) return;
    this.#stream = undefined;
    this.#leaving = this.#options.clock.setTimer(GRACE_MILLISECONDS, () => this.#options.onAbandoned());
  }

  /** Nothing is sent that nobody sees, or faster than it is taken. */
  #rhythm(): number | undefined {
    return this.#stream && !this.#stream.isFull ? RHYTHMS[this.#attention] : undefined;
  }

  #createMonitor(): SessionMonitor {
    const { sessionId, engine, words, clock, logger, control } = this.#options;
    return new SessionMonitor({
      sessionId,
      sessions: engine.sessions,
      words,
      limitUsd: null,
      post: (message) => {
        const { number, data } = this.#outbox.add(JSON.stringify(message));
        this.#stream?.send(data, { id: `${this.#options.feedId}.${number}` });
      },
      now: () => clock.now(),
      setTimer: (milliseconds, callback) => clock.setTimer(milliseconds, callback),
      rhythm: () => this.#rhythm(),
      readOnly: !control,
      onRejected: (detail) => logger.warn(`a message did not fit the monitor's protocol: ${detail}`),
      ownerGone: () => words.message("session.ownerGone", {}),
      onDidChange: (listener) => onDidChange(engine, listener),
      isUnknown: (error) =>
        isOrchestratorError(error) && (error.code === "session.unknown" || error.code === "session.invalidId"),
      onFailed: (error) => logger.warn("the dashboard cannot read a session", { sessionId, error: messageOf(error) }),
      inWords: (error) => words.thrown(error),
      wishes: {
        stop: () => void this.#send("stop", "stop"),
        pause: () => void this.#send("pause", "pause"),
        continue: () => void this.#send("continue", "continue"),
        answerApproval: (approvalId, decision) => void this.#send("answerApproval", decision, { approvalId }),
        answerQuestion: (questionId, text) => void this.#send("answerQuestion", "answer", { questionId }, { text }),
        // The page does these itself.
        openLink: () => {},
        openSession: () => {},
      },
    });
  }

  /** Brings a command to whoever runs the session, and the reason back when it was not carried out. */
  async #send(
    request: Refusal["request"],
    kind: CommandKind,
    about: Pick<Refusal, "approvalId" | "questionId"> = {},
    payload: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    const { sessionId, engine, words } = this.#options;
    try {
      const { refusal } = await engine.control.send(sessionId, kind, { ...about, ...payload }, ORIGIN);
      if (refusal) this.#monitor.refuse(request, words.message(refusal.code, plainParams(refusal.params)), about);
    } catch (error) {
      this.#monitor.refuse(request, words.thrown(error), about);
    }
  }
}

function plainParams(params: Readonly<Record<string, string | number | boolean>>): Record<string, string | number> {
  return Object.fromEntries(
    Object.entries(params).map(([name, value]) => [name, typeof value === "boolean" ? String(value) : value]),
  );
}
