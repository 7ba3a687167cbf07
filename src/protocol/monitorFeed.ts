/**
 * A host's end of the conversation with one monitor UI: snapshots, deltas, back-pressure, and the UI's wishes.
 *
 * It has no timer: the host calls `flush` on its rhythm, and not at all while the UI is hidden.
 */
import type { HostMessage, Refusal } from "./hostMessage.ts";
import type { Decision } from "./monitorModel.ts";
import type { MonitorState } from "./monitorState.ts";
import { uiMessageSchema } from "./uiMessage.ts";
import type { UiMessage } from "./uiMessage.ts";

/** What a person may wish for in the UI. The host tells with `MonitorFeed.refuse` what it did not do. */
export interface MonitorWishes {
  stop(): void;
  answerApproval(approvalId: string, decision: Decision): void;
  answerQuestion(questionId: string, text: string): void;
  /** `path` is one the session's events name as an output; where it lies and whether it may be opened is the host's to judge. */
  openFile(path: string): void;
  openSession(): void;
}

export interface MonitorFeedOptions {
  readonly post: (message: HostMessage) => void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly wishes: MonitorWishes;
  /** Shows what happens and lets nobody interfere. */
  readonly readOnly: boolean;
  /** Told of a message, the UI's or ours, that did not fit the protocol and was ignored. */
  readonly onRejected: (detail: string) => void;
}

/** Characters that may be on their way to the UI; what comes on top waits and is merged. */
const UNACKNOWLEDGED_LIMIT = 1024 * 1024;

export class MonitorFeed {
  readonly #options: MonitorFeedOptions;
  /** Undefined until the host knows; null when there is no such session. */
  #state: MonitorState | null | undefined;
  #isReady = false;
  /** To be brought into view as soon as there is something to see. */
  #agentToReveal: string | undefined;
  #sequence = 0;
  readonly #unacknowledged: { readonly sequence: number; readonly length: number }[] = [];
  #unacknowledgedLength = 0;

  constructor(options: MonitorFeedOptions) {
    this.#options = options;
  }

  /** What to show from now on, also in place of a state that must be rebuilt; null when there is no such session. */
  show(state: MonitorState | null): void {
    this.#state = state;
    if (this.#isReady) this.#postWhole();
  }

  /** Posts what changed since the last time, if the UI listens and keeps up. */
  flush(): void {
    if (!this.#isReady || !this.#state || this.#unacknowledgedLength > UNACKNOWLEDGED_LIMIT) return;
    const changes = this.#state.takeDelta();
    if (changes) this.#postCounted({ type: "delta", sequence: this.#nextSequence(), changes });
  }

  /** Takes anything that came from the UI. */
  receive(raw: unknown): void {
    const parsed = uiMessageSchema.safeParse(raw);
    if (parsed.success) this.#handle(parsed.data);
    else this.#options.onRejected(`from the monitor: ${parsed.error.message}`);
  }

  /** Tells the person why a wish was not fulfilled; `message` is in words and visible. */
  refuse(request: Refusal["request"], message: string, about: Pick<Refusal, "approvalId" | "questionId"> = {}): void {
    if (this.#isReady) this.#options.post({ type: "refused", request, ...about, message });
  }

  /** Brings an agent's card into view, now or when the UI has what to show. */
  revealAgent(agentId: string): void {
    this.#agentToReveal = agentId;
    this.flush();
    if (this.#isReady && this.#state) this.#postReveal();
  }

  #handle(message: UiMessage): void {
    const { wishes, onRejected } = this.#options;
    switch (message.type) {
      case "ready":
      case "resnapshot":
        this.#isReady = true;
        this.#postWhole();
        break;
      case "ack":
        this.#acknowledge(message.sequence);
        break;
      case "rejected":
        onRejected(`by the monitor: ${message.detail}`);
        break;
      case "openFile":
        // A page that was taken over must not open whatever it likes.
        if (this.#state?.hasOutput(message.path)) wishes.openFile(message.path);
        else onRejected("from the monitor: a path that is no output");
        break;
      case "openSession":
        wishes.openSession();
        break;
      case "stop":
      case "answerApproval":
      case "answerQuestion":
        this.#control(message);
        break;
    }
  }

  #control(message: Extract<UiMessage, { type: "stop" | "answerApproval" | "answerQuestion" }>): void {
    const { wishes, readOnly, onRejected } = this.#options;
    if (readOnly) {
      onRejected(`from the monitor: ${message.type}, though it may only watch`);
    } else if (message.type === "stop") {
      if (this.#state?.isRunning) wishes.stop();
    } else if (message.type === "answerApproval") {
      // One answered elsewhere meanwhile is gone from the state, and a delta says so.
      if (this.#state?.hasApproval(message.approvalId)) wishes.answerApproval(message.approvalId, message.decision);
    } else if (this.#state?.hasQuestion(message.questionId)) {
      wishes.answerQuestion(message.questionId, message.text);
    }
  }

  #postWhole(): void {
    this.#unacknowledged.length = 0;
    this.#unacknowledgedLength = 0;
    if (this.#state === undefined) return;
    if (this.#state === null) {
      this.#options.post({ type: "sessionMissing" });
      return;
    }
    const { now, readOnly } = this.#options;
    const content = this.#state.takeSnapshot();
    this.#postCounted({ type: "snapshot", sequence: this.#nextSequence(), hostTime: now(), readOnly, content });
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
    const texts = (message.type === "snapshot" ? message.content.texts : message.changes.texts) ?? [];
    // Records are small and few; text is what a slow UI drowns in.
    const length = texts.reduce((sum, { text }) => sum + text.length, 0);
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
