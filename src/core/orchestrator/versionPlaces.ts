/**
 * What the folders are to be when a session goes on from a version, or another one is forked from it: as they are,
 * what they were then, or a new folder with the files of then.
 */
import path from "node:path";
import { OrchestratorError } from "../errors.ts";
import { checkNewFolder, makeNewFolder } from "../newFolder.ts";
import type { WorkspaceFolder } from "../ports.ts";
import { snapshotOf } from "../sessions/versionSnapshot.ts";
import type { RestoreChoices, SessionRestoreResult } from "../sessions/restorePlan.ts";
import type { SessionRestores } from "../sessions/sessionRestores.ts";
import type { SessionManager } from "../sessions/sessionManager.ts";
import type { LeftOutFile } from "../snapshots/snapshotWork.ts";
import type { SnapshotStore } from "../snapshots/snapshotStore.ts";

export type WorkspaceChoice =
  /** The folders stay as they are. */
  | { readonly kind: "keep" }
  /** They are restored, as `choices` says: without them, whatever is in doubt stays as it is. It can be undone. */
  | {
      readonly kind: "restore";
      readonly choices?: RestoreChoices;
      /** Paths that are open in editors with changes nobody has saved. */
      readonly unsaved?: readonly string[];
      /** Hears what became of it, before the run begins. */
      readonly onRestored?: (result: SessionRestoreResult) => void;
    }
  /** It goes on in a folder that is empty or does not exist yet; of several folders each is a folder in it. */
  | {
      readonly kind: "newFolder";
      readonly path: string;
      /** Hears what was put there; awaited before the run begins. */
      readonly onFilled?: (filled: FilledFolder) => void | Promise<void>;
    };

export interface FilledFolder {
  readonly path: string;
  /** Where the session goes on. */
  readonly folders: readonly WorkspaceFolder[];
  readonly files: number;
  /** In the version by name only: too big, secret, ignored. */
  readonly notInSnapshot: readonly LeftOutFile[];
}

export interface VersionPlace {
  readonly sessionId: string;
  /** `v1`, `v2`, … or `latest`, the newest. */
  readonly versionId: string;
  /** Of the session, in the order in which its paths know them. */
  readonly folderNames: readonly string[];
  /** Where the session's folders are now, if they were moved. */
  readonly workspaceFolders?: readonly WorkspaceFolder[] | undefined;
}

export interface PreparedPlace {
  /** Where the session goes on, when that is not where it was. */
  readonly folders?: readonly WorkspaceFolder[];
  /** For when nothing comes of it after all. */
  undo(): Promise<void>;
}

export interface VersionPlacesOptions {
  /** Absolute path of AI_ORCHESTRATOR_HOME. */
  readonly home: string;
  readonly sessions: Pick<SessionManager, "listVersions">;
  readonly snapshots: Pick<SnapshotStore, "of">;
  readonly restores: Pick<SessionRestores, "plan" | "apply">;
}

const NOTHING_TO_UNDO = async (): Promise<void> => undefined;

export class VersionPlaces {
  readonly #options: VersionPlacesOptions;

  constructor(options: VersionPlacesOptions) {
    this.#options = options;
  }

  /**
   * Looks whether it can be done, and changes nothing.
   *
   * @throws OrchestratorError `version.unknown`, `snapshot.removed`, `snapshot.notCaptured`, `newFolder.notEmpty`,
   *   `workspace.*`, `home.insideWorkspace`
   */
  async check(choice: WorkspaceChoice, { sessionId, versionId }: VersionPlace): Promise<void> {
    if (choice.kind === "keep") return;
    await this.#manifestOf(sessionId, versionId);
    if (choice.kind === "newFolder") await checkNewFolder(choice.path, this.#options.home);
  }

  /**
   * Does it.
   *
   * @throws OrchestratorError what `check` throws, `blob.missing`, `blob.corrupted`, `newFolder.incomplete`
   */
  async prepare(choice: WorkspaceChoice, place: VersionPlace): Promise<PreparedPlace> {
    if (choice.kind === "keep") return { undo: NOTHING_TO_UNDO };
    if (choice.kind === "restore") return this.#restore(choice, place);
    const manifest = await this.#manifestOf(place.sessionId, place.versionId);
    const made = await makeNewFolder(choice.path, this.#options.home);
    try {
      const folders = await this.#foldersIn(made.path, place.folderNames);
      const filled = await this.#fill(made.path, folders, manifest);
      await choice.onFilled?.({ path: made.path, folders, ...filled });
      return { folders, undo: () => made.remove() };
    } catch (error) {
      await made.remove();
      throw error;
    }
  }

  async #restore(
    { choices, unsaved = [], onRestored }: WorkspaceChoice & { readonly kind: "restore" },
    { sessionId, versionId, workspaceFolders }: VersionPlace,
  ): Promise<PreparedPlace> {
    const { restores } = this.#options;
    const options = { unsaved, ...(workspaceFolders ? { workspaceFolders } : {}) };
    const result = await restores.apply(await restores.plan({ sessionId, versionId }, options), choices);
    onRestored?.(result);
    // Whatever it replaced is in its safety version.
    return { undo: NOTHING_TO_UNDO };
  }

  async #manifestOf(sessionId: string, versionId: string): Promise<string> {
    return snapshotOf(sessionId, await this.#options.sessions.listVersions(sessionId), versionId).manifest;
  }

  async #foldersIn(parent: string, names: readonly string[]): Promise<WorkspaceFolder[]> {
    const [only = path.basename(parent), ...others] = names;
    if (others.length === 0) return [{ name: only, path: parent }];
    const folders: WorkspaceFolder[] = [];
    for (const name of names) {
      const { path: own } = await makeNewFolder(path.join(parent, name), this.#options.home);
      folders.push({ name, path: own });
    }
    return folders;
  }

  async #fill(
    parent: string,
    folders: readonly WorkspaceFolder[],
    manifest: string,
  ): Promise<Pick<FilledFolder, "files" | "notInSnapshot">> {
    const snapshots = await this.#options.snapshots.of(folders);
    const plan = await snapshots.planRestore({ manifest });
    const { restored, failed } = await snapshots.applyRestore(plan, { onIntent: NOTHING_TO_UNDO });
    const [first] = failed;
    if (first) {
      const { path: file, detail } = first;
      throw new OrchestratorError("newFolder.incomplete", { path: parent, count: failed.length, file, detail });
    }
    return { files: restored.length, notInSnapshot: plan.notInSnapshot };
  }
}
