/** What a person is asked before a restore: about unsaved changes, which files, each conflict, and once more. */
import { posix } from "node:path";
import * as vscode from "vscode";
import { visibleLine } from "../../core/policy/visibleText.ts";
import type { MergeResult } from "../../core/snapshots/mergeText.ts";
import type { PlannedChange, PlannedConflict } from "../../core/sessions/restorePlan.ts";
import { withoutIcons } from "../notificationText.ts";
import { changeWord, conflictWords, pathLines } from "./restoreWords.ts";

export type ConflictDecision = "keep" | "take" | "merge";

/** A restore as the person knows it. */
export interface RestoreQuestion {
  /** `Restore v3 of "Goal"` */
  readonly title: string;
  /** Of the questions that follow each other. */
  readonly step: number;
  readonly totalSteps: number;
}

export interface ConflictQuestion extends RestoreQuestion {
  readonly conflict: PlannedConflict;
  readonly index: number;
  readonly count: number;
  /** Undefined where it cannot be merged. */
  readonly merged: MergeResult | undefined;
  readonly showDifference: () => Promise<void>;
}

export interface ConflictAnswer {
  readonly decision: ConflictDecision;
  /** For the conflicts that follow too. */
  readonly forAll: boolean;
}

/** Each resolves with undefined, or false, when the person cancels. */
export interface RestoreDialogs {
  askAboutUnsaved(paths: readonly string[]): Promise<"save" | "keep" | undefined>;
  /** Which of the changes are wanted. */
  chooseChanges(question: RestoreQuestion, changes: readonly PlannedChange[]): Promise<ReadonlySet<string> | undefined>;
  decideConflict(question: ConflictQuestion): Promise<ConflictAnswer | undefined>;
  confirm(title: string, detail: string): Promise<boolean>;
}

const CHANGE_ICONS = { created: "diff-added", modified: "diff-modified", deleted: "diff-removed" } as const;

export const restoreDialogs: RestoreDialogs = {
  async askAboutUnsaved(paths) {
    const save = vscode.l10n.t("Save and Go On");
    const keep = vscode.l10n.t("Leave Them Alone");
    const choice = await vscode.window.showWarningMessage(
      vscode.l10n.t("Files that would be restored have changes that are not saved."),
      { modal: true, detail: pathLines(paths.map(visibleLine)) },
      save,
      keep,
    );
    return choice === save ? "save" : choice === keep ? "keep" : undefined;
  },

  async chooseChanges({ title, step, totalSteps }, changes) {
    const items = changes.map((change) => ({
      label: withoutIcons(visibleLine(posix.basename(change.path))),
      iconPath: new vscode.ThemeIcon(CHANGE_ICONS[change.change]),
      description: [folderOf(change.path), changeWord(change)].filter(Boolean).join(" · "),
      ...(change.shared
        ? { detail: vscode.l10n.t("May also have been changed by {0}", change.shared.map(visibleLine).join(", ")) }
        : {}),
      picked: change.isChosen,
      path: change.path,
    }));
    const pick = vscode.window.createQuickPick<(typeof items)[number]>();
    Object.assign(pick, { title, step, totalSteps, canSelectMany: true, ignoreFocusOut: true, items });
    pick.placeholder = vscode.l10n.t("Ticked files are restored; the editor behind shows what changes");
    pick.matchOnDescription = true;
    pick.selectedItems = items.filter(({ picked }) => picked);
    const accepted = await new Promise<boolean>((resolve) => {
      pick.onDidAccept(() => resolve(true));
      pick.onDidHide(() => resolve(false));
      pick.show();
    });
    const wanted = new Set(pick.selectedItems.map(({ path }) => path));
    pick.dispose();
    return accepted ? wanted : undefined;
  },

  async decideConflict(question) {
    const { conflict, title, step, totalSteps, index, count, merged, showDifference } = question;
    const rest = count - index - 1;
    const items = conflictItems(conflict, merged, rest);
    for (;;) {
      const picked = await vscode.window.showQuickPick(items, {
        title: `${title} (${step}/${totalSteps})`,
        placeHolder: `${vscode.l10n.t("Conflict {0} of {1}: {2}", index + 1, count, visibleLine(conflict.path))} · ${conflictWords(conflict)}`,
        ignoreFocusOut: true,
      });
      if (!picked) return undefined;
      if (picked.answer) return picked.answer;
      await showDifference();
    }
  },

  async confirm(title, detail) {
    const restore = vscode.l10n.t("Restore");
    return (await vscode.window.showWarningMessage(title, { modal: true, detail }, restore)) === restore;
  },
};

type ConflictItem = vscode.QuickPickItem & { readonly answer?: ConflictAnswer };

function conflictItems({ reason }: PlannedConflict, merged: MergeResult | undefined, rest: number): ConflictItem[] {
  const one = (decision: ConflictDecision): { answer: ConflictAnswer } => ({ answer: { decision, forAll: false } });
  const all = (decision: ConflictDecision): { answer: ConflictAnswer } => ({ answer: { decision, forAll: true } });
  const items: ConflictItem[] = [
    {
      label: vscode.l10n.t("Keep mine"),
      iconPath: new vscode.ThemeIcon("shield"),
      description: vscode.l10n.t("the file stays as it is"),
      ...one("keep"),
    },
    {
      label: vscode.l10n.t("Take snapshot"),
      iconPath: new vscode.ThemeIcon("history"),
      description:
        reason === "notCaptured"
          ? vscode.l10n.t("what is there now is lost")
          : vscode.l10n.t("what is there now goes into the safety version"),
      ...one("take"),
    },
  ];
  if (merged) {
    const description =
      merged.conflicts === 0
        ? vscode.l10n.t("both fit together")
        : merged.conflicts === 1
          ? vscode.l10n.t("1 place is marked for you to decide")
          : vscode.l10n.t("{0} places are marked for you to decide", merged.conflicts);
    items.push({
      label: vscode.l10n.t("Merge"),
      iconPath: new vscode.ThemeIcon("git-merge"),
      description,
      ...one("merge"),
    });
  }
  items.push({ label: vscode.l10n.t("Show the difference"), iconPath: new vscode.ThemeIcon("diff") });
  if (rest > 0) {
    items.push(
      { label: vscode.l10n.t("For this and the {0} that follow", rest), kind: vscode.QuickPickItemKind.Separator },
      { label: vscode.l10n.t("Keep all of mine"), iconPath: new vscode.ThemeIcon("shield"), ...all("keep") },
      { label: vscode.l10n.t("Take all from the snapshot"), iconPath: new vscode.ThemeIcon("history"), ...all("take") },
    );
  }
  return items;
}

function folderOf(path: string): string {
  const folder = posix.dirname(path);
  return folder === "." ? "" : withoutIcons(visibleLine(folder));
}
