/** The open questions of a monitored session, and which of them the UI does not know yet. */
import type { EventOf } from "../core/events/event.ts";
import type { QuestionRecord } from "./monitorModel.ts";
import type { MonitorWords } from "./monitorWords.ts";
import { OpenRecords } from "./openRecords.ts";

export interface QuestionChanges {
  readonly questions?: QuestionRecord[];
  readonly closedQuestions?: string[];
}

export class QuestionList {
  readonly #words: MonitorWords;
  readonly #records = new OpenRecords<QuestionRecord>();

  constructor(words: MonitorWords) {
    this.#words = words;
  }

  /** Oldest first. */
  get records(): QuestionRecord[] {
    return this.#records.all;
  }

  has(questionId: string): boolean {
    return this.#records.has(questionId);
  }

  add(event: EventOf<"question_asked">, time: number): void {
    const { questionId, agentId, question, options } = event;
    this.#records.add(questionId, {
      questionId,
      agentId,
      stepId: event.stepId ?? null,
      question: this.#words.visible(question),
      options: options.map((option) => this.#words.visible(option)),
      askedAt: time,
    });
  }

  /** The one that was open, if it was. */
  close(questionId: string): QuestionRecord | undefined {
    return this.#records.close(questionId);
  }

  /** What changed since the last call, or undefined when nothing did. */
  takeChanges(): QuestionChanges | undefined {
    const changes = this.#records.takeChanges();
    return (
      changes && {
        ...(changes.added.length > 0 ? { questions: changes.added } : {}),
        ...(changes.closed.length > 0 ? { closedQuestions: changes.closed } : {}),
      }
    );
  }
}
