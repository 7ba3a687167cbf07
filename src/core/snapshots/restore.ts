/**
 * What a restore is about: a plan that says what would change and what is in doubt, made before anything is
 * touched, and what became of it. Plain data, so that a plan can be shown, kept and applied again.
 *
 * Paths are path text; in a plan for one folder relative to it, in one for a workspace workspace paths.
 */
import type { EntryState, FolderScope, LeftOutFile } from "./snapshotWork.ts";

/** One path that would change. `before` is what is there now, `after` what would be; absent for nothing. */
export interface RestoreChange {
  readonly path: string;
  readonly before?: EntryState;
  readonly after?: EntryState;
  /** Changing it can make other programs run code (protectedPaths.ts). */
  readonly isProtected: boolean;
}

/**
 * - `changed`: it is no longer what the session last wrote, or somebody else wrote it.
 * - `notCaptured`: what is there is not in any snapshot, so replacing it cannot be undone.
 * - `inTheWay`: a folder holds files that stay, where a file would have to be.
 */
export type ConflictReason = "changed" | "notCaptured" | "inTheWay";

export interface RestoreConflict extends RestoreChange {
  readonly reason: ConflictReason;
  /** Hash of what the session last wrote there; null when it deleted it, absent when it never touched it. */
  readonly lastWritten?: string | null;
}

export interface RestoreRequest {
  readonly folder: FolderScope;
  /** The tree to return to; empty to change nothing but `files`. */
  readonly tree: string;
  /** What certain paths are to be, whatever the tree says; null for nothing. */
  readonly files?: ReadonlyMap<string, EntryState | null>;
  /**
   * What the session last wrote, by path: a hash, or null for what it deleted. What it never touched is a
   * conflict where the tree has it, and is left alone where the tree has nothing. Without it everything
   * that differs is a change.
   */
  readonly lastWritten?: ReadonlyMap<string, string | null>;
  /** Nothing but these paths and what is below them. */
  readonly paths?: readonly string[];
  /** Folders that go too when nothing is left in them. */
  readonly emptied?: readonly string[];
  /** Files looked at whatever the rules say, beside those named above. */
  readonly include?: readonly string[];
  /** As in CaptureRequest. */
  readonly onlyFolder?: string;
}

export interface RestorePlan {
  /** Tree of the folder as it is: the safety version, with the content of everything that would be overwritten. */
  readonly before: string;
  /** Manifest with it; only when `onlyFolder` was given. */
  readonly manifestBefore?: string;
  /** Tree of what it is to be. */
  readonly after: string;
  readonly changes: readonly RestoreChange[];
  readonly conflicts: readonly RestoreConflict[];
  /** In the snapshot by name only, so that they cannot be restored and stay as they are. */
  readonly notInSnapshot: readonly LeftOutFile[];
}

/** One path to be changed for certain. */
export interface RestoreStep {
  readonly path: string;
  readonly before?: EntryState;
  readonly after?: EntryState;
}

export interface ApplyRequest {
  readonly folder: FolderScope;
  /** Of the plan. */
  readonly after: string;
  readonly steps: readonly RestoreStep[];
  /** The same steps were begun before and interrupted: files may be half written. */
  readonly isResumed: boolean;
}

/**
 * - `changed`: it is not what the plan says any more, and was left alone.
 * - `inTheWay`: something else is where a folder is needed, or a folder is not empty.
 * - `missing`, `corrupted`: the store does not have the content.
 * - `failed`: the system did not allow it.
 */
export type StepFailure = "changed" | "inTheWay" | "missing" | "corrupted" | "failed";

export interface FailedStep {
  readonly path: string;
  readonly failure: StepFailure;
  readonly detail: string;
}

export interface RestoreOutcome {
  /** Paths that are now what they were to be. */
  readonly restored: readonly string[];
  readonly failed: readonly FailedStep[];
}
