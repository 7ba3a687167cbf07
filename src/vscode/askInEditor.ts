/** Lets a person write something long in an editor of its own. */
import * as vscode from "vscode";

export interface EditorQuestion {
  /** Of the editor, such as `markdown`. */
  readonly language: string;
  readonly content: string;
  /** What to do, beside the editor. */
  readonly words: string;
  readonly button: string;
  /** Undefined where the text will do. */
  readonly problemOf: (text: string) => string | undefined;
}

/** The text, or undefined when the person cancels; the editor stays with it then. */
export async function askInEditor(question: EditorQuestion): Promise<string | undefined> {
  const { language, content, words, button, problemOf } = question;
  const document = await vscode.workspace.openTextDocument({ language, content });
  await vscode.window.showTextDocument(document);
  for (;;) {
    const choice = await vscode.window.showInformationMessage(words, button, vscode.l10n.t("Cancel"));
    if (choice !== button) return undefined;
    const text = document.getText();
    const problem = problemOf(text);
    if (!problem) {
      // Nobody wants to be asked later whether to save it.
      await vscode.window.showTextDocument(document);
      await vscode.commands.executeCommand("workbench.action.revertAndCloseActiveEditor");
      return text;
    }
    void vscode.window.showWarningMessage(problem);
  }
}
