/** Asks whether a plugin may run, and says in plain words what that means. */
import * as vscode from "vscode";
import { meaningOf, NODE_RUNTIME } from "../../core/plugins/permissions.ts";
import type { GrantReview } from "../../core/plugins/pluginGrants.ts";
import { visibleLine, visibleText } from "../../core/policy/visibleText.ts";
import type { Messages } from "../messages.ts";

/** What a person is asked. */
export interface GrantQuestion {
  readonly message: string;
  readonly detail: string;
  readonly grant: string;
  readonly show: string;
  /** The rights of the user are never what Enter gives. */
  readonly isDangerous: boolean;
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
  const detail = [
    permissions.length === 0
      ? vscode.l10n.t("It asks for no permission: it can compute, and give tools to agents.")
      : vscode.l10n.t("It could:"),
    // Every one of them: there are only as many as fit.
    ...lines.map((line) => `• ${line}`),
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
    isDangerous: isNode,
    show: isChange ? vscode.l10n.t("Show Difference") : vscode.l10n.t("Show Code"),
  };
}

export const PLUGIN_CODE_SCHEME = "ai-orchestrator-plugin";

/** The code a person is asked about, as read-only documents. */
export class GrantDialog implements vscode.TextDocumentContentProvider {
  readonly #messages: Messages;
  readonly #codes = new Map<string, string>();

  constructor(messages: Messages) {
    this.#messages = messages;
  }

  provideTextDocumentContent({ path }: vscode.Uri): string {
    return this.#codes.get(path) ?? "";
  }

  /** True when the person granted it. Who wants to see the code first gets it, and asks again by the same command. */
  async ask(review: GrantReview): Promise<boolean> {
    const { message, detail, grant, show, isDangerous } = grantQuestion(review, this.#messages);
    const buttons = isDangerous ? [show, grant] : [grant, show];
    const answer = await vscode.window.showWarningMessage(message, { modal: true, detail }, ...buttons);
    if (answer === show) {
      const path = `/${review.hash.slice(0, 12)}/${review.name} ${review.version}.diff`;
      this.#codes.set(path, visibleText(review.code));
      const document = await vscode.workspace.openTextDocument(vscode.Uri.from({ scheme: PLUGIN_CODE_SCHEME, path }));
      await vscode.window.showTextDocument(document, { preview: true });
    }
    return answer === grant;
  }
}
