/** A session that a monitor watches, for tests of what the monitor tells. */
import type { OrchestratorEvent } from "../../../src/core/events/event.ts";
import type { HostMessage } from "../../../src/protocol/hostMessage.ts";
import type { LogFilter } from "../../../src/protocol/monitorModel.ts";
import { MonitorState } from "../../../src/protocol/monitorState.ts";
import { SessionMonitor } from "../../../src/protocol/sessionMonitor.ts";
import { SessionView } from "../../../webview/sessionView.ts";
import { FakeClock } from "../../support/fakeClock.ts";
import { PREVIEW_WORDS } from "../../support/monitorPreview/previewWords.ts";
import { NoSuchSession, ScriptedSessions } from "../../support/monitorPreview/scriptedSessions.ts";
import { SessionScript } from "../../support/monitorPreview/sessionScript.ts";

export const NOW = Date.UTC(2026, 0, 1);
const BEAT = 16;
export const WRITER = "writer_1";

/** A session, its monitor, and a UI that believes what it is told. */
export class Watched implements Disposable {
  readonly clock = new FakeClock();
  readonly posted: HostMessage[] = [];
  readonly rejected: string[] = [];
  readonly failures: unknown[] = [];
  readonly monitor: SessionMonitor;
  readonly sessions: ScriptedSessions;
  isHidden = false;
  view: SessionView | undefined;
  #waiting: (() => void)[] = [];

  constructor(events: readonly OrchestratorEvent[]) {
    this.sessions = new ScriptedSessions(events);
    this.monitor = new SessionMonitor({
      sessionId: "session_preview",
      sessions: this.sessions,
      words: PREVIEW_WORDS,
      limitUsd: 5,
      post: (message) => this.#take(structuredClone(message)),
      now: () => NOW,
      setTimer: (milliseconds, callback) => this.clock.setTimer(milliseconds, callback),
      rhythm: () => (this.isHidden ? undefined : BEAT),
      readOnly: false,
      onRejected: (detail) => this.rejected.push(detail),
      ownerGone: () => "The owner is gone.",
      onDidChange: (listener) => this.sessions.onDidChange(listener),
      isUnknown: (error) => error instanceof NoSuchSession,
      onFailed: (error) => this.failures.push(error),
      inWords: String,
      wishes: {
        stop: () => {},
        pause: () => {},
        continue: () => {},
        retryStep: () => {},
        answerApproval: () => {},
        answerQuestion: () => {},
        openFile: () => {},
        openDiff: () => {},
        openLink: () => {},
        openSession: () => {},
      },
    });
    this.monitor.start();
    this.monitor.receive({ type: "ready" });
  }

  [Symbol.dispose](): void {
    this.monitor[Symbol.dispose]();
  }

  /** Resolves when what was posted fits; the clock goes on as long as it does not. */
  async until(fits: () => boolean): Promise<void> {
    while (!fits()) {
      const next = Promise.withResolvers<void>();
      this.#waiting.push(next.resolve);
      setImmediate(next.resolve);
      await next.promise;
      await this.clock.advance(BEAT);
    }
  }

  /** The answer to a question about the list of events. */
  async rows(filter: Partial<LogFilter>, from: { after: number } | { before: number }, limit = 50) {
    const requestId = this.posted.length + 1;
    const [direction, seq] = "after" in from ? (["after", from.after] as const) : (["before", from.before] as const);
    const whole = { group: "all", text: "", ...filter };
    this.monitor.receive({ type: "readLog", requestId, filter: whole, direction, seq, limit });
    const isAnswer = (message: HostMessage) => message.type === "logPage" && message.requestId === requestId;
    await this.until(() => this.posted.some(isAnswer));
    return this.posted.find(isAnswer) as Extract<HostMessage, { type: "logPage" }>;
  }

  last<Type extends HostMessage["type"]>(type: Type): Extract<HostMessage, { type: Type }> | undefined {
    return this.posted.findLast((message) => message.type === type) as Extract<HostMessage, { type: Type }> | undefined;
  }

  textOf(agentId: string): string {
    return this.view?.textOf(agentId).toString() ?? "";
  }

  #take(message: HostMessage): void {
    this.posted.push(message);
    if (message.type === "snapshot") this.view = new SessionView(message.content);
    if (message.type === "delta") this.view?.apply(message.changes);
    for (const wake of this.#waiting.splice(0)) wake();
  }
}

/** Two agents; each has written two turns and is in the middle of a third. */
export function atWork(): SessionScript {
  const session = new SessionScript({ start: NOW });
  session.create({});
  session.plans();
  session.starts("requests", WRITER);
  session.starts("build", "builder_1");
  for (const turn of ["One. ", "Two. "]) {
    session.script.after(10);
    session.turns(WRITER, `${turn}Written.`);
    session.called(WRITER, `call_${turn.trim()}`, "read", { file_path: "a.md" });
    session.turns("builder_1", `${turn}Built.`);
  }
  session.script.after(10);
  session.writes(WRITER, "Thr");
  session.writes("builder_1", "Unfinished");
  session.writes(WRITER, "ee.");
  return session;
}

export function foldOf(events: readonly OrchestratorEvent[]) {
  const state = new MonitorState("session_preview", PREVIEW_WORDS, 5);
  for (const event of events) state.apply(event);
  return state.takeSnapshot();
}
