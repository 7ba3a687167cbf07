/** Changes to sessions that nobody runs: created with a state, updated, renamed, tagged. */
import type { EventDraft } from "../events/event.ts";
import type { Clock } from "../ports.ts";
import type { SessionStore } from "../store/sessionStore.ts";
import { toJsonObject } from "./jsonState.ts";
import { checkTags, checkTitle } from "./sessionLabels.ts";
import { place, type LoneAppend } from "./loneAppend.ts";
import type { SessionWriter } from "./sessionWriter.ts";
import { nextVersionId } from "./versionIds.ts";

const SOURCE = "api";

export interface InitialSession {
  /** Generated when absent. */
  readonly sessionId?: string;
  /** `workflow`, `agents`, `history` and keys of one's own; `workflow.goal` becomes the session's goal. */
  readonly initialState?: object;
}

export interface SessionUpdate {
  readonly sessionId: string;
  /** Merged into the state: objects key by key, anything else is replaced. */
  readonly updates: object;
  /** Make a version of the state after the update. */
  readonly createSnapshot?: boolean;
}

export interface SessionEditorOptions {
  readonly store: Pick<SessionStore, "listVersions">;
  readonly clock: Clock;
  readonly append: LoneAppend;
  /** Creates a session without folders, whose log is empty. */
  readonly create: (session: { sessionId?: string; goal: string }) => Promise<SessionWriter>;
}

export class SessionEditor {
  readonly #options: SessionEditorOptions;

  constructor(options: SessionEditorOptions) {
    this.#options = options;
  }

  /**
   * Creates a session and gives its first version, `v1`. Rejects with `session.exists`, `session.invalidId` or
   * `session.invalidState`.
   */
  async create({ sessionId, initialState = {} }: InitialSession): Promise<string> {
    const state = toJsonObject(initialState);
    const { goal } = (state["workflow"] ?? {}) as { goal?: unknown };
    const known = typeof goal === "string" ? goal : "";
    const writer = await this.#options.create({ goal: known, ...(sessionId === undefined ? {} : { sessionId }) });
    try {
      const now = this.#options.clock.now();
      const at = { sessionId: writer.sessionId, epoch: writer.lease.epoch, lastSeq: 0, now };
      const created: EventDraft = { type: "session_created", source: SOURCE, goal: known, folders: [], state };
      await writer.commit(place([created, version("v1", "session_created")], at));
    } finally {
      await writer.close();
    }
    return "v1";
  }

  /**
   * Gives the version made, or the newest one. Rejects with `session.unknown`, `session.running` or
   * `session.invalidState`.
   */
  async update({ sessionId, updates, createSnapshot = false }: SessionUpdate): Promise<string> {
    const patch = toJsonObject(updates);
    const updated: EventDraft = { type: "session_updated", source: SOURCE, patch };
    return this.#options.append.add(sessionId, async () => {
      const versions = await this.#options.store.listVersions(sessionId);
      if (!createSnapshot) return { drafts: [updated], result: versions.at(-1)?.versionId ?? "latest" };
      const next = nextVersionId(versions);
      return { drafts: [updated, version(next, "session_updated")], result: next };
    });
  }

  /** Rejects with `session.unknown`, `session.running` or `session.invalidTitle`. */
  async rename(sessionId: string, title: string): Promise<void> {
    const checked = checkTitle(title);
    const drafts: EventDraft[] = [{ type: "session_renamed", source: SOURCE, title: checked }];
    await this.#options.append.add(sessionId, async () => ({ drafts, result: undefined }));
  }

  /** Replaces the tags. Rejects with `session.unknown`, `session.running` or `session.invalidTags`. */
  async setTags(sessionId: string, tags: readonly string[]): Promise<void> {
    const checked = checkTags(tags);
    const drafts: EventDraft[] = [{ type: "session_tagged", source: SOURCE, tags: checked }];
    await this.#options.append.add(sessionId, async () => ({ drafts, result: undefined }));
  }
}

function version(versionId: string, reason: string): EventDraft {
  return { type: "snapshot_created", source: SOURCE, versionId, reason };
}
