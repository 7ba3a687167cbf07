/** Shows each question of an agent as a notification, answerable with a button or in own words. */
import * as vscode from "vscode";
import { visibleLine, visibleText } from "../../core/policy/visibleText.ts";
import type { QuestionRequest } from "../../core/ports.ts";
import { LONGEST_ANSWER } from "../../protocol/answerLength.ts";
import { isShownExactly, withoutLinks } from "../notificationText.ts";
import type { QuestionInbox } from "./questionInbox.ts";

export interface QuestionNotificationsOptions {
  readonly inbox: QuestionInbox;
  readonly openMonitor: (sessionId: string, agentId: string) => void;
}

/** More buttons than these, and longer ones, push the question out of the notification. */
const MOST_BUTTONS = 3;
const LONGEST_BUTTON = 40;

/** What a button stands for; a question that is only closed stays open in the monitor. */
type Choice = { readonly answer: string } | "write" | "show";

export function showQuestionNotifications(options: QuestionNotificationsOptions): vscode.Disposable {
  return options.inbox.onDidAsk((request) => void ask(request, options));
}

async function ask(request: QuestionRequest, { inbox, openMonitor }: QuestionNotificationsOptions): Promise<void> {
  const choice = await notify(request);
  if (choice === undefined) return;
  if (choice === "show") {
    openMonitor(request.sessionId, request.agentId);
    return;
  }
  if (inbox.isWaiting(request.questionId)) {
    const answer = choice === "write" ? await chooseOrWrite(request, inbox) : choice.answer;
    if (answer === undefined || inbox.answer(request.questionId, answer)) return;
  }
  void vscode.window.showInformationMessage(
    vscode.l10n.t("This question has been answered already, or its run has ended."),
  );
}

async function notify({ agentId, question, options }: QuestionRequest): Promise<Choice | undefined> {
  const words = visibleText(question);
  if (!isShownExactly(words)) {
    const read = vscode.l10n.t("Read in Monitor");
    const asks = vscode.l10n.t("{0} asks you a question, which is shown whole in the monitor.", agentId);
    return (await vscode.window.showInformationMessage(asks, read)) === read ? "show" : undefined;
  }
  const buttons: { title: string; choice: Choice }[] = [
    ...options
      .map(visibleLine)
      .filter(fitsButton)
      .slice(0, MOST_BUTTONS)
      .map((answer) => ({ title: answer, choice: { answer } })),
    { title: vscode.l10n.t("Answer…"), choice: "write" },
    { title: vscode.l10n.t("Open Monitor"), choice: "show" },
  ];
  const picked = await vscode.window.showInformationMessage(
    vscode.l10n.t("{0} asks you: {1}", agentId, words),
    ...buttons,
  );
  return picked?.choice;
}

/** VS Code takes `&&` in a button for a mark of the key that presses it, and shows it not. */
function fitsButton(option: string): boolean {
  return option.length <= LONGEST_BUTTON && !option.includes("&&");
}

/** Undefined when the person closed it; it closes itself when no answer is needed any more. */
async function chooseOrWrite(
  { questionId, agentId, question, options }: QuestionRequest,
  inbox: QuestionInbox,
): Promise<string | undefined> {
  using withdrawn = new Withdrawal(inbox, questionId);
  const title = vscode.l10n.t("{0} asks you", agentId);
  const line = visibleLine(question);
  if (options.length > 0) {
    const other = { label: vscode.l10n.t("Another answer…"), answer: undefined, alwaysShow: true };
    const items = options.map((option) => ({ label: withoutIcons(visibleLine(option)), answer: visibleLine(option) }));
    const picked = await vscode.window.showQuickPick(
      [...items, other],
      { title, placeHolder: line, ignoreFocusOut: true },
      withdrawn.token,
    );
    if (picked?.answer !== undefined || picked === undefined) return picked?.answer;
  }
  const written = await vscode.window.showInputBox(
    {
      title,
      prompt: withoutLinks(line),
      placeHolder: vscode.l10n.t("Your answer"),
      ignoreFocusOut: true,
      validateInput: (text) =>
        text.length > LONGEST_ANSWER
          ? vscode.l10n.t("An answer has at most {0} characters.", LONGEST_ANSWER)
          : undefined,
    },
    withdrawn.token,
  );
  return written?.trim() || undefined;
}

/** A list takes `$(name)` for an icon. */
function withoutIcons(text: string): string {
  return text.replaceAll("$(", "\\$(");
}

/** Cancels what is open for a question when it is answered elsewhere or its run ends. */
class Withdrawal implements Disposable {
  readonly #source = new vscode.CancellationTokenSource();
  readonly #subscription: vscode.Disposable;

  constructor(inbox: QuestionInbox, questionId: string) {
    this.#subscription = inbox.onDidChange(() => {
      if (!inbox.isWaiting(questionId)) this.#source.cancel();
    });
  }

  get token(): vscode.CancellationToken {
    return this.#source.token;
  }

  [Symbol.dispose](): void {
    this.#subscription.dispose();
    this.#source.dispose();
  }
}
