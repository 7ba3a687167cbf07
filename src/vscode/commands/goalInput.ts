/** Asks for a goal: an input box, or an untitled editor for a long one. */
import * as vscode from "vscode";
import { askInEditor } from "../askInEditor.ts";
import { GOAL_CHARACTERS } from "../../core/orchestrator/goalLimits.ts";

/** The person wants to write the goal in an editor. */
const IN_EDITOR = Symbol("in editor");

/** Resolves with the trimmed goal, or undefined when cancelled. */
export async function askForGoal(
  prompt = vscode.l10n.t("What should the agents reach in this folder?"),
): Promise<string | undefined> {
  const input = vscode.window.createInputBox();
  input.title = vscode.l10n.t("Run Goal");
  input.prompt = prompt;
  input.placeholder = vscode.l10n.t("For example: write a README with usage examples");
  input.ignoreFocusOut = true;
  const inEditor: vscode.QuickInputButton = {
    iconPath: new vscode.ThemeIcon("go-to-file"),
    tooltip: vscode.l10n.t("Write a long goal in an editor"),
  };
  input.buttons = [inEditor];
  const answer = await new Promise<string | typeof IN_EDITOR | undefined>((resolve) => {
    input.onDidChangeValue(() => (input.validationMessage = undefined));
    input.onDidAccept(() => {
      const problem = problemOf(input.value);
      if (problem) input.validationMessage = problem;
      else resolve(input.value.trim());
    });
    input.onDidTriggerButton(() => resolve(IN_EDITOR));
    input.onDidHide(() => resolve(undefined));
    input.show();
  });
  const typed = input.value;
  input.dispose();
  if (answer !== IN_EDITOR) return answer;
  const written = await askInEditor({
    language: "markdown",
    content: typed,
    words: vscode.l10n.t("Write the goal in the editor, then run it."),
    button: vscode.l10n.t("Run"),
    problemOf,
  });
  return written?.trim();
}

function problemOf(goal: string): string | undefined {
  if (!goal.trim()) return vscode.l10n.t("Say what should be reached.");
  if (goal.length > GOAL_CHARACTERS)
    return vscode.l10n.t("The goal is too long; put the long part into a file of the folder and name the file.");
  return undefined;
}
