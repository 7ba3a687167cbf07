/** A host of the monitor that plays a scenario: what VS Code's panel does, without a session behind it. */
import type { EventDraft, OrchestratorEvent } from "../../../src/core/events/event.ts";
import type { HostMessage } from "../../../src/protocol/hostMessage.ts";
import { MonitorFeed } from "../../../src/protocol/monitorFeed.ts";
import { MonitorState } from "../../../src/protocol/monitorState.ts";
import { PREVIEW_WORDS } from "./previewWords.ts";
import type { Scenario } from "./scenarios.ts";

/** The rhythm of a panel that is visible but not focused. */
const BEAT_MILLISECONDS = 50;
const PROSE =
  "The next part reads the files one after the other and keeps what matters for the guide. It compares what the code does with what its comments say.\n\n".split(
    /(?<=\s)/,
  );

export class PreviewFeed implements Disposable {
  readonly #scenario: Scenario;
  readonly #state: MonitorState;
  readonly #feed: MonitorFeed;
  readonly #timer: NodeJS.Timeout;
  #seq: number;
  #beats = 0;

  constructor(scenario: Scenario, post: (message: HostMessage) => void) {
    const [first] = scenario.events;
    this.#scenario = scenario;
    this.#state = new MonitorState(first?.sessionId ?? "session_preview", PREVIEW_WORDS);
    for (const event of scenario.events) this.#state.apply(event);
    this.#seq = this.#state.lastSeq;
    this.#feed = new MonitorFeed({
      post,
      now: () => Date.now(),
      readOnly: scenario.readOnly ?? false,
      onRejected: (detail) => process.stderr.write(`rejected ${detail}\n`),
      wishes: {
        stop: () =>
          this.#add({
            type: "workflow_interrupted",
            source: "orchestrator",
            lastCompletedStep: null,
            reason: "Stopped by you.",
            by: "you",
          }),
        answerApproval: (approvalId, decision) => this.#answer(approvalId, decision),
        answerQuestion: (questionId, text) => this.#reply(questionId, text),
        openFile: (path) => this.#feed.refuse("openFile", `The preview opens no files: ${path}`),
        openSession: () => this.#feed.refuse("openSession", "The preview has no list of sessions."),
      },
    });
    if (!scenario.isSilent) this.#feed.show(scenario.isMissing ? null : this.#state);
    this.#timer = setInterval(() => this.#beat(), BEAT_MILLISECONDS);
  }

  receive(message: unknown): void {
    this.#feed.receive(message);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #beat(): void {
    if (this.#state.isRunning) {
      const content = PROSE[this.#beats++ % PROSE.length] ?? "";
      for (const agentId of this.#scenario.agentsThatWrite ?? []) {
        this.#add({ type: "text_chunk", source: agentId, agentId, attempt: 1, content });
      }
    }
    this.#feed.flush();
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
    this.#seq += 1;
    const event: OrchestratorEvent = {
      id: `event_1_${this.#seq}`,
      seq: this.#seq,
      epoch: 1,
      timestamp: new Date().toISOString(),
      sessionId: this.#state.sessionId,
      ...draft,
    };
    this.#state.apply(event);
  }
}
