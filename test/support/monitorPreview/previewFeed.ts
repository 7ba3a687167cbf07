/** A host of the monitor that plays a scenario: what VS Code's panel does, with a session that is in memory. */
import type { EventDraft, OrchestratorEvent } from "../../../src/core/events/event.ts";
import { SystemClock } from "../../../src/core/systemClock.ts";
import type { HostMessage } from "../../../src/protocol/hostMessage.ts";
import type { HostWishes } from "../../../src/protocol/monitorFeed.ts";
import { SessionMonitor } from "../../../src/protocol/sessionMonitor.ts";
import { PREVIEW_WORDS } from "./previewWords.ts";
import type { Scenario } from "./scenarios.ts";
import { NoSuchSession, ScriptedSessions } from "./scriptedSessions.ts";

/** The rhythm of a panel that is visible but not focused. */
const BEAT_MILLISECONDS = 50;
const PROSE =
  "The next part reads the files one after the other and keeps what matters for the guide. It compares what the code does with what its comments say.\n\n".split(
    /(?<=\s)/,
  );

export class PreviewFeed implements Disposable {
  readonly #scenario: Scenario;
  readonly #sessions: ScriptedSessions;
  readonly #monitor: SessionMonitor;
  readonly #timer: NodeJS.Timeout;
  #beats = 0;

  constructor(scenario: Scenario, post: (message: HostMessage) => void) {
    this.#scenario = scenario;
    this.#sessions = new ScriptedSessions(scenario.events, { isMissing: scenario.isMissing ?? false });
    const clock = new SystemClock();
    this.#monitor = new SessionMonitor({
      sessionId: scenario.events[0]?.sessionId ?? "session_preview",
      sessions: this.#sessions,
      words: PREVIEW_WORDS,
      limitUsd: scenario.limitUsd ?? null,
      post,
      now: () => clock.now(),
      setTimer: (milliseconds, callback) => clock.setTimer(milliseconds, callback),
      rhythm: () => BEAT_MILLISECONDS,
      readOnly: scenario.readOnly ?? false,
      onRejected: (detail) => process.stderr.write(`rejected ${detail}\n`),
      ownerGone: () => "The window or terminal that ran it is gone.",
      onDidChange: (listener) => this.#sessions.onDidChange(listener),
      isUnknown: (error) => error instanceof NoSuchSession,
      onFailed: (error) => process.stderr.write(`failed ${String(error)}\n`),
      inWords: String,
      wishes: {
        stop: () =>
          this.#add({
            type: "workflow_interrupted",
            source: "orchestrator",
            lastCompletedStep: null,
            reason: "Stopped by you.",
            by: "you",
          }),
        pause: () => this.#add({ type: "pool_paused", source: "control", by: "you" }),
        continue: () => this.#add({ type: "pool_continued", source: "control", by: "you" }),
        retryStep: (stepId) => this.#monitor.refuse("retryStep", `The preview runs no steps: ${stepId}`),
        answerApproval: (approvalId, decision) => this.#answer(approvalId, decision),
        answerQuestion: (questionId, text) => this.#reply(questionId, text),
        // Who only watches does so in a browser.
        ...(scenario.readOnly ? {} : this.#opening()),
        openLink: (url) => this.#monitor.refuse("openLink", `The preview opens no links: ${url}`),
        openSession: () => this.#monitor.refuse("openSession", "The preview has no list of sessions."),
      },
    });
    if (!scenario.isSilent) this.#monitor.start();
    this.#timer = setInterval(() => this.#beat(), BEAT_MILLISECONDS);
  }

  receive(message: unknown): void {
    const { type } = message as { type?: unknown };
    if (type === "delete the session") this.#sessions.delete();
    else if (type === "break the store") this.#sessions.breakDown(new Error("The session store cannot be read."));
    else if (type === "mend the store") this.#sessions.mend();
    else this.#monitor.receive(message);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#monitor[Symbol.dispose]();
  }

  #opening(): Pick<HostWishes, "openFile" | "openDiff"> {
    return {
      openFile: (path) => this.#monitor.refuse("openFile", `The preview opens no files: ${path}`),
      openDiff: (toolUseId, { path }) =>
        this.#monitor.refuse("openDiff", `The preview compares no files: ${path} of ${toolUseId}`),
    };
  }

  #beat(): void {
    const last = this.#sessions.events.at(-1)?.type;
    if (last === undefined || last === "workflow_interrupted" || last === "workflow_completed") return;
    const content = PROSE[this.#beats++ % PROSE.length] ?? "";
    for (const agentId of this.#scenario.agentsThatWrite ?? []) {
      this.#add({ type: "text_chunk", source: agentId, agentId, attempt: 1, content });
    }
  }

  #answer(approvalId: string, decision: "allow" | "allow_session" | "deny"): void {
    const asked = this.#scenario.events.find(
      (event) => event.type === "approval_requested" && event.approvalId === approvalId,
    );
    const agentId = asked?.source ?? "";
    this.#add({ type: "approval_resolved", source: agentId, agentId, approvalId, decision, by: "you" });
  }

  #reply(questionId: string, answer: string): void {
    const asked = this.#scenario.events.find(
      (event) => event.type === "question_asked" && event.questionId === questionId,
    );
    const agentId = asked?.source ?? "";
    this.#add({ type: "question_answered", source: agentId, agentId, questionId, answer, by: "you" });
  }

  #add(draft: EventDraft): void {
    const seq = (this.#sessions.events.at(-1)?.seq ?? 0) + 1;
    const event: OrchestratorEvent = {
      id: `event_1_${seq}`,
      seq,
      epoch: 1,
      timestamp: new Date().toISOString(),
      sessionId: this.#sessions.events[0]?.sessionId ?? "session_preview",
      ...draft,
    };
    this.#sessions.add(event);
  }
}
