import * as vscode from "vscode";
import type { OpenQuestions } from "../approvals/openQuestions.ts";
import type { SessionNode } from "./sessionNodes.ts";
import { SESSIONS_VIEW, type SessionsView } from "./sessionsView.ts";

/** Durations are shown in minutes. */
const CLOCK_MILLISECONDS = 30_000;

/** The Sessions view on the screen: sessions are brought into view, and its icon counts the open questions. */
export class SessionsTree implements vscode.Disposable {
  readonly #sessions: SessionsView;
  readonly #tree: vscode.TreeView<SessionNode>;
  readonly #subscription: vscode.Disposable;
  readonly #clock: NodeJS.Timeout;

  constructor(sessions: SessionsView, questions: OpenQuestions) {
    this.#sessions = sessions;
    this.#tree = vscode.window.createTreeView(SESSIONS_VIEW, { treeDataProvider: sessions, showCollapseAll: true });
    this.#clock = setInterval(() => {
      if (this.#tree.visible) sessions.refreshRunning();
    }, CLOCK_MILLISECONDS);
    this.#subscription = vscode.Disposable.from(
      questions.onDidChange(() => this.#count(questions.waiting.length)),
      this.#tree.onDidExpandElement(({ element }) => sessions.noteOpen(element, true)),
      this.#tree.onDidCollapseElement(({ element }) => sessions.noteOpen(element, false)),
    );
  }

  /** Selects and opens a session, or shows the view alone when it is too old to be on its pages. */
  async show(sessionId: string): Promise<void> {
    const node = await this.#sessions.nodeOf(sessionId);
    if (node) await this.#tree.reveal(node, { select: true, focus: true, expand: true });
    else await vscode.commands.executeCommand(`${SESSIONS_VIEW}.focus`);
  }

  dispose(): void {
    clearInterval(this.#clock);
    this.#subscription.dispose();
    this.#tree.dispose();
  }

  #count(questions: number): void {
    const tooltip = questions === 1 ? vscode.l10n.t("1 question") : vscode.l10n.t("{0} questions", questions);
    this.#tree.badge = questions === 0 ? undefined : { value: questions, tooltip };
  }
}
