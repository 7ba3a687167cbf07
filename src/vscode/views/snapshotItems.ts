/** Tree items for the snapshots of a session and the files in them. */
import { posix } from "node:path";
import * as vscode from "vscode";
import { visibleLine } from "../../core/policy/visibleText.ts";
import type { EntryChange, LeftOutFile } from "../../core/snapshots/snapshotWork.ts";
import { filesWords, reasonWords, versionLabel } from "../snapshots/snapshotWords.ts";
import { snapshotUri, type ChangeMark } from "../snapshots/snapshotUri.ts";
import { isKept } from "../snapshots/versionFiles.ts";
import { isRunning, type ChangeNode, type LeftOutNode, type VersionNode } from "./sessionNodes.ts";

export function versionItem(node: VersionNode): vscode.TreeItem {
  const { version, before } = node;
  const { Collapsed, None } = vscode.TreeItemCollapsibleState;
  const kept = isKept(version);
  const item = new vscode.TreeItem(versionLabel(node), kept ? Collapsed : None);
  item.id = versionKey(node);
  item.iconPath = new vscode.ThemeIcon(version.isPinned ? "pinned" : "git-commit");
  item.description = describeVersion(node);
  const time = new Date(version.createdAt).toLocaleString();
  item.tooltip = [versionLabel(node), time, item.description].filter(Boolean).join("\n");
  item.contextValue = kept ? `version.kept${version.isPinned ? ".pinned" : ""}` : "version";
  item.accessibilityInformation = { label: [versionLabel(node), item.description, time].filter(Boolean).join(", ") };
  if (kept && before) {
    item.command = {
      command: "aiOrchestrator.openSnapshot",
      title: vscode.l10n.t("Show Changes"),
      arguments: [node],
    };
  }
  return item;
}

export function changeItem(node: ChangeNode): vscode.TreeItem {
  const { version, row, change } = node;
  const item = new vscode.TreeItem(visibleLine(posix.basename(change.path)), vscode.TreeItemCollapsibleState.None);
  item.id = `change:${versionKey(node)}:${JSON.stringify(change.path)}`;
  const { manifest, versionId } = version;
  // A badge and a colour come from the decoration of this address, the icon from its name.
  item.resourceUri = snapshotUri({
    manifest,
    versionId,
    sessionId: row.sessionId,
    path: change.path,
    mark: markOf(change),
  });
  item.iconPath = change.kind === "directory" ? vscode.ThemeIcon.Folder : vscode.ThemeIcon.File;
  const folder = posix.dirname(change.path);
  item.description = [folder === "." ? "" : visibleLine(folder), detailOf(change)].filter(Boolean).join(" · ");
  item.tooltip = `${visibleLine(change.path)}\n${changeWords(change)}`;
  item.accessibilityInformation = { label: `${visibleLine(change.path)}, ${changeWords(change)}` };
  item.contextValue = change.kind === "file" || change.kind === "symlink" ? "change.file" : "change";
  if (change.kind !== "directory") {
    item.command = { command: "aiOrchestrator.openChange", title: vscode.l10n.t("Show Change"), arguments: [node] };
  }
  return item;
}

export function leftOutItem(node: LeftOutNode): vscode.TreeItem {
  const item = new vscode.TreeItem(vscode.l10n.t("Not in this snapshot"), vscode.TreeItemCollapsibleState.Collapsed);
  item.id = leftOutKey(node);
  item.iconPath = new vscode.ThemeIcon("circle-slash");
  item.description = String(node.files.length);
  item.tooltip = vscode.l10n.t("Restoring does not touch what the snapshot holds no content of.");
  item.accessibilityInformation = { label: vscode.l10n.t("Not in this snapshot, {0}", node.files.length) };
  item.contextValue = "leftOut";
  return item;
}

export function leftOutFileItem(within: LeftOutNode, { path, reason }: LeftOutFile): vscode.TreeItem {
  const item = new vscode.TreeItem(visibleLine(path), vscode.TreeItemCollapsibleState.None);
  item.id = `${leftOutKey(within)}:${JSON.stringify(path)}`;
  item.description = reasonWords(reason);
  item.tooltip = `${visibleLine(path)}\n${reasonWords(reason)}`;
  item.accessibilityInformation = { label: `${visibleLine(path)}, ${reasonWords(reason)}` };
  item.iconPath = new vscode.ThemeIcon(reason === "secret" ? "lock" : "circle-slash");
  item.contextValue = "leftOutFile";
  return item;
}

export function noteItem(within: VersionNode, words: string, isProblem: boolean): vscode.TreeItem {
  const item = new vscode.TreeItem(words, vscode.TreeItemCollapsibleState.None);
  item.id = `note:${versionKey(within)}`;
  item.tooltip = words;
  item.iconPath = isProblem
    ? new vscode.ThemeIcon("warning", new vscode.ThemeColor("list.warningForeground"))
    : new vscode.ThemeIcon("info");
  item.contextValue = "note";
  return item;
}

export function versionKey({ row, version }: Pick<VersionNode, "row" | "version">): string {
  return `version:${row.sessionId}:${version.versionId}`;
}

export function leftOutKey(node: LeftOutNode): string {
  return `leftOut:${versionKey(node)}`;
}

function describeVersion({ row, version, before }: VersionNode): string {
  const parts: string[] = [];
  if (version.isRemoved) parts.push(vscode.l10n.t("files no longer kept"));
  else if (version.manifest === null && row.folders.length > 0)
    parts.push(isRunning(row) ? vscode.l10n.t("being stored") : vscode.l10n.t("files not stored"));
  else if (before && version.files !== null) parts.push(filesWords(version.files));
  if (version.isPinned) parts.push(vscode.l10n.t("pinned"));
  return parts.join(" · ");
}

function markOf({ change, after }: EntryChange): ChangeMark {
  return after?.kind === "leftOut" ? "leftOut" : change;
}

function changeWords(change: EntryChange): string {
  const words = {
    created: vscode.l10n.t("created"),
    modified: vscode.l10n.t("modified"),
    deleted: vscode.l10n.t("deleted"),
  };
  const detail = detailOf(change);
  return detail ? `${words[change.change]}, ${detail}` : words[change.change];
}

/** What the letter of the change does not tell. */
function detailOf({ before, after }: EntryChange): string {
  if (after?.kind === "leftOut") return vscode.l10n.t("not stored: {0}", reasonWords(after.reason));
  if (before?.kind === "leftOut") return vscode.l10n.t("was not stored: {0}", reasonWords(before.reason));
  if (!before || !after) return after?.kind === "symlink" ? vscode.l10n.t("link") : "";
  if (before.kind !== after.kind) return vscode.l10n.t("was a {0}, is a {1}", before.kind, after.kind);
  if (before.hash === after.hash && before.mode !== after.mode)
    return vscode.l10n.t("mode {0} → {1}", before.mode.toString(8), after.mode.toString(8));
  return "";
}
