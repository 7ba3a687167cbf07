/** Tree items for groups of sessions and for what a session holds: steps and outputs. */
import { posix } from "node:path";
import * as vscode from "vscode";
import { visibleLine } from "../../core/policy/visibleText.ts";
import type { StepState } from "../../core/sessions/sessionState.ts";
import type { SessionRow } from "../../core/store/sessionStore.ts";
import { formatDuration, formatElapsed, type SessionGroup, type SessionNode } from "./sessionNodes.ts";

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

export function groupItem(group: SessionGroup, count: number): vscode.TreeItem {
  const labels: Record<SessionGroup, string> = {
    running: vscode.l10n.t("Running"),
    interrupted: vscode.l10n.t("Interrupted"),
    today: vscode.l10n.t("Today"),
    earlier: vscode.l10n.t("Earlier"),
  };
  const open =
    group === "earlier" ? vscode.TreeItemCollapsibleState.Collapsed : vscode.TreeItemCollapsibleState.Expanded;
  const item = new vscode.TreeItem(labels[group], open);
  item.id = `group:${group}`;
  item.description = String(count);
  item.contextValue = "group";
  return item;
}

export function moreItem({ within }: SessionNode & { kind: "more" }): vscode.TreeItem {
  const item = new vscode.TreeItem(vscode.l10n.t("Show more…"), vscode.TreeItemCollapsibleState.None);
  item.command = {
    command: "aiOrchestrator.loadMoreSessions",
    title: vscode.l10n.t("Show more…"),
    arguments: within ? [within] : [],
  };
  return item;
}

export function problemItem(words: string): vscode.TreeItem {
  const item = new vscode.TreeItem(vscode.l10n.t("The sessions cannot be shown"), vscode.TreeItemCollapsibleState.None);
  item.id = "problem";
  item.description = visibleLine(words);
  item.tooltip = words;
  item.iconPath = new vscode.ThemeIcon("error", new vscode.ThemeColor("list.errorForeground"));
  item.command = { command: "aiOrchestrator.refreshSessions", title: vscode.l10n.t("Try Again") };
  return item;
}

export function folderItem(label: string, icon: string, row: SessionRow, key: string, open: boolean): vscode.TreeItem {
  const item = new vscode.TreeItem(
    label,
    open ? vscode.TreeItemCollapsibleState.Expanded : vscode.TreeItemCollapsibleState.Collapsed,
  );
  item.id = `${key}:${row.sessionId}`;
  item.iconPath = new vscode.ThemeIcon(icon);
  item.contextValue = key;
  return item;
}
