import * as vscode from "vscode";
import { snapshotFileOf, type ChangeMark } from "./snapshotUri.ts";

/** The letter and colour of a changed file, as source control shows them. */
export class ChangeDecorations implements vscode.FileDecorationProvider {
  provideFileDecoration(uri: vscode.Uri): vscode.FileDecoration | undefined {
    const mark = snapshotFileOf(uri)?.mark;
    if (mark === undefined) return undefined;
    const [letter, words, color] = LOOKS[mark]();
    return new vscode.FileDecoration(letter, words, new vscode.ThemeColor(color));
  }
}

const LOOKS: Readonly<Record<ChangeMark, () => [letter: string, words: string, color: string]>> = {
  created: () => ["A", vscode.l10n.t("Created"), "gitDecoration.addedResourceForeground"],
  modified: () => ["M", vscode.l10n.t("Modified"), "gitDecoration.modifiedResourceForeground"],
  deleted: () => ["D", vscode.l10n.t("Deleted"), "gitDecoration.deletedResourceForeground"],
  leftOut: () => ["–", vscode.l10n.t("Not in the snapshot"), "gitDecoration.ignoredResourceForeground"],
};
