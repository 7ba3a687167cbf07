/** A host of the monitor under load: a session in memory that grows as fast as it is told to. */
import type { EventDraft, OrchestratorEvent } from "../../../src/core/events/event.ts";
import { SystemClock } from "../../../src/core/systemClock.ts";
import type { HostMessage } from "../../../src/protocol/hostMessage.ts";
import { SessionMonitor } from "../../../src/protocol/sessionMonitor.ts";
import type { OpenFeed, PreviewHost } from "../monitorPreview/previewServer.ts";
import { PREVIEW_WORDS } from "../monitorPreview/previewWords.ts";
import { NoSuchSession, ScriptedSessions } from "../monitorPreview/scriptedSessions.ts";

const SESSION = "session_load";

/** What a panel in VS Code does that somebody looks at. */
const FOCUSED_MILLISECONDS = 16;

export class LoadFeed implements PreviewHost {
  readonly #sessions: ScriptedSessions;
  readonly #monitor: SessionMonitor;
  #seq = 0;
  /** Messages that were posted, and their size as JSON. */
  posted = 0;
  /** Nobody sees the page. */
  isHidden = false;

  constructor(first: readonly EventDraft[], post: (message: HostMessage) => void, time: number) {
    const clock = new SystemClock();
    this.#sessions = new ScriptedSessions(first.map((draft) => this.#event(draft, time)));
    const nothing = (): void => {};
    this.#monitor = new SessionMonitor({
      sessionId: SESSION,
      sessions: this.#sessions,
      words: PREVIEW_WORDS,
      limitUsd: 5,
      post: (message) => {
        this.posted += 1;
        post(message);
      },
      now: () => clock.now(),
      setTimer: (milliseconds, callback) => clock.setTimer(milliseconds, callback),
      rhythm: () => (this.isHidden ? undefined : FOCUSED_MILLISECONDS),
      readOnly: false,
      onRejected: (detail) => process.stderr.write(`rejected ${detail}\n`),
      ownerGone: () => "gone",
      onDidChange: (listener) => this.#sessions.onDidChange(listener),
      isUnknown: (error) => error instanceof NoSuchSession,
      onFailed: (error) => process.stderr.write(`failed ${String(error)}\n`),
      inWords: String,
      wishes: {
        ...{ stop: nothing, pause: nothing, continue: nothing, retryStep: nothing },
        ...{ answerApproval: nothing, answerQuestion: nothing },
        ...{ openFile: nothing, openDiff: nothing, openLink: nothing, openSession: nothing },
      },
    });
    this.#monitor.start();
  }

  receive(message: unknown): void {
    this.#monitor.receive(message);
  }

  /** Adds events of the same moment. */
  add(drafts: readonly EventDraft[], time: number): void {
    this.#sessions.add(...drafts.map((draft) => this.#event(draft, time)));
  }

  /** The page is seen, or not any more. */
  setHidden(isHidden: boolean): void {
    this.isHidden = isHidden;
    this.#monitor.flushLater();
  }

  [Symbol.dispose](): void {
    this.#monitor[Symbol.dispose]();
  }

  #event(draft: EventDraft, time: number): OrchestratorEvent {
    this.#seq += 1;
    const place = { id: `event_${this.#seq}`, seq: this.#seq, epoch: 1, sessionId: SESSION };
    return { ...place, timestamp: new Date(time).toISOString(), ...draft };
  }
}

/** A feed for the preview server, and the host behind it once a page has opened it. */
export function createLoadFeed(
  first: readonly EventDraft[],
  time?: number,
): { open: OpenFeed; host: Promise<LoadFeed> } {
  const { promise, resolve } = Promise.withResolvers<LoadFeed>();
  const open: OpenFeed = (post) => {
    const feed = new LoadFeed(first, post, time ?? Date.now());
    resolve(feed);
    return feed;
  };
  return { open, host: promise };
}
