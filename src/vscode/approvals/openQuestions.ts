/** Everything that waits for the person in this window: approvals and questions, for those who only count it. */
import * as vscode from "vscode";
import type { ApprovalInbox } from "./approvalInbox.ts";
import type { QuestionInbox } from "./questionInbox.ts";

export class OpenQuestions implements vscode.Disposable {
  readonly #approvals: ApprovalInbox;
  readonly #questions: QuestionInbox;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #subscription: vscode.Disposable;

  readonly onDidChange = this.#changed.event;

  constructor(approvals: ApprovalInbox, questions: QuestionInbox) {
    this.#approvals = approvals;
    this.#questions = questions;
    const fire = (): void => this.#changed.fire();
    this.#subscription = vscode.Disposable.from(approvals.onDidChange(fire), questions.onDidChange(fire));
  }

  get waiting(): readonly { readonly sessionId: string; readonly agentId: string }[] {
    return [...this.#approvals.waiting, ...this.#questions.waiting];
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#changed.dispose();
  }
}
