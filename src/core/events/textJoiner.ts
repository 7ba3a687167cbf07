import type { EventDraft } from "./event.ts";
import type { LogClock } from "./sessionLog.ts";

/** The kinds that carry text for eyes. */
export type TextDraft = Extract<EventDraft, { type: "text_chunk" | "thinking_chunk" | "tool_output" }>;

interface OpenText {
  readonly draft: TextDraft;
  readonly parts: string[];
  length: number;
}

/** A chunk of this many characters is passed on at once. */
const FULL_LENGTH = 16 * 1024;

/** Joins neighbouring chunks of one agent and kind for a few milliseconds, before they become events. */
export class TextJoiner implements Disposable {
  readonly #open = new Map<string, OpenText>();
  readonly #clock: LogClock;
  readonly #delay: number;
  readonly #pass: (draft: TextDraft) => void;
  #timer: Disposable | undefined;

  constructor(clock: LogClock, delayMilliseconds: number, pass: (draft: TextDraft) => void) {
    this.#clock = clock;
    this.#delay = delayMilliseconds;
    this.#pass = pass;
  }

  add(draft: TextDraft): void {
    const open = this.#open.get(draft.agentId);
    if (open && belongsTogether(open.draft, draft)) {
      open.parts.push(draft.content);
      open.length += draft.content.length;
      if (open.length >= FULL_LENGTH) this.#flushAgent(draft.agentId, open);
      return;
    }
    // Another kind of text of the same agent: what came before goes first.
    if (open) this.#flushAgent(draft.agentId, open);
    this.#open.set(draft.agentId, { draft, parts: [draft.content], length: draft.content.length });
    this.#timer ??= this.#clock.setTimer(this.#delay, () => {
      this.#timer = undefined;
      this.flush();
    });
  }

  /** Passes on everything held back, in the order in which the agents began. */
  flush(): void {
    for (const [agentId, open] of [...this.#open]) this.#flushAgent(agentId, open);
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
  }

  [Symbol.dispose](): void {
    this.#open.clear();
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
  }

  #flushAgent(agentId: string, open: OpenText): void {
    this.#open.delete(agentId);
    this.#pass(open.parts.length === 1 ? open.draft : { ...open.draft, content: open.parts.join("") });
  }
}

function belongsTogether(left: TextDraft, right: TextDraft): boolean {
  return (
    left.type === right.type &&
    left.attempt === right.attempt &&
    left.stepId === right.stepId &&
    left.batchId === right.batchId &&
    (left.type !== "tool_output" || (right.type === "tool_output" && left.toolUseId === right.toolUseId))
  );
}
