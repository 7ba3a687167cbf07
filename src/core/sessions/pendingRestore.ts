/**
 * A restore that was interrupted: its steps are recorded, its outcome is not. Whoever goes on with the session
 * finishes it before anything else, because what lies in the folders is neither the one state nor the other.
 */
import { isOrchestratorError, toErrorInfo } from "../errors.ts";
import type { Effect, EventDraft, EventOf, OrchestratorEvent } from "../events/event.ts";
import type { WorkspaceFolder } from "../ports.ts";
import type { FailedStep, RestoreOutcome, RestoreStep } from "../snapshots/restore.ts";
import type { EntryState } from "../snapshots/snapshotWork.ts";
import type { WorkspaceSnapshots } from "../snapshots/workspaceSnapshots.ts";
import type { BlobStore } from "../store/blobStore.ts";

const SOURCE = "restore";

type RestoreStarted = EventOf<"restore_started">;

/** Finds the restore that a log has begun and not ended. */
export class PendingRestoreFold {
  #pending: RestoreStarted | undefined;

  apply(event: OrchestratorEvent): void {
    if (event.type === "restore_started") this.#pending = event;
    // Elsewhere, or for the session this one was copied from, it concerns other folders.
    if (event.type === "snapshot_restored" || event.type === "session_imported" || event.type === "session_forked")
      this.#pending = undefined;
  }

  get pending(): RestoreStarted | undefined {
    return this.#pending;
  }
}

export interface FinishOptions {
  /** The folders the session is in now. */
  readonly folders: readonly WorkspaceFolder[];
  readonly snapshots: SnapshotSource;
  /** Makes an event of the session durable; whoever calls has its lease. */
  readonly emit: (draft: EventDraft) => Promise<void>;
}

/** What SnapshotStore gives. */
export interface SnapshotSource {
  of(folders: readonly WorkspaceFolder[]): Promise<WorkspaceSnapshots>;
  objects(): Promise<{ readonly blobs: BlobStore }>;
}

/** Applies what is left of the steps and records the outcome, also when nothing can be done any more. */
export async function finishRestore(pending: RestoreStarted, options: FinishOptions): Promise<RestoreOutcome> {
  const { folders, snapshots, emit } = options;
  const { blobs } = await snapshots.objects();
  let steps: readonly RestoreStep[] = [];
  let outcome: RestoreOutcome;
  try {
    steps = JSON.parse(new TextDecoder().decode(await blobs.get(pending.steps))) as RestoreStep[];
    const { before, after } = { before: "", after: pending.after };
    outcome = await (await snapshots.of(folders)).resumeRestore({ before, after, steps });
  } catch (error) {
    if (!isLost(error)) throw error;
    // What was to be done is not known any more; the session goes on, and the safety version is there.
    outcome = { restored: [], failed: [{ path: ".", failure: "missing", detail: toErrorInfo(error).message }] };
  }
  await emit(restoredEvent(pending, steps, outcome));
  return outcome;
}

/** How a restore ended. */
export function restoredEvent(
  started: Pick<RestoreStarted, "restoreId" | "versionId" | "safetyVersionId" | "scope">,
  steps: readonly RestoreStep[],
  { restored, failed }: RestoreOutcome,
): Extract<EventDraft, { type: "snapshot_restored" }> {
  const { restoreId, versionId, safetyVersionId, scope } = started;
  return {
    type: "snapshot_restored",
    source: SOURCE,
    restoreId,
    ...(versionId === undefined ? {} : { versionId }),
    safetyVersionId,
    scope,
    effects: effectsOf(steps, restored),
    failed: failed.map(({ path, failure, detail }): FailedStep => ({ path, failure, detail })),
  };
}

function effectsOf(steps: readonly RestoreStep[], restored: readonly string[]): Effect[] {
  const done = new Set(restored);
  return steps
    .filter(({ path }) => done.has(path))
    .map(({ path, before, after }) => ({
      path,
      change: before === undefined ? "created" : after === undefined ? "deleted" : "modified",
      ...(before ? { ...hashOf("before", before), beforeEntry: shapeOf(before) } : {}),
      ...(after ? { ...hashOf("after", after), afterEntry: shapeOf(after) } : {}),
    }));
}

function hashOf<Name extends "before" | "after">(name: Name, { hash }: EntryState): { [Key in Name]?: string } {
  return hash === "" ? {} : ({ [name]: hash } as { [Key in Name]?: string });
}

function shapeOf({ kind, mode, size }: EntryState): NonNullable<Effect["beforeEntry"]> {
  return { kind, mode, size };
}

function isLost(error: unknown): boolean {
  if (error instanceof SyntaxError) return true;
  return isOrchestratorError(error) && (error.code === "blob.missing" || error.code === "blob.corrupted");
}
