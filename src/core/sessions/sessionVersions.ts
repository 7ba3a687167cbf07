/** Versions that a person makes, keeps or gives up. */
import type { RunControl } from "../control/runControl.ts";
import { fromErrorInfo, isOrchestratorError, OrchestratorError } from "../errors.ts";
import type { EventDraft } from "../events/event.ts";
import type { WorkspaceFolder } from "../ports.ts";
import type { WorkOptions } from "../snapshots/snapshotWork.ts";
import type { SessionRow } from "../store/sessionStore.ts";
import { LastWritten } from "./lastWritten.ts";
import type { SnapshotSource } from "./pendingRestore.ts";
import { foldersOf, isPathIn } from "./sessionFolders.ts";
import { checkLabel } from "./sessionLabels.ts";
import type { SessionManager } from "./sessionManager.ts";
import { nextVersionId } from "./versionIds.ts";
import { hasFolders, versionOf } from "./versionSnapshot.ts";

const SOURCE = "api";

export interface SessionVersionsOptions {
  /** Absolute path of AI_ORCHESTRATOR_HOME. */
  readonly home: string;
  readonly sessions: Pick<SessionManager, "getSession" | "listVersions" | "readEvents" | "add">;
  readonly snapshots: SnapshotSource;
  readonly control: Pick<RunControl, "send">;
}

export interface CreateRequest extends WorkOptions {
  readonly sessionId: string;
  /** What a person calls it. */
  readonly label?: string;
  /** Where it came from, for people: `terminal`, `VS Code`. */
  readonly origin?: string;
  /** Instead of the session's own folders, when those were moved; not while somebody runs it. */
  readonly workspaceFolders?: readonly WorkspaceFolder[];
}

export interface CreatedVersion {
  readonly versionId: string;
  /** Paths that differ from the version before that holds files; null where nobody looked. */
  readonly files: number | null;
}

export interface RemoveRequest {
  readonly sessionId: string;
  /** Default: all but those that are pinned. */
  readonly versionIds?: readonly string[];
  /** Only tell what would be removed. */
  readonly dryRun?: boolean;
}

export interface RemovedSnapshots {
  readonly removed: readonly string[];
  /** Pinned, and therefore kept. */
  readonly pinned: readonly string[];
}

export class SessionVersions {
  readonly #options: SessionVersionsOptions;

  constructor(options: SessionVersionsOptions) {
    this.#options = options;
  }

  /**
   * Makes a version of a session and its folders as they are now; whoever runs the session does it for us.
   *
   * @throws OrchestratorError `session.unknown`, `session.noFolder`, `session.otherFolders`, `session.folderGone`,
   *   `version.invalidLabel`, `workspace.*`, `command.*`, `store.*`
   */
  async create({ label, origin = SOURCE, ...request }: CreateRequest): Promise<CreatedVersion> {
    const { sessionId } = request;
    const named = label === undefined ? undefined : checkLabel(label);
    for (;;) {
      const row = await this.#options.sessions.getSession(sessionId);
      if (row.owner) return this.#ask(sessionId, named, origin);
      try {
        return await this.#make(row, named, request);
      } catch (error) {
        // Somebody began to run it meanwhile.
        if (!isOrchestratorError(error) || error.code !== "session.running") throw error;
      }
    }
  }

  /** Keeps the files of a version when space is short, or no longer. @throws as `create`, and `version.unknown` */
  async pin({
    sessionId,
    versionId,
    pinned,
  }: {
    sessionId: string;
    versionId: string;
    pinned: boolean;
  }): Promise<void> {
    await this.#options.sessions.add(sessionId, async () => {
      const version = versionOf(sessionId, await this.#options.sessions.listVersions(sessionId), versionId);
      const draft: EventDraft = {
        type: "snapshot_pinned",
        source: SOURCE,
        versionId: version.versionId,
        pinned,
      };
      return { drafts: version.isPinned === pinned ? [] : [draft], result: undefined };
    });
  }

  /**
   * Gives up the files of versions; the versions stay as points of the session. Of one that is named it does not
   * matter whether it is pinned.
   *
   * @throws OrchestratorError `session.unknown`, `session.running`, `version.unknown`
   */
  async removeSnapshots({ sessionId, versionIds, dryRun = false }: RemoveRequest): Promise<RemovedSnapshots> {
    return this.#options.sessions.add(sessionId, async () => {
      const versions = await this.#options.sessions.listVersions(sessionId);
      const asked = versionIds?.map((versionId) => versionOf(sessionId, versions, versionId)) ?? versions;
      const kept = asked.filter(hasFolders);
      const removed = kept.filter(({ isPinned }) => versionIds !== undefined || !isPinned);
      const ids = removed.map(({ versionId }) => versionId);
      const draft: EventDraft = { type: "snapshots_removed", source: SOURCE, versionIds: ids, reason: "user" };
      const pinned = kept.filter((version) => !removed.includes(version)).map(({ versionId }) => versionId);
      return { drafts: dryRun || ids.length === 0 ? [] : [draft], result: { removed: ids, pinned } };
    });
  }

  async #make(
    row: SessionRow,
    label: string | undefined,
    { sessionId, workspaceFolders, ...options }: Omit<CreateRequest, "label" | "origin">,
  ): Promise<CreatedVersion> {
    const { home, sessions, snapshots } = this.#options;
    const written = new LastWritten();
    let names: readonly string[] = [];
    for await (const event of sessions.readEvents(sessionId, 0, { withoutText: true })) {
      written.apply(event);
      if ("folders" in event && event.folders) names = event.folders.map(({ name }) => name);
    }
    const folders = await foldersOf(row, { home, names, ...(workspaceFolders ? { workspaceFolders } : {}) });
    const include = [...written.hashes].flatMap(([path, hash]) =>
      hash !== null && isPathIn(folders, path) ? [path] : [],
    );
    const here = await snapshots.of(folders);
    const { manifest } = await here.capture({ ...options, include });
    return sessions.add(sessionId, async () => {
      const versions = await sessions.listVersions(sessionId);
      const before = versions.findLast(hasFolders)?.manifest;
      const files = before === undefined ? null : (await here.compare(before, manifest, options)).length;
      const versionId = nextVersionId(versions);
      const draft: EventDraft = {
        type: "snapshot_created",
        source: SOURCE,
        versionId,
        reason: "requested",
        manifest,
        ...(files === null ? {} : { files }),
        ...(label === undefined ? {} : { label }),
      };
      return { drafts: [draft], result: { versionId, files } };
    });
  }

  async #ask(sessionId: string, label: string | undefined, origin: string): Promise<CreatedVersion> {
    const { control, sessions } = this.#options;
    const known = new Set((await sessions.listVersions(sessionId)).map(({ versionId }) => versionId));
    const payload = label === undefined ? {} : { label };
    const { accepted, refusal } = await control.send(sessionId, "snapshot", payload, origin);
    if (!accepted) throw fromErrorInfo({ code: "command.stale", params: { id: sessionId }, message: "", ...refusal });
    const versions = await sessions.listVersions(sessionId);
    const made = versions.findLast(({ versionId, reason }) => reason === "requested" && !known.has(versionId));
    if (made) return { versionId: made.versionId, files: made.files };
    throw new OrchestratorError("command.stale", { id: sessionId });
  }
}
