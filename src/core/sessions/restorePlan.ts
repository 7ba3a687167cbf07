/**
 * What a restore of a session would do, as people decide about it. Plain data: it can be shown, kept and applied
 * later, when it is held against the folders once more.
 *
 * Paths are workspace paths.
 */
import type { Effect } from "../events/event.ts";
import type { WorkspaceFolder } from "../ports.ts";
import type { ConflictReason, FailedStep } from "../snapshots/restore.ts";
import type { EntryState, LeftOutFile } from "../snapshots/snapshotWork.ts";

/** What to restore: a version, or of it certain paths with what is below; or to take back what one step or agent did. */
export type RestoreTarget = { readonly sessionId: string } & (
  | {
      /** `v1`, `v2`, … or `latest`, the newest. */
      readonly versionId: string;
      readonly paths?: readonly string[];
    }
  | { readonly stepId: string }
  | { readonly agentId: string }
);

/** A path that would change. */
export interface PlannedChange {
  readonly path: string;
  readonly change: Effect["change"];
  /** What is there now; absent for nothing. */
  readonly before?: EntryState;
  /** What would be there; absent for nothing. */
  readonly after?: EntryState;
  /** Agents that may have made the change that would be taken back, beside or instead of the one it is taken back of. */
  readonly shared?: readonly string[];
  /** Done unless somebody says no. False for what is shared: done only if somebody says yes. */
  readonly isChosen: boolean;
}

/**
 * Why a person has to decide. What nobody decides stays as it is.
 *
 * - `changed`: it is no longer what the session, the step or the agent last wrote.
 * - `notWritten`: the session never wrote it, but it is not what the snapshot has.
 * - `unsaved`: an editor holds changes that are not saved.
 * - `protected`: changing it can make other programs run code.
 * - `notCaptured`: what is there is in no snapshot, so replacing it cannot be undone.
 * - `inTheWay`: a folder holds files that stay, where a file would have to be.
 */
export type PlannedConflictReason = ConflictReason | "notWritten" | "unsaved" | "protected";

export interface PlannedConflict extends PlannedChange {
  readonly reason: PlannedConflictReason;
  /** Hash of what the session last wrote there; null when it deleted it. */
  readonly lastWritten?: string | null;
  /** The two states are files with a known common past, so that `merge` may work. */
  readonly canMerge: boolean;
}

export interface SessionRestorePlan {
  readonly target: RestoreTarget;
  /** `version`, `files`, `step:ID` or `agent:ID`. */
  readonly scope: string;
  /** The version itself where `latest` was asked for; absent when changes are taken back. */
  readonly versionId?: string;
  /** Where it is applied. */
  readonly folders: readonly WorkspaceFolder[];
  /** Manifests of the folders as they are, and as they would be if everything was taken. */
  readonly before: string;
  readonly after: string;
  readonly changes: readonly PlannedChange[];
  readonly conflicts: readonly PlannedConflict[];
  /** There by name only, or no longer kept, so that they cannot be restored. */
  readonly notInSnapshot: readonly LeftOutFile[];
}

/** What a person decided. */
export interface RestoreChoices {
  /** By path of a change: whether it is wanted. Without an entry: `isChosen`. */
  readonly changes?: ReadonlyMap<string, boolean>;
  /** By path of a conflict: leave it, take what the snapshot has, merge the two, or put this there. Default `keep`. */
  readonly conflicts?: ReadonlyMap<string, ConflictChoice>;
}

export type ConflictChoice = "keep" | "take" | "merge" | Uint8Array;

export interface SessionRestoreResult {
  readonly sessionId: string;
  /** Absent when nothing was to be done; then nothing is in the log either. */
  readonly restoreId?: string;
  /** Restoring it undoes the restore. */
  readonly safetyVersionId?: string;
  readonly effects: readonly Effect[];
  readonly failed: readonly FailedStep[];
  /** Conflicts that stay as they are. */
  readonly kept: readonly PlannedConflict[];
  readonly merged: readonly MergedFile[];
}

export interface MergedFile {
  readonly path: string;
  /** So many places are marked, because both changed them. */
  readonly conflicts: number;
}
