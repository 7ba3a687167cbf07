/** Words for what snapshots hold and leave out. */
import * as vscode from "vscode";
import type { LeftOutReason } from "../../core/snapshots/tree.ts";
import { visibleLine } from "../../core/policy/visibleText.ts";
import type { VersionInSession } from "./versionFiles.ts";

/** Why a file is not in a snapshot. */
export function reasonWords(reason: LeftOutReason | undefined): string {
  switch (reason) {
    case "size":
      return vscode.l10n.t("larger than snapshots keep");
    case "ignored":
      return vscode.l10n.t("ignored by .gitignore or a setting");
    case "secret":
      return vscode.l10n.t("looks like it holds secrets");
    case "special":
      return vscode.l10n.t("neither file nor link");
    default:
      return vscode.l10n.t("could not be read");
  }
}

/** `v7 after "Write report"` */
export function versionLabel({ version, row, stepTitle }: Omit<VersionInSession, "before">): string {
  const { versionId, reason, label } = version;
  const name = label === null ? "" : visibleLine(label);
  const step = stepTitle === undefined ? "" : visibleLine(stepTitle);
  if (name) return vscode.l10n.t("{0} {1}", versionId, name);
  switch (reason) {
    case "session_created":
      // A session that only keeps state found no folder.
      return row.folders.length > 0
        ? vscode.l10n.t("{0} as the session found it", versionId)
        : vscode.l10n.t("{0} at the start", versionId);
    case "command":
      return step
        ? vscode.l10n.t('{0} after a command of "{1}"', versionId, step)
        : vscode.l10n.t("{0} after a command", versionId);
    case "requested":
      return vscode.l10n.t("{0} on demand", versionId);
    case "before_restore":
      return vscode.l10n.t("{0} before a restore", versionId);
    default:
      return step ? vscode.l10n.t('{0} after "{1}"', versionId, step) : versionId;
  }
}

export function filesWords(count: number): string {
  return count === 1 ? vscode.l10n.t("1 file") : vscode.l10n.t("{0} files", count);
}

/** `812 bytes`, `1.2 MB` */
export function formatBytes(bytes: number): string {
  if (bytes < 1_000) return bytes === 1 ? vscode.l10n.t("1 byte") : vscode.l10n.t("{0} bytes", bytes);
  const units = ["kB", "MB", "GB", "TB"];
  let value = bytes / 1_000;
  let unit = 0;
  for (; value >= 999.95 && unit < units.length - 1; unit += 1) value /= 1_000;
  return `${value < 100 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}
