/** Lets a person change a plan before a session goes on with it. */
import * as vscode from "vscode";
import { z } from "zod";
import type { Plan } from "../../core/events/event.ts";
import { planSchema } from "../../core/events/eventParts.ts";
import { visibleLine } from "../../core/policy/visibleText.ts";
import { askInEditor } from "../askInEditor.ts";
import { withoutLinks } from "../notificationText.ts";

/** The changed plan; undefined when the person cancels. Whether it can be run is for the engine to say. */
export async function askForPlan(plan: Plan): Promise<Plan | undefined> {
  const text = await askInEditor({
    language: "json",
    content: `${JSON.stringify(plan, undefined, 2)}\n`,
    words: vscode.l10n.t(
      "Change the plan in the editor, then go on with it. A step that is done stays done where it is the same work.",
    ),
    button: vscode.l10n.t("Go On"),
    problemOf: (written) => problemOf(written),
  });
  return text === undefined ? undefined : planSchema.parse(JSON.parse(text));
}

function problemOf(text: string): string | undefined {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    return words(error instanceof Error ? error.message : String(error));
  }
  const [issue] = planSchema.safeParse(content).error?.issues ?? [];
  return issue && words(`${z.core.toDotPath(issue.path)}: ${issue.message}`);
}

function words(detail: string): string {
  return withoutLinks(vscode.l10n.t("This is no plan yet: {0}", visibleLine(detail)));
}
