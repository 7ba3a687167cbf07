/** Shows each question as a notification; modal for protected paths, whose answer must be deliberate. */
import * as vscode from "vscode";
import { notCoveredMessage } from "../../core/events/notCovered.ts";
import { visibleLine, visibleText } from "../../core/policy/visibleText.ts";
import type { ApprovalAnswer, ApprovalRequest } from "../../core/ports.ts";
import type { Messages } from "../messages.ts";
import { isShownExactly, withoutLinks } from "../notificationText.ts";
import type { ApprovalInbox } from "./approvalInbox.ts";

export interface ApprovalNotificationsOptions {
  readonly inbox: ApprovalInbox;
  readonly messages: Messages;
  readonly openMonitor: (sessionId: string, agentId: string) => void;
}

/** What a button stands for; a question that is only closed stays open in the monitor. */
type Choice = ApprovalAnswer["decision"] | "show";

export function showApprovalNotifications(options: ApprovalNotificationsOptions): vscode.Disposable {
  return options.inbox.onDidAsk((request) => void ask(request, options));
}

async function ask(
  request: ApprovalRequest,
  { inbox, messages, openMonitor }: ApprovalNotificationsOptions,
): Promise<void> {
  const choice =
    request.severity === "protected" ? await askInDialog(request, messages) : await notify(request, messages);
  if (choice === undefined) return;
  if (choice === "show") openMonitor(request.sessionId, request.agentId);
  else if (!inbox.answer(request.approvalId, { decision: choice, by: "user" }))
    void vscode.window.showInformationMessage(
      vscode.l10n.t("This question has been answered already, or its run has ended."),
    );
}

/** Exactly the path, and why it is asked for. */
async function askInDialog(request: ApprovalRequest, messages: Messages): Promise<Choice | undefined> {
  const { agentId, tool, subject, reason } = request;
  const path = visibleLine(subject);
  const detail = [
    path,
    messages.wordsOfCode(reason, { tool, path, sources: "" }),
    ...notCoveredOf(request, messages),
    ...taintOf(request),
  ].join("\n\n");
  const allow = { title: vscode.l10n.t("Allow Once") };
  // VS Code adds no third button where one stands for closing the dialog.
  const deny = { title: vscode.l10n.t("Deny"), isCloseAffordance: true };
  const choice = await vscode.window.showWarningMessage(
    vscode.l10n.t("{0} asks to use {1} on a protected path.", agentId, tool),
    { modal: true, detail },
    allow,
    deny,
  );
  return choice === allow ? "allow" : "deny";
}

async function notify(request: ApprovalRequest, messages: Messages): Promise<Choice | undefined> {
  const subject = visibleText(request.subject);
  // Nobody may say yes to what is not seen whole.
  const shown = isShownExactly(subject);
  const buttons: { title: string; choice: Choice }[] = [
    ...(shown ? [{ title: vscode.l10n.t("Allow Once"), choice: "allow" as const }] : []),
    ...(shown && request.severity === "normal"
      ? [{ title: vscode.l10n.t("Allow for Session"), choice: "allow_session" as const }]
      : []),
    { title: vscode.l10n.t("Deny"), choice: "deny" },
    { title: shown ? vscode.l10n.t("Open Monitor") : vscode.l10n.t("Read in Monitor"), choice: "show" },
  ];
  const care = [...taintOf(request), ...notCoveredOf(request, messages)].map(withoutLinks);
  const words = [...care, shown ? wishOf(request, subject) : longWishOf(request)];
  const picked = await vscode.window.showInformationMessage(words.join(" "), ...buttons);
  return picked?.choice;
}

/** The command or path comes last and nothing after it, so that no full stop is taken for a part of it. */
function wishOf({ agentId, tool }: ApprovalRequest, subject: string): string {
  return tool === "bash"
    ? vscode.l10n.t("{0} asks to run: {1}", agentId, subject)
    : vscode.l10n.t("{0} asks to use {1}: {2}", agentId, tool, subject);
}

function longWishOf({ agentId, tool, subject }: ApprovalRequest): string {
  const lines = subject.split("\n").length;
  return lines > 1
    ? vscode.l10n.t("{0} asks to use {1} with {2} lines, which are shown in the monitor.", agentId, tool, lines)
    : vscode.l10n.t("{0} asks to use {1} with a text that is shown whole in the monitor.", agentId, tool);
}

/** Short, so that it never pushes what is asked for out of the notification. */
const SOURCES_CHARACTERS = 200;

function notCoveredOf({ notCovered }: ApprovalRequest, messages: Messages): string[] {
  if (!notCovered) return [];
  const { code, params } = notCoveredMessage(notCovered);
  return [visibleLine(messages.wordsOfCode(code, params))];
}

function taintOf({ agentId, taint }: ApprovalRequest): string[] {
  if (taint.length === 0) return [];
  const all = taint.map(visibleLine).join(", ");
  const sources = all.length > SOURCES_CHARACTERS ? `${all.slice(0, SOURCES_CHARACTERS)}…` : all;
  return [vscode.l10n.t("{0} has read content from outside, which may try to steer it: {1}.", agentId, sources)];
}
