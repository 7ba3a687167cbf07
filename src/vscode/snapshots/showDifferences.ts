/** Opens VS Code's own diff editors on files of snapshots and of the workspace. */
import { posix } from "node:path";
import * as vscode from "vscode";
import { visibleLine } from "../../core/policy/visibleText.ts";
import type { FileChange } from "../../core/sessions/sessionFiles.ts";

/** More than anybody reads through in one editor, which would open a document for each. */
export const MOST_FILES = 300;

/** One side of a comparison: where a file of it is found. */
export type Side = (path: string) => vscode.Uri;

export interface Comparison {
  /** `v6 ↔ v7` */
  readonly title: string;
  readonly before: Side;
  readonly after: Side;
}

/** All files that differ, in one editor. Says so when nothing differs that could be shown. */
export async function showDifferences(changes: readonly FileChange[], comparison: Comparison): Promise<void> {
  const { title, before, after } = comparison;
  const files = changes.filter(hasContent);
  if (files.length === 0) {
    void vscode.window.showInformationMessage(vscode.l10n.t("No file differs: {0}.", title));
    return;
  }
  const shown = files.slice(0, MOST_FILES);
  const resources = shown.map((change): [vscode.Uri, vscode.Uri | undefined, vscode.Uri | undefined] => [
    after(change.path),
    change.before ? before(change.path) : undefined,
    change.after ? after(change.path) : undefined,
  ]);
  const name = shown.length < files.length ? vscode.l10n.t("{0}: the first of {1} files", title, files.length) : title;
  await vscode.commands.executeCommand("vscode.changes", name, resources);
}

/** One file, side by side. */
export async function showDifference({ path }: Pick<FileChange, "path">, comparison: Comparison): Promise<void> {
  const { title, before, after } = comparison;
  const name = `${visibleLine(posix.basename(path))} (${title})`;
  await vscode.commands.executeCommand("vscode.diff", before(path), after(path), name);
}

/** Folders have none. */
function hasContent({ before, after }: FileChange): boolean {
  return (after ?? before)?.kind !== "directory";
}
