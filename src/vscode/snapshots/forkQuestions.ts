/** What shall be different about a fork: its goal, its plan, what agents are told besides, its model. */
import * as vscode from "vscode";
import type { Plan } from "../../core/events/event.ts";
import type { ForkRequest } from "../../core/orchestrator/forking.ts";
import { askForGoal } from "../commands/goalInput.ts";
import { pickModel } from "../commands/modelCommands.ts";

export type Other = Pick<ForkRequest, "goal" | "plan" | "prompt" | "model">;

type Ask = () => Promise<Other | undefined>;

/** Nothing where all is to be as it was; undefined when the person cancels. `plan`: as it was then. */
export async function askWhatIsOther(title: string, plan: Plan | undefined): Promise<Other | undefined> {
  const goal = question(
    vscode.l10n.t("Another goal…"),
    vscode.l10n.t("planned anew, knowing what was done"),
    async () => given("goal", await askForGoal(vscode.l10n.t("What shall the fork reach?"))),
  );
  const changed =
    plan &&
    question(vscode.l10n.t("Another plan…"), vscode.l10n.t("changed in an editor"), async () => {
      const { askForPlan } = await import("../commands/planInput.ts");
      return given("plan", await askForPlan(plan));
    });
  const told = question(
    vscode.l10n.t("Something to tell the agents…"),
    vscode.l10n.t("besides the goal, to the planner and every agent"),
    async () =>
      given(
        "prompt",
        await vscode.window.showInputBox({
          title,
          prompt: vscode.l10n.t("What shall the planner and every agent of the fork know besides?"),
          ignoreFocusOut: true,
        }),
      ),
  );
  const model = question(vscode.l10n.t("Another model…"), "", async () => given("model", await pickModel(title, "")));
  const picked = await vscode.window.showQuickPick([goal, ...(changed ? [changed] : []), told, model], {
    title,
    canPickMany: true,
    ignoreFocusOut: true,
    placeHolder: vscode.l10n.t("What shall be different? With nothing ticked the fork goes on as the session was"),
  });
  if (!picked) return undefined;
  let other: Other = {};
  for (const asked of picked) {
    // Another goal is planned anew.
    if (asked === changed && picked.includes(goal)) continue;
    const answer = await asked.ask();
    if (!answer) return undefined;
    other = { ...other, ...answer };
  }
  return other;
}

function question(label: string, description: string, ask: Ask): vscode.QuickPickItem & { readonly ask: Ask } {
  return { label, description, ask };
}

function given<Name extends keyof Other>(name: Name, value: Other[Name]): Other | undefined {
  return value === undefined ? undefined : { [name]: value };
}
