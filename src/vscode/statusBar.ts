/** `$(sync~spin) 3 agents · $0.12` while this window runs something; hidden otherwise. */
import * as vscode from "vscode";
import type { WindowRuns } from "./runs.ts";
import { formatCost } from "./views/sessionNodes.ts";

export function createStatusBar(runs: WindowRuns): vscode.Disposable {
  const item = vscode.window.createStatusBarItem("aiOrchestrator.status", vscode.StatusBarAlignment.Left);
  item.name = vscode.l10n.t("AI Orchestrator");
  item.command = "aiOrchestrator.openMonitor";
  const update = (): void => {
    const all = runs.all;
    if (all.length === 0) {
      item.hide();
      return;
    }
    const agents = all.reduce((sum, run) => sum + run.agents.size, 0);
    const cost = all.reduce((sum, run) => sum + run.costUsd, 0);
    const words = agents === 1 ? vscode.l10n.t("1 agent") : vscode.l10n.t("{0} agents", agents);
    item.text = `$(sync~spin) ${words} · ${formatCost(cost)}`;
    item.tooltip = vscode.l10n.t(
      "AI Orchestrator is running {0}. Click to open the live monitor.",
      all.map((run) => `"${run.goal.slice(0, 60)}"`).join(", "),
    );
    item.show();
  };
  update();
  return vscode.Disposable.from(item, runs.onDidChange(update));
}
