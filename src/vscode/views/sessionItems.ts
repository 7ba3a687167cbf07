/** Tree items for what a session holds: steps, snapshots and outputs. */
import { posix } from "node:path";
import * as vscode from "vscode";
import { visibleLine } from "../../core/policy/visibleText.ts";
import type { StepState } from "../../core/sessions/sessionState.ts";
import type { SessionRow, VersionRow } from "../../core/store/sessionStore.ts";
import { formatDuration, formatElapsed } from "./sessionNodes.ts";

const STEP_ICONS: Readonly<Record<StepState["status"], readonly [icon: string, color?: string]>> = {
  pending: ["circle-outline"],
  running: ["sync~spin", "charts.blue"],
  completed: ["pass", "testing.iconPassed"],
  failed: ["error", "testing.iconFailed"],
  skipped: ["circle-slash", "testing.iconSkipped"],
  interrupted: ["debug-pause", "charts.yellow"],
};

export function stepItem(row: SessionRow, stepId: string, step: StepState): vscode.TreeItem {
  const item = new vscode.TreeItem(visibleLine(step.title), vscode.TreeItemCollapsibleState.None);
  item.id = `step:${row.sessionId}:${stepId}`;
  const [icon, color] = STEP_ICONS[step.status];
  item.iconPath = color ? new vscode.ThemeIcon(icon, new vscode.ThemeColor(color)) : new vscode.ThemeIcon(icon);
  const parts = [step.agentType ?? ""];
  if (step.startedAt) {
    const start = Date.parse(step.startedAt);
    parts.push(step.endedAt ? formatDuration(Date.parse(step.endedAt) - start) : formatElapsed(Date.now() - start));
  }
  item.description = parts.filter(Boolean).join(" · ");
  item.tooltip = visibleLine(step.error?.message ?? step.reason ?? step.title);
  item.contextValue = `step.${step.status}`;
  item.accessibilityInformation = { label: `${step.title}, ${step.status}` };
  item.command = {
    command: "aiOrchestrator.openMonitor",
    title: vscode.l10n.t("Open Live Monitor"),
    arguments: [row.sessionId, step.agentId === null ? {} : { agentId: step.agentId }],
  };
  return item;
}

export function versionItem(row: SessionRow, version: VersionRow, stepTitle: string | undefined): vscode.TreeItem {
  const label = stepTitle
    ? vscode.l10n.t('{0} after "{1}"', version.versionId, visibleLine(stepTitle))
    : version.versionId === "v1"
      ? vscode.l10n.t("{0} at the start", version.versionId)
      : version.versionId;
  const item = new vscode.TreeItem(label, vscode.TreeItemCollapsibleState.None);
  item.id = `version:${row.sessionId}:${version.versionId}`;
  item.iconPath = new vscode.ThemeIcon("git-commit");
  item.description = new Date(version.createdAt).toLocaleTimeString();
  item.contextValue = "version";
  return item;
}

export function outputItem(row: SessionRow, path: string): vscode.TreeItem {
  const item = new vscode.TreeItem(visibleLine(posix.basename(path)), vscode.TreeItemCollapsibleState.None);
  item.id = `output:${row.sessionId}:${path}`;
  const folder = posix.dirname(path);
  if (folder !== ".") item.description = visibleLine(folder);
  const uri = outputUri(row, path);
  if (uri) {
    item.resourceUri = uri;
    item.command = { command: "vscode.open", title: vscode.l10n.t("Open"), arguments: [uri] };
  }
  item.iconPath = vscode.ThemeIcon.File;
  item.contextValue = "output";
  return item;
}

/** Where an output lies; with several folders its first segment is the folder's name. */
export function outputUri(row: Pick<SessionRow, "folders">, path: string): vscode.Uri | undefined {
  const [first] = row.folders;
  if (row.folders.length <= 1) return first && vscode.Uri.joinPath(vscode.Uri.file(first.path), path);
  const [name, ...rest] = path.split("/");
  const folder = row.folders.find((candidate) => candidate.name === name);
  return folder && vscode.Uri.joinPath(vscode.Uri.file(folder.path), ...rest);
}
