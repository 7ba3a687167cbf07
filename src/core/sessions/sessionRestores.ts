/**
 * Restores files to what they were at a version of a session, or takes back what one of its steps or agents did.
 *
 * 1. `plan` says what would change and what is in doubt; nothing is touched.
 * 2. A person decides.
 * 3. `apply` takes the session's lease, looks at the folders once more, makes a safety version of them and records
 *    the steps, in one commit; then the files are changed, and what became of it is an event like any other.
 *
 * So a restore is in the log, can be undone by restoring its safety version, and one that was interrupted is finished
 * before anything else happens with the session.
 */
import { OrchestratorError } from "../errors.ts";
import type { EventDraft, EventOf, OrchestratorEvent } from "../events/event.ts";
import { SessionLog } from "../events/sessionLog.ts";
import type { Clock } from "../ports.ts";
import type { MergeResult } from "../snapshots/mergeText.ts";
import type { RestoreOutcome, RestoreStep } from "../snapshots/restore.ts";
import type { RestoreIntent, WorkspaceRestorePlan } from "../snapshots/workspaceRestores.ts";
import { ownerWords } from "../store/processIdentity.ts";
import { finishRestore, restoredEvent, type SnapshotSource } from "./pendingRestore.ts";
import { decide, deedsNow, type Deeds } from "./restoreDecision.ts";
import type { RestoreChoices, RestoreTarget, SessionRestorePlan, SessionRestoreResult } from "./restorePlan.ts";
import { RestorePlanning, type PlanOptions, type PreparedRestore } from "./restorePlanning.ts";
import { foldersOf } from "./sessionFolders.ts";
import type { SessionManager } from "./sessionManager.ts";
import type { SessionPast } from "./sessionPast.ts";
import { nextVersionId } from "./versionIds.ts";

const SOURCE = "restore";

export interface SessionRestoresOptions {
  /** Absolute path of AI_ORCHESTRATOR_HOME, where nothing is restored. */
  readonly home: string;
  readonly sessions: SessionManager;
  readonly snapshots: SnapshotSource;
  readonly clock: Clock;
  /** Hears every event when it is durable. */
  readonly onEvent?: (event: OrchestratorEvent) => void;
}

export class SessionRestores {
  readonly #options: SessionRestoresOptions;
  readonly #planning: RestorePlanning;

  constructor(options: SessionRestoresOptions) {
    this.#options = options;
    this.#planning = new RestorePlanning(options);
  }

  /**
   * What restoring the target would change. A restore of the session that was interrupted is finished first.
   *
   * @throws OrchestratorError `session.unknown`, `session.running`, `session.noFolder`, `session.otherFolders`,
   *   `session.folderGone`, `version.unknown`, `snapshot.removed`, `snapshot.notCaptured`, `snapshot.noSuchPath`,
   *   `step.unknown`, `agent.unknown`, `blob.missing`, `blob.corrupted`, `workspace.*`, `path.unknownFolder`
   */
  async plan(target: RestoreTarget, options: PlanOptions = {}): Promise<SessionRestorePlan> {
    await this.#refuseRunning(target.sessionId);
    let past = await this.#planning.past(target);
    if (past.pending) {
      await this.finish(target.sessionId, options);
      past = await this.#planning.past(target);
    }
    return (await this.#planning.prepare(target, past, options)).plan;
  }

  /** The restore of the session that was interrupted, if one was. */
  async pending(sessionId: string): Promise<EventOf<"restore_started"> | undefined> {
    return (await this.#planning.past({ sessionId, versionId: "latest" })).pending;
  }

  /**
   * Finishes the restore of a session nobody runs that was interrupted. Undefined when none was.
   *
   * @throws OrchestratorError `session.running`, and what is wrong with its folders
   */
  async finish(
    sessionId: string,
    options: Pick<PlanOptions, "workspaceFolders"> = {},
  ): Promise<RestoreOutcome | undefined> {
    if (!(await this.pending(sessionId))) return undefined;
    return this.#withLog({ sessionId, versionId: "latest" }, (log, past) =>
      this.#finishPending(sessionId, log, past, options),
    );
  }

  /** The merge of a conflict that `canMerge`, to be shown; undefined when one of the states is no text. */
  async merge(plan: SessionRestorePlan, path: string): Promise<MergeResult | undefined> {
    const conflict = plan.conflicts.find((candidate) => candidate.path === path);
    const { before, after, lastWritten, canMerge } = conflict ?? {};
    if (!canMerge || !before || !after || !lastWritten) return undefined;
    const labels = { mine: "yours", theirs: plan.versionId ?? "before" };
    const snapshots = await this.#options.snapshots.of(plan.folders);
    return snapshots.merge({ base: lastWritten, mine: before.hash, theirs: after.hash, labels });
  }

  /**
   * Applies a plan as somebody decided. A path that is not what the plan says any more is left alone and told. It
   * cannot be stopped half-way, and can be undone.
   *
   * @throws OrchestratorError as `plan`, and `session.fenced`, `store.busy`, `store.failed`
   */
  async apply(plan: SessionRestorePlan, choices: RestoreChoices = {}): Promise<SessionRestoreResult> {
    const { sessionId } = plan.target;
    await this.#refuseRunning(sessionId);
    const decided = await decide(plan, choices, (path) => this.merge(plan, path));
    const { kept, merged } = decided;
    if (decided.paths.size === 0) return { sessionId, effects: [], failed: [], kept, merged };
    return this.#withLog(plan.target, async (log, past) => {
      const options = { workspaceFolders: plan.folders };
      if (past.pending) await this.#finishPending(sessionId, log, past, options);
      const known = past.pending ? await this.#planning.past(plan.target) : past;
      const prepared = await this.#planning.prepare(plan.target, known, options);
      const deeds = deedsNow(decided, plan, prepared.plan);
      const { stale } = deeds;
      if (deeds.changes.length + deeds.conflicts.length === 0) {
        return { sessionId, effects: [], failed: stale, kept, merged: [] };
      }
      const { ended, failed } = await this.#perform(prepared, deeds, log);
      const { restoreId, safetyVersionId, effects } = ended;
      return { sessionId, restoreId, safetyVersionId, effects, failed: [...stale, ...failed], kept, merged };
    });
  }

  async #perform(
    { plan, workspace, areFoldersNew }: PreparedRestore,
    { changes, conflicts, contents }: Deeds,
    log: SessionLog,
  ): Promise<{ readonly ended: ReturnType<typeof restoredEvent>; readonly failed: RestoreOutcome["failed"] }> {
    const { sessions, clock, snapshots } = this.#options;
    const { folders, versionId, scope } = plan;
    const started = {
      restoreId: clock.newId("restore"),
      ...(versionId === undefined ? {} : { versionId }),
      safetyVersionId: nextVersionId(await sessions.listVersions(log.sessionId)),
      scope,
    };
    let steps: readonly RestoreStep[] = [];
    const wanted: WorkspaceRestorePlan = { ...workspace, changes, conflicts };
    const outcome = await (
      await snapshots.of(folders)
    ).applyRestore(wanted, {
      decisions: { conflicts: contents },
      onIntent: async (intent) => {
        ({ steps } = intent);
        const own = steps.filter(({ path }) => contents.has(path)).map(({ after }) => after?.hash ?? "");
        const details = {
          ...(areFoldersNew ? { folders: [...folders] } : {}),
          ...(own.length > 0 ? { contents: own } : {}),
        };
        await this.#recordIntent(log, intent, { ...started, ...details });
      },
    });
    const ended = restoredEvent(started, steps, outcome);
    await log.emit(ended);
    return { ended, failed: outcome.failed };
  }

  /** In one turn, so that both are in one commit. */
  async #recordIntent(
    log: SessionLog,
    { before, after, steps }: RestoreIntent,
    started: Omit<Extract<EventDraft, { type: "restore_started" }>, "type" | "source" | "after" | "steps">,
  ): Promise<void> {
    const { blobs } = await this.#options.snapshots.objects();
    const [hash = ""] = await blobs.put([new TextEncoder().encode(JSON.stringify(steps))]);
    const files = await this.#filesSince(log.sessionId, before);
    const { safetyVersionId: versionId } = started;
    await Promise.all([
      log.emit({
        type: "snapshot_created",
        source: SOURCE,
        versionId,
        reason: "before_restore",
        manifest: before,
        files,
      }),
      log.emit({ type: "restore_started", source: SOURCE, ...started, after, steps: hash }),
    ]);
  }

  /** Paths that differ from the newest version that has folders. */
  async #filesSince(sessionId: string, manifest: string): Promise<number> {
    const { sessions, snapshots } = this.#options;
    const before = (await sessions.listVersions(sessionId)).findLast((version) => version.manifest !== null)?.manifest;
    if (before === undefined || before === null) return 0;
    return (await (await snapshots.of([])).compare(before, manifest)).length;
  }

  async #finishPending(
    sessionId: string,
    log: SessionLog,
    past: SessionPast,
    { workspaceFolders }: Pick<PlanOptions, "workspaceFolders">,
  ): Promise<RestoreOutcome | undefined> {
    if (!past.pending) return undefined;
    const { home, sessions, snapshots } = this.#options;
    const folders = await foldersOf(await sessions.getSession(sessionId), {
      home,
      names: past.folderNames,
      ...(workspaceFolders ? { workspaceFolders } : {}),
    });
    return finishRestore(past.pending, { folders, snapshots, emit: (draft) => log.emit(draft) });
  }

  /** Runs `action` as the session's owner, with a log to write to and what the log says so far. */
  async #withLog<Result>(
    target: RestoreTarget,
    action: (log: SessionLog, past: SessionPast) => Promise<Result>,
  ): Promise<Result> {
    const { sessions, clock, onEvent } = this.#options;
    const { sessionId } = target;
    const writer = await sessions.openForWriting(sessionId);
    const log = new SessionLog({
      sessionId,
      epoch: writer.lease.epoch,
      lastSeq: writer.lastSeq,
      clock,
      commit: (events) => writer.commit(events),
      readCommitted: (after, limit) => writer.readCommitted(after, limit),
      ...(onEvent ? { onDeliver: onEvent } : {}),
    });
    try {
      // Read under the lease: from here on nobody else adds to the log.
      return await action(log, await this.#planning.past(target));
    } finally {
      await log.close().catch(() => undefined);
      await writer.close();
    }
  }

  async #refuseRunning(sessionId: string): Promise<void> {
    const { owner } = await this.#options.sessions.getSession(sessionId);
    if (!owner) return;
    throw new OrchestratorError("session.running", { id: sessionId, owner: ownerWords(owner) });
  }
}
