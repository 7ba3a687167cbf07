/** Words for plans of restores and for what became of them. */
import * as vscode from "vscode";
import { visibleLine } from "../../core/policy/visibleText.ts";
import type {
  PlannedChange,
  PlannedConflict,
  SessionRestorePlan,
  SessionRestoreResult,
} from "../../core/sessions/restorePlan.ts";
import type { FailedStep } from "../../core/snapshots/restore.ts";
import { filesWords } from "./snapshotWords.ts";

/** Paths named one by one; the rest is counted. */
const NAMED_PATHS = 8;

export function changeWord({ change }: Pick<PlannedChange, "change">): string {
  switch (change) {
    case "created":
      return vscode.l10n.t("is created");
    case "modified":
      return vscode.l10n.t("changes");
    case "deleted":
      return vscode.l10n.t("is deleted");
  }
}

/** Why a person has to decide. */
export function conflictWords({ reason, lastWritten }: PlannedConflict): string {
  switch (reason) {
    case "changed":
      return lastWritten === null
        ? vscode.l10n.t("It is there again though the session deleted it.")
        : vscode.l10n.t("It was changed after the session wrote it.");
    case "notWritten":
      return vscode.l10n.t("The session never wrote it; somebody else changed it.");
    case "unsaved":
      return vscode.l10n.t("It has changes in an editor that are not saved.");
    case "protected":
      return vscode.l10n.t("Changing it can make other programs run code.");
    case "notCaptured":
      return vscode.l10n.t("What is there is in no snapshot, so replacing it cannot be undone.");
    case "inTheWay":
      return vscode.l10n.t("A folder with files that stay is where the file would be.");
  }
}

export function failureWords({ failure, detail }: FailedStep): string {
  switch (failure) {
    case "changed":
      return vscode.l10n.t("it changed meanwhile, so it was left alone");
    case "inTheWay":
      return vscode.l10n.t("something else is in its place");
    case "missing":
      return vscode.l10n.t("its content is not in the store any more");
    case "corrupted":
      return vscode.l10n.t("its stored content is damaged");
    case "failed":
      return visibleLine(detail);
  }
}

/** One line a path, the first of them. */
export function pathLines(lines: readonly string[]): string {
  const named = lines.slice(0, NAMED_PATHS);
  const more = lines.length - named.length;
  if (more > 0) named.push(vscode.l10n.t("… and {0} more", more));
  return named.join("\n");
}

/** What the person is about to do, line by line. */
export function confirmationDetail(
  plan: SessionRestorePlan,
  chosen: readonly PlannedChange[],
  decided: { readonly taken: readonly string[]; readonly merged: readonly string[]; readonly kept: readonly string[] },
  safetyVersionId: string,
): string {
  const lost = plan.conflicts.filter(({ path, reason }) => reason === "notCaptured" && decided.taken.includes(path));
  const parts = [
    pathLines(chosen.map((change) => `${visibleLine(change.path)} ${changeWord(change)}`)),
    linesOf(vscode.l10n.t("Conflicts where the snapshot is taken:"), decided.taken),
    linesOf(vscode.l10n.t("Conflicts that are merged:"), decided.merged),
    linesOf(vscode.l10n.t("Conflicts that stay as they are:"), decided.kept),
    plan.notInSnapshot.length > 0
      ? vscode.l10n.t("Not in the snapshot, so they stay as they are: {0}.", filesWords(plan.notInSnapshot.length))
      : "",
    linesOf(
      vscode.l10n.t("Replaced for good, because what is there now is in no snapshot:"),
      lost.map(({ path }) => path),
    ),
    lost.length === 0
      ? vscode.l10n.t("What is there now is kept as {0} first, so this can be undone.", safetyVersionId)
      : vscode.l10n.t(
          "Everything else that is there now is kept as {0} first, so that can be undone.",
          safetyVersionId,
        ),
  ];
  return parts.filter(Boolean).join("\n\n");
}

function linesOf(head: string, paths: readonly string[]): string {
  return paths.length === 0 ? "" : `${head}\n${pathLines(paths.map(visibleLine))}`;
}

/** What was done, for the notification at the end. */
export function resultWords(name: string, result: SessionRestoreResult): string {
  const { effects, kept, merged, failed, safetyVersionId } = result;
  const marked = merged.filter(({ conflicts }) => conflicts > 0);
  const parts = [
    effects.length === 0
      ? vscode.l10n.t("Nothing was restored.")
      : vscode.l10n.t("{0}: {1} restored.", name, filesWords(effects.length)),
    safetyVersionId === undefined ? "" : vscode.l10n.t("What was there is kept as {0}.", safetyVersionId),
    kept.length > 0 ? vscode.l10n.t("Left as they are: {0}.", names(kept.map(({ path }) => path))) : "",
    marked.length > 0
      ? vscode.l10n.t("To be merged by you, where marked: {0}.", names(marked.map(({ path }) => path)))
      : "",
    failed.length > 0
      ? vscode.l10n.t(
          "Not restored: {0}.",
          names(failed.map((step) => `${visibleLine(step.path)} (${failureWords(step)})`)),
        )
      : "",
  ];
  return parts.filter(Boolean).join(" ");
}

function names(paths: readonly string[]): string {
  const named = paths.slice(0, 3).map(visibleLine).join(", ");
  return paths.length > 3 ? vscode.l10n.t("{0} and {1} more", named, paths.length - 3) : named;
}
