/** Questions of this window's agents that only a person can answer, from a notification or the monitor. */
import * as vscode from "vscode";
import type { QuestionAnswer, Questioner, QuestionRequest } from "../../core/ports.ts";

interface Waiting {
  readonly request: QuestionRequest;
  readonly answer: (answer: QuestionAnswer) => void;
}

export class QuestionInbox implements Questioner, vscode.Disposable {
  readonly #waiting = new Map<string, Waiting>();
  readonly #asked = new vscode.EventEmitter<QuestionRequest>();
  readonly #changed = new vscode.EventEmitter<void>();

  /** Fires for every new question. */
  readonly onDidAsk = this.#asked.event;
  /** Fires when a question came, was answered or is not needed any more. */
  readonly onDidChange = this.#changed.event;

  /** Oldest first. */
  get waiting(): readonly QuestionRequest[] {
    return [...this.#waiting.values()].map(({ request }) => request);
  }

  isWaiting(questionId: string): boolean {
    return this.#waiting.has(questionId);
  }

  async ask(request: QuestionRequest, signal: AbortSignal): Promise<QuestionAnswer> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<QuestionAnswer>();
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    this.#waiting.set(request.questionId, { request, answer: resolve });
    this.#changed.fire();
    this.#asked.fire(request);
    try {
      return await promise;
    } finally {
      signal.removeEventListener("abort", onAbort);
      this.#waiting.delete(request.questionId);
      this.#changed.fire();
    }
  }

  /** Answers a question. Returns false when it is not waiting any more: the first answer counts. */
  answer(questionId: string, answer: string): boolean {
    const waiting = this.#waiting.get(questionId);
    waiting?.answer({ answer, by: "user" });
    return waiting !== undefined;
  }

  dispose(): void {
    this.#asked.dispose();
    this.#changed.dispose();
  }
}
