/** What the terminal says of a restore: what would change, what a person has to decide, what became of it. */
import type { FailedStep } from "../core/snapshots/restore.ts";
import type { Effect } from "../core/events/event.ts";
import type {
  PlannedChange,
  PlannedConflict,
  PlannedConflictReason,
  SessionRestorePlan,
  SessionRestoreResult,
} from "../core/sessions/restorePlan.ts";
import type { LeftOutReason } from "../core/snapshots/tree.ts";
import { countOf } from "./format.ts";

const SIGNS: Readonly<Record<Effect["change"], string>> = { created: "+", modified: "~", deleted: "-" };

const REASONS: Readonly<Record<PlannedConflictReason, string>> = {
  changed: "it was changed since",
  notWritten: "the session never wrote it",
  unsaved: "it is open with unsaved changes",
  protected: "changing it can make other programs run code",
  notCaptured: "what is there is in no snapshot, so this could not be undone",
  inTheWay: "a folder with other files is in its place",
};

const LEFT_OUT: Readonly<Record<LeftOutReason, string>> = {
  size: "too large",
  ignored: "ignored",
  secret: "looks like it holds secrets",
  unreadable: "its content is not kept",
  special: "no regular file",
};

const FAILURES: Readonly<Record<FailedStep["failure"], string>> = {
  changed: "it was changed meanwhile",
  inTheWay: "something is in its place",
  missing: "its content is missing",
  corrupted: "its content is damaged",
  failed: "the system did not allow it",
};

export interface RestoreWords {
  /** What a person types to start the program. */
  readonly command: string;
  readonly sessionId: string;
}

/** `v3 of mine`, `the changes of step write in mine`. */
export function scopeText({ target, scope, versionId }: SessionRestorePlan): string {
  const { sessionId } = target;
  if (versionId !== undefined) return `${versionId} of ${sessionId}`;
  const [kind = "", id = ""] = scope.split(":");
  return `what ${kind} ${id} of ${sessionId} did`;
}

/** Everything that would happen. */
export function planText(
  plan: SessionRestorePlan,
  safetyVersionId: string,
  { command, sessionId }: RestoreWords,
): string {
  const changes = plan.changes.filter(({ isChosen }) => isChosen);
  const verb = plan.versionId === undefined ? "Would take back" : "Would restore";
  const head =
    changes.length === 0
      ? `Nothing would change: the files are as in ${scopeText(plan)}, or somebody has to decide.`
      : `${verb} ${scopeText(plan)}, in ${plan.folders.map(({ path }) => path).join(", ")}:`;
  return sections([
    [head, ...changes.map(changeLine)],
    ...stayingSections(
      plan.conflicts,
      plan.changes.filter(({ isChosen }) => !isChosen),
    ),
    leftOutSection(plan),
    changes.length === 0
      ? []
      : [
          `The files as they are now would be kept as ${safetyVersionId}; \`${command} --restore ${sessionId} ${safetyVersionId}\` would undo it.`,
        ],
  ]);
}

/** What happened. `offered` are changes that nobody wanted. */
export function resultText(
  plan: SessionRestorePlan,
  result: SessionRestoreResult,
  offered: readonly PlannedChange[],
  { command, sessionId }: RestoreWords,
): string {
  const { effects, failed, kept, merged, safetyVersionId } = result;
  const changed = new Set(effects.map(({ path }) => path));
  const lost = plan.conflicts.filter(({ path, reason }) => reason === "notCaptured" && changed.has(path));
  const verb = plan.versionId === undefined ? "Took back" : "Restored";
  const head =
    effects.length === 0
      ? "Nothing was changed."
      : `${verb} ${scopeText(plan)}, ${countOf(effects.length, "path")} in ${plan.folders.map(({ path }) => path).join(", ")}:`;
  const marked = merged.filter(({ conflicts }) => conflicts > 0);
  return sections([
    [head, ...effects.map(({ path, change }) => `  ${SIGNS[change]} ${path}`)],
    titled(
      "Merged, with places marked where both changed the same lines:",
      marked.map(({ path, conflicts }) => `  ${path} (${countOf(conflicts, "place")})`),
    ),
    titled(
      "These could not be changed:",
      failed.map((step) => `  ${step.path}: ${failureText(step)}`),
    ),
    ...stayingSections(kept, offered),
    leftOutSection(plan),
    titled(
      "What was there was in no snapshot and is replaced for good:",
      lost.map(({ path }) => `  ${path}`),
    ),
    safetyVersionId === undefined
      ? []
      : [
          `The files as they were are kept as ${safetyVersionId}. Undo with \`${command} --restore ${sessionId} ${safetyVersionId}\`.`,
        ],
  ]);
}

export function failureText({ failure, detail }: FailedStep): string {
  return `${FAILURES[failure]}${failure === "failed" ? ` (${detail})` : ""}`;
}

export function conflictText({ path, reason }: PlannedConflict): string {
  return `${path}: ${REASONS[reason]}`;
}

function stayingSections(conflicts: readonly PlannedConflict[], offered: readonly PlannedChange[]): string[][] {
  return [
    titled(
      "These stay as they are, because a person has to decide:",
      conflicts.map((conflict) => `  ${SIGNS[conflict.change]} ${conflictText(conflict)}`),
    ),
    titled(
      "These stay as they are, because others may have made the change:",
      offered.map(({ path, change, shared = [] }) => `  ${SIGNS[change]} ${path} (${shared.join(", ")})`),
    ),
  ];
}

function leftOutSection({ notInSnapshot }: SessionRestorePlan): string[] {
  return titled(
    "Not in the snapshot, so they stay as they are:",
    notInSnapshot.map(({ path, reason }) => `  ${path}: ${LEFT_OUT[reason]}`),
  );
}

function changeLine({ path, change }: PlannedChange): string {
  return `  ${SIGNS[change]} ${path}`;
}

function titled(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [title, ...lines];
}

function sections(parts: readonly (readonly string[])[]): string {
  return parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n");
}
