/** Shows each question as a notification; modal for protected paths, whose answer must be deliberate. */
import * as vscode from "vscode";
import { visibleLine } from "../../core/policy/visibleText.ts";
import type { ApprovalRequest } from "../../core/ports.ts";
import type { ApprovalInbox } from "./approvalInbox.ts";

export function showApprovalNotifications(
  inbox: ApprovalInbox,
  openMonitor: (sessionId: string) => void,
): vscode.Disposable {
  return inbox.onDidAsk((request) => void ask(inbox, request, openMonitor));
}

async function ask(
  inbox: ApprovalInbox,
  request: ApprovalRequest,
  openMonitor: (sessionId: string) => void,
): Promise<void> {
  const once = vscode.l10n.t("Allow Once");
  const session = vscode.l10n.t("Allow for Session");
  const deny = vscode.l10n.t("Deny");
  const show = vscode.l10n.t("Open Monitor");
  const message = describe(request);
  const modal = request.severity === "protected";
  const choice = modal
    ? await vscode.window.showWarningMessage(message.title, { modal: true, detail: message.detail }, once, deny)
    : await vscode.window.showInformationMessage(`${message.title} ${message.detail}`, once, session, deny, show);
  if (choice === once) inbox.answer(request.approvalId, { decision: "allow", by: "user" });
  else if (choice === session) inbox.answer(request.approvalId, { decision: "allow_session", by: "user" });
  else if (choice === deny || (modal && choice === undefined))
    inbox.answer(request.approvalId, { decision: "deny", by: "user" });
  else if (choice === show) openMonitor(request.sessionId);
  // A notification that was closed leaves the question open in the monitor.
}

/** The exact command or path, and where untrusted content came from; never the model's words for it. */
function describe(request: ApprovalRequest): { title: string; detail: string } {
  const title = vscode.l10n.t("{0} wants to use {1}:", request.agentId, request.tool);
  const subject = visibleLine(request.subject);
  const taint =
    request.taint.length > 0
      ? ` ${vscode.l10n.t("Its context holds untrusted content from: {0}.", request.taint.map(visibleLine).join(", "))}`
      : "";
  return { title, detail: `${subject}.${taint}` };
}
