/** `$(sync~spin) 3 agents · $0.12` while this window runs something, with the questions that wait; hidden otherwise. */
import * as vscode from "vscode";
import type { OpenQuestions } from "./approvals/openQuestions.ts";
import { shortGoal } from "./notificationText.ts";
import type { WindowRuns } from "./runs.ts";
import { formatCost } from "./views/sessionNodes.ts";

export function createStatusBar(runs: WindowRuns, questions: OpenQuestions): vscode.Disposable {
  const item = vscode.window.createStatusBarItem("aiOrchestrator.status", vscode.StatusBarAlignment.Left);
  item.name = vscode.l10n.t("AI Orchestrator");
  const update = (): void => {
    const all = runs.all;
    if (all.length === 0) {
      item.hide();
      return;
    }
    const [waiting] = questions.waiting;
    const agents = all.reduce((sum, run) => sum + run.agents.size, 0);
    const cost = all.reduce((sum, run) => sum + run.costUsd, 0);
    const atWork = agents === 1 ? vscode.l10n.t("1 agent") : vscode.l10n.t("{0} agents", agents);
    const money = all.every((run) => run.demo) ? vscode.l10n.t("demo") : formatCost(cost);
    item.text = waiting
      ? `$(bell-dot) ${questionWords(questions.waiting.length)} · ${atWork} · ${money}`
      : `$(sync~spin) ${atWork} · ${money}`;
    item.backgroundColor = waiting ? new vscode.ThemeColor("statusBarItem.warningBackground") : undefined;
    item.tooltip = [
      ...all.map((run) => shortGoal(run.goal)),
      waiting
        ? vscode.l10n.t("Click to open the live monitor and answer.")
        : vscode.l10n.t("Click to open the live monitor."),
    ].join("\n");
    item.command = {
      command: "aiOrchestrator.openMonitor",
      title: vscode.l10n.t("Open Live Monitor"),
      arguments: waiting ? [waiting.sessionId, { agentId: waiting.agentId }] : [],
    };
    item.show();
  };
  update();
  return vscode.Disposable.from(item, runs.onDidChange(update), questions.onDidChange(update));
}

function questionWords(count: number): string {
  return count === 1 ? vscode.l10n.t("1 question") : vscode.l10n.t("{0} questions", count);
}
