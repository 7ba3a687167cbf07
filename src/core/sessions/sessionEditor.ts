/** Changes to sessions that nobody runs: created with a state, updated, renamed, tagged. */
import { OrchestratorError } from "../errors.ts";
import type { EventDraft, OrchestratorEvent } from "../events/event.ts";
import type { Clock } from "../ports.ts";
import type { LeaseOwner, SessionRow, SessionStore } from "../store/sessionStore.ts";
import { toJsonObject } from "./jsonState.ts";
import { checkTags, checkTitle } from "./sessionLabels.ts";
import type { SessionFold } from "./sessionFold.ts";
import type { SessionReader } from "./sessionReader.ts";
import type { SessionWriter } from "./sessionWriter.ts";
import { nextVersionId } from "./versionIds.ts";

const SOURCE = "api";

/**
 * A state is kept when the events since the last one kept have about so many times its size, so that kept
 * states stay a fraction of the log and opening a session reads little more than its state.
 */
const LOG_PER_KEPT_STATE = 4;
/** What the row of an event takes at least, in characters. */
const SMALLEST_EVENT = 300;

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
  readonly store: SessionStore;
  readonly reader: SessionReader;
  readonly clock: Clock;
  readonly owner: LeaseOwner;
  /** Creates a session without folders, whose log is empty. */
  readonly create: (session: { sessionId?: string; goal: string }) => Promise<SessionWriter>;
  /** Called after every commit. */
  readonly onDidCommit: () => void;
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
      const place = { sessionId: writer.sessionId, epoch: writer.lease.epoch, lastSeq: 0 };
      const created: EventDraft = { type: "session_created", source: SOURCE, goal: known, folders: [], state };
      await writer.commit(this.#place([created, version("v1", "session_created")], place));
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
    const row = await this.#options.reader.session(sessionId);
    return this.#commitAlone(row, async () => {
      const versions = await this.#options.store.listVersions(sessionId);
      if (!createSnapshot) return { drafts: [updated], result: versions.at(-1)?.versionId ?? "latest" };
      const next = nextVersionId(versions);
      return { drafts: [updated, version(next, "session_updated")], result: next };
    });
  }

  /** Rejects with `session.unknown`, `session.running` or `session.invalidTitle`. */
  async rename(sessionId: string, title: string): Promise<void> {
    const checked = checkTitle(title);
    const row = await this.#options.reader.session(sessionId);
    const drafts: EventDraft[] = [{ type: "session_renamed", source: SOURCE, title: checked }];
    await this.#commitAlone(row, async () => ({ drafts, result: undefined }));
  }

  /** Replaces the tags. Rejects with `session.unknown`, `session.running` or `session.invalidTags`. */
  async setTags(sessionId: string, tags: readonly string[]): Promise<void> {
    const checked = checkTags(tags);
    const row = await this.#options.reader.session(sessionId);
    const drafts: EventDraft[] = [{ type: "session_tagged", source: SOURCE, tags: checked }];
    await this.#commitAlone(row, async () => ({ drafts, result: undefined }));
  }

  /**
   * Adds events in an epoch of their own: the lease is taken, used and given back in one transaction, so that
   * a process that ends in between holds nothing. Somebody else's update in the meantime is taken in first.
   */
  async #commitAlone<Result>(
    found: SessionRow,
    prepare: () => Promise<{ drafts: readonly EventDraft[]; result: Result }>,
  ): Promise<Result> {
    const { store, reader, owner, onDidCommit } = this.#options;
    const { sessionId } = found;
    for (let row = found; ;) {
      const { drafts, result } = await prepare();
      const epoch = row.epoch + 1;
      const events = this.#place(drafts, { sessionId, epoch, lastSeq: row.lastSeq });
      const fold = await reader.foldOf(row);
      for (const event of events) fold.apply(event);
      const checkpoint = this.#checkpointOf(fold, events, await reader.eventsSinceCheckpoint(row));
      const batch = { lease: { sessionId, epoch }, events, summary: fold.summary };
      if (await store.appendAlone(checkpoint === undefined ? batch : { ...batch, checkpoint }, owner)) {
        onDidCommit();
        return result;
      }
      const before = row;
      row = await reader.session(sessionId);
      if (row.epoch === before.epoch && row.lastSeq === before.lastSeq) {
        throw new OrchestratorError("store.failed", { detail: `session ${sessionId} takes no event` });
      }
    }
  }

  /** Those before are taken to be about as long as these. */
  #checkpointOf(fold: SessionFold, events: readonly OrchestratorEvent[], since: number): string | undefined {
    const characters = Math.max(SMALLEST_EVENT, JSON.stringify(events).length / events.length);
    const state = fold.toCheckpoint();
    return (since + events.length) * characters >= LOG_PER_KEPT_STATE * state.length ? state : undefined;
  }

  #place(
    drafts: readonly EventDraft[],
    { sessionId, epoch, lastSeq }: { sessionId: string; epoch: number; lastSeq: number },
  ): OrchestratorEvent[] {
    const timestamp = new Date(this.#options.clock.now()).toISOString();
    return drafts.map((draft, index) => {
      const seq = lastSeq + 1 + index;
      return { ...draft, id: `evt_${epoch}_${seq}`, seq, epoch, timestamp, sessionId };
    });
  }
}

function version(versionId: string, reason: string): EventDraft {
  return { type: "snapshot_created", source: SOURCE, versionId, reason };
}
