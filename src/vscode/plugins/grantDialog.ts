/** Asks whether a plugin may run, and says in plain words what that means. */
import * as vscode from "vscode";
import { meaningOf, NODE_RUNTIME } from "../../core/plugins/permissions.ts";
import type { GrantReview } from "../../core/plugins/pluginGrants.ts";
import { visibleLine, visibleText } from "../../core/policy/visibleText.ts";
import type { Messages } from "../messages.ts";

/** Lines of a dialog beyond which it no longer fits on a screen. */
const SHOWN_PERMISSIONS = 12;

/** What a person is asked. */
export interface GrantQuestion {
  readonly message: string;
  readonly detail: string;
  readonly grant: string;
  readonly show: string;
}

export function grantQuestion(review: GrantReview, messages: Messages): GrantQuestion {
  const { permissions, added, dropped, isChange } = review;
  const name = visibleLine(review.name);
  const isNode = permissions.includes(NODE_RUNTIME);
  const lines = permissions.map((permission) => {
    const { code, params } = meaningOf(permission);
    const words = visibleLine(messages.wordsOfCode(code, params));
    return isChange && added.includes(permission) ? vscode.l10n.t("New: {0}", words) : words;
  });
  const more = lines.length - SHOWN_PERMISSIONS;
  const detail = [
    permissions.length === 0
      ? vscode.l10n.t("It asks for no permission: it can compute, and give tools to agents.")
      : vscode.l10n.t("It could:"),
    ...lines.slice(0, SHOWN_PERMISSIONS).map((line) => `• ${line}`),
    ...(more > 0 ? [vscode.l10n.t("and {0} more", more)] : []),
    ...(dropped.length > 0 ? [vscode.l10n.t("No longer: {0}", dropped.map(visibleLine).join(", "))] : []),
    "",
    isNode
      ? vscode.l10n.t("Grant this only to code you would run yourself.")
      : vscode.l10n.t("Nothing else: it runs in a sandbox. When its files change, you are asked again."),
  ].join("\n");
  return {
    message: isChange
      ? vscode.l10n.t("The plugin {0} {1} changed since you granted it. Grant it again?", name, review.version)
      : vscode.l10n.t("Let the plugin {0} {1} run?", name, review.version),
    detail,
    grant: isNode ? vscode.l10n.t("Grant My Rights") : vscode.l10n.t("Grant"),
    show: isChange ? vscode.l10n.t("Show Difference") : vscode.l10n.t("Show Code"),
  };
}

/** True when the person granted it; whoever looks at the code first is asked by them again. */
export async function askForGrant(review: GrantReview, messages: Messages): Promise<boolean> {
  const { message, detail, grant, show } = grantQuestion(review, messages);
  const answer = await vscode.window.showWarningMessage(message, { modal: true, detail }, grant, show);
  if (answer === show) {
    const content = visibleText(review.code);
    const document = await vscode.workspace.openTextDocument({ language: "diff", content });
    await vscode.window.showTextDocument(document, { preview: true });
  }
  return answer === grant;
}
