/**
 * Restores of a whole workspace: plan, let a person decide, record the intent, apply.
 *
 * Whatever would be overwritten or deleted is in the snapshot `plan.before`, which is durable before anything
 * is touched: name it as the safety version, and the restore can be undone.
 */
import type { Manifests } from "./manifests.ts";
import type { BlobStore } from "../store/blobStore.ts";
import type { WorkspaceFolder } from "../ports.ts";
import type {
  FailedStep,
  RestoreChange,
  RestoreConflict,
  RestoreOutcome,
  RestorePlan,
  RestoreRequest,
  RestoreStep,
} from "./restore.ts";
import type { EntryState, LeftOutFile, SnapshotWork, WorkOptions } from "./snapshotWork.ts";
import type { WorkspaceEntry } from "./tree.ts";
import type { WorkspaceScope } from "./workspaceScope.ts";

export interface WorkspaceRestoreRequest extends Pick<
  RestoreRequest,
  "files" | "lastWritten" | "paths" | "emptied" | "include"
> {
  /** The snapshot to return to. Without: nothing is changed but `files`. */
  readonly manifest?: string;
}

export interface WorkspaceRestorePlan {
  /** Manifest of the folders as they are: the safety version. */
  readonly before: string;
  /** Manifest of what they are to be. */
  readonly after: string;
  readonly changes: readonly RestoreChange[];
  readonly conflicts: readonly RestoreConflict[];
  /** In the snapshot by name only; they stay as they are. */
  readonly notInSnapshot: readonly LeftOutFile[];
}

/** What a person decided about a plan. */
export interface RestoreDecisions {
  /** Changes that are not wanted. */
  readonly skip?: ReadonlySet<string>;
  /** For conflicts: take what the snapshot has, or this content, such as a merge. What is not named is kept. */
  readonly conflicts?: ReadonlyMap<string, "take" | Uint8Array>;
}

/** What is about to be done, for certain. Plain data, to be recorded. */
export interface RestoreIntent {
  readonly before: string;
  readonly after: string;
  readonly steps: readonly RestoreStep[];
}

export interface RestoreApplication extends WorkOptions {
  readonly decisions?: RestoreDecisions;
  /** Awaited before anything is touched: makes the intent durable. */
  readonly onIntent: (intent: RestoreIntent) => Promise<void>;
}

/** One folder of a snapshot and the folder here that it stands for. */
interface FolderPair {
  readonly folder: WorkspaceFolder;
  readonly tree: string;
}

interface FolderPlan {
  readonly folder: WorkspaceFolder;
  readonly plan: RestorePlan;
}

export interface WorkspaceRestoresOptions {
  readonly scope: WorkspaceScope;
  readonly manifests: Manifests;
  readonly blobs: BlobStore;
  readonly work: SnapshotWork;
}

export class WorkspaceRestores {
  readonly #options: WorkspaceRestoresOptions;

  constructor(options: WorkspaceRestoresOptions) {
    this.#options = options;
  }

  /**
   * @throws OrchestratorError `path.unknownFolder` when the snapshot has a folder the workspace does not have,
   * `blob.missing`, `blob.corrupted`, `workspace.missing`
   */
  async plan(request: WorkspaceRestoreRequest, options: WorkOptions): Promise<WorkspaceRestorePlan> {
    const { scope, work } = this.#options;
    const plans: FolderPlan[] = [];
    for (const { folder, tree } of await this.#pairs(request.manifest)) {
      const own: RestoreRequest = {
        folder: await scope.of(folder),
        tree,
        ...(request.files ? { files: this.#ofFolder(folder, request.files) } : {}),
        ...(request.lastWritten ? { lastWritten: this.#ofFolder(folder, request.lastWritten) } : {}),
        ...(request.paths ? { paths: scope.byFolder(request.paths).get(folder) ?? [] } : {}),
        ...(request.emptied ? { emptied: scope.byFolder(request.emptied).get(folder) ?? [] } : {}),
        ...(request.include ? { include: scope.byFolder(request.include).get(folder) ?? [] } : {}),
        ...scope.onlyFolder,
      };
      plans.push({ folder, plan: await work.planRestore(own, options) });
    }
    const located = <Item extends { readonly path: string }>(items: (plan: RestorePlan) => readonly Item[]): Item[] =>
      plans.flatMap(({ folder, plan }) =>
        items(plan).map((item) => ({ ...item, path: scope.workspacePath(folder, item.path) })),
      );
    return {
      before: await this.#manifestBefore(plans),
      after: await this.#manifestAfter(plans, request),
      changes: located((plan) => plan.changes),
      conflicts: located((plan) => plan.conflicts),
      notInSnapshot: located((plan) => plan.notInSnapshot),
    };
  }

  /** Changes the folders. What failed is told, path by path; the rest is done. */
  async apply(
    plan: WorkspaceRestorePlan,
    { decisions, onIntent, ...options }: RestoreApplication,
  ): Promise<RestoreOutcome> {
    const intent = { before: plan.before, after: plan.after, steps: await this.#decide(plan, decisions ?? {}) };
    await onIntent(intent);
    options.signal?.throwIfAborted();
    return this.#perform(intent, false, options);
  }

  /** Goes on with what was begun: finished steps are left alone, half-written files are written anew. */
  resume(intent: RestoreIntent, options: WorkOptions): Promise<RestoreOutcome> {
    return this.#perform(intent, true, options);
  }

  async #manifestBefore(plans: readonly FolderPlan[]): Promise<string> {
    const { manifests } = this.#options;
    const trees = plans.map(({ folder, plan }) => ({ name: folder.name, tree: plan.before }));
    const made = plans[0]?.plan.manifestBefore;
    if (made === undefined) return manifests.join(trees);
    manifests.note(made, trees);
    return made;
  }

  /** That of the request, if it is for folders of these names and nothing was put in. */
  async #manifestAfter(plans: readonly FolderPlan[], { manifest }: WorkspaceRestoreRequest): Promise<string> {
    const { manifests } = this.#options;
    const trees = plans.map(({ folder, plan }) => ({ name: folder.name, tree: plan.after }));
    const asked = manifest === undefined ? [] : await manifests.split(manifest);
    const isSame = ({ name, tree }: WorkspaceEntry, index: number): boolean =>
      name === trees[index]?.name && tree === trees[index]?.tree;
    return manifest !== undefined && asked.length === trees.length && asked.every(isSame)
      ? manifest
      : manifests.join(trees);
  }

  async #decide(plan: WorkspaceRestorePlan, { skip, conflicts }: RestoreDecisions): Promise<RestoreStep[]> {
    const steps: RestoreStep[] = plan.changes.filter(({ path }) => !skip?.has(path)).map(stepOf);
    for (const conflict of plan.conflicts) {
      const decision = conflicts?.get(conflict.path);
      if (decision === "take") steps.push(stepOf(conflict));
      else if (decision) steps.push({ ...stepOf(conflict), after: await this.#keep(conflict, decision) });
    }
    return steps;
  }

  async #keep({ before, after }: RestoreConflict, content: Uint8Array): Promise<EntryState> {
    const [hash = ""] = await this.#options.blobs.put([content]);
    const mode = [before, after].find((entry) => entry?.kind === "file")?.mode ?? 0o644;
    return { kind: "file", mode, size: content.length, hash };
  }

  async #perform({ after, steps }: RestoreIntent, isResumed: boolean, options: WorkOptions): Promise<RestoreOutcome> {
    const { scope, work } = this.#options;
    const restored: string[] = [];
    const failed: FailedStep[] = [];
    for (const { folder, tree } of await this.#pairs(after)) {
      const own = steps.flatMap((step) => {
        const located = scope.locate(step.path);
        return located.folder === folder ? [{ ...step, path: located.path }] : [];
      });
      if (own.length === 0) continue;
      const request = { folder: await scope.of(folder), after: tree, steps: own, isResumed };
      const outcome = await work.applyRestore(request, options);
      for (const path of outcome.restored) restored.push(scope.workspacePath(folder, path));
      for (const step of outcome.failed) failed.push({ ...step, path: scope.workspacePath(folder, step.path) });
    }
    return { restored, failed };
  }

  /** The folders of a snapshot with their counterparts here; of no snapshot, all folders with no tree. */
  async #pairs(manifest: string | undefined): Promise<FolderPair[]> {
    const { scope, manifests } = this.#options;
    if (manifest === undefined) return scope.folders.map((folder) => ({ folder, tree: "" }));
    const folders = await manifests.split(manifest);
    return folders.map(({ name, tree }) => ({ folder: scope.counterpart(name, folders.length), tree }));
  }

  #ofFolder<Value>(folder: WorkspaceFolder, values: ReadonlyMap<string, Value>): Map<string, Value> {
    const own = new Map<string, Value>();
    for (const [path, value] of values) {
      const located = this.#options.scope.locate(path);
      if (located.folder === folder) own.set(located.path, value);
    }
    return own;
  }
}

function stepOf({ path, before, after }: RestoreChange): RestoreStep {
  return { path, ...(before ? { before } : {}), ...(after ? { after } : {}) };
}
