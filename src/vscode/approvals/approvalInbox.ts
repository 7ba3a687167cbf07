/** Questions of this window's agents that wait for a person, answerable from a notification or the monitor. */
import * as vscode from "vscode";
import type { ApprovalAnswer, ApprovalRequest, Approver } from "../../core/ports.ts";

interface Waiting {
  readonly request: ApprovalRequest;
  readonly answer: (answer: ApprovalAnswer) => void;
}

export class ApprovalInbox implements Approver, vscode.Disposable {
  readonly #waiting = new Map<string, Waiting>();
  readonly #asked = new vscode.EventEmitter<ApprovalRequest>();
  readonly #changed = new vscode.EventEmitter<void>();

  /** Fires for every new question. */
  readonly onDidAsk = this.#asked.event;
  /** Fires when a question came or was answered. */
  readonly onDidChange = this.#changed.event;

  get waiting(): readonly ApprovalRequest[] {
    return [...this.#waiting.values()].map(({ request }) => request);
  }

  isWaiting(approvalId: string): boolean {
    return this.#waiting.has(approvalId);
  }

  async request(request: ApprovalRequest, signal: AbortSignal): Promise<ApprovalAnswer> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<ApprovalAnswer>();
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    this.#waiting.set(request.approvalId, { request, answer: resolve });
    this.#changed.fire();
    this.#asked.fire(request);
    try {
      return await promise;
    } finally {
      signal.removeEventListener("abort", onAbort);
      this.#waiting.delete(request.approvalId);
      this.#changed.fire();
    }
  }

  /** Answers a question. Returns false when it is not waiting any more: the first answer counts. */
  answer(approvalId: string, answer: ApprovalAnswer): boolean {
    const waiting = this.#waiting.get(approvalId);
    waiting?.answer(answer);
    return waiting !== undefined;
  }

  dispose(): void {
    this.#asked.dispose();
    this.#changed.dispose();
  }
}
