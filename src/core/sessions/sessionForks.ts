/**
 * Writes a session that begins as another one was at a version: a copy of its log up to there, and then what makes
 * it a session of its own. The parent may run meanwhile; what is copied is committed and never changes.
 */
import { OrchestratorError } from "../errors.ts";
import type { EventDraft, EventOf, OrchestratorEvent } from "../events/event.ts";
import type { WorkspaceFolder } from "../ports.ts";
import type { SessionStore } from "../store/sessionStore.ts";
import type { StoreMaintenance } from "../store/storeMaintenance.ts";
import { checkSessionId } from "./sessionId.ts";
import type { SessionManager } from "./sessionManager.ts";
import { writeStaged, type StagedSession, type StagedSessionOptions } from "./stagedSession.ts";

/** A fork has one owner before anybody runs it: whoever wrote it. */
const EPOCH = 1;

const SOURCE = "fork";

export interface SessionForksOptions extends StagedSessionOptions {
  readonly store: SessionStore & StoreMaintenance;
  readonly sessions: Pick<SessionManager, "getSession" | "getVersion" | "readEvents">;
}

export interface ForkDraft {
  readonly parentSessionId: string;
  /** `v1`, `v2`, … or `latest`: the newest version. */
  readonly parentVersionId: string;
  /** Of the fork; generated when absent. */
  readonly sessionId?: string;
  readonly goal?: string;
  readonly prompt?: string;
  readonly model?: string;
  /** Where the fork works. */
  readonly folders: readonly WorkspaceFolder[];
}

export interface WrittenFork {
  readonly sessionId: string;
  /** Of its `session_forked`; what comes before is the parent's. */
  readonly forkedSeq: number;
}

export class SessionForks {
  readonly #options: SessionForksOptions;

  constructor(options: SessionForksOptions) {
    this.#options = options;
  }

  /** Looks whether a fork can have the id. Rejects with `session.invalidId` or `session.exists`. */
  async checkId(sessionId: string): Promise<void> {
    checkSessionId(sessionId);
    if (await this.#options.store.getSession(sessionId))
      throw new OrchestratorError("session.exists", { id: sessionId });
  }

  /**
   * The fork appears when all of it is there; nobody runs it then. Rejects with `session.unknown`,
   * `version.unknown`, `session.exists`, `session.invalidId` or `session.damaged`, and nothing is there then.
   */
  async write(draft: ForkDraft): Promise<WrittenFork> {
    const { store, clock, sessions } = this.#options;
    const sessionId = draft.sessionId ?? clock.newId("session");
    checkSessionId(sessionId);
    const place = await sessions.getVersion(draft.parentSessionId, draft.parentVersionId);
    await store.removeLeftovers();
    return writeStaged(this.#options, "fork", async (staged) => {
      const copied = await this.#copy(draft.parentSessionId, place.seq, (event) => staged.add({ ...event, sessionId }));
      const forkedSeq = place.seq + copied.later.length + 1;
      let seq = place.seq;
      const append = (own: EventDraft): Promise<void> => staged.add(this.#event(own, sessionId, (seq += 1)));
      for (const later of copied.later) await append(later);
      await append(forkedEvent(draft, place.versionId));
      return { as: { sessionId, epoch: EPOCH }, result: { sessionId, forkedSeq } };
    });
  }

  /**
   * Gives every event up to `seq`, and what the parent tells later about what is copied: that the folders of a
   * version have been read, or are no longer kept, and that all of it came from a file.
   */
  async #copy(
    parentSessionId: string,
    seq: number,
    add: (event: OrchestratorEvent) => ReturnType<StagedSession["add"]>,
  ): Promise<{ readonly later: readonly EventDraft[] }> {
    const { sessions } = this.#options;
    const versions = new Set<string>();
    let last = 0;
    for await (const event of sessions.readEvents(parentSessionId)) {
      if (event.seq > seq || event.seq !== last + 1) break;
      last = event.seq;
      if (event.type === "snapshot_created") versions.add(event.versionId);
      await add({ ...withoutProcess(event), id: `evt_${EPOCH}_${event.seq}`, epoch: EPOCH });
    }
    if (last !== seq) {
      // It was deleted meanwhile, or it is not whole.
      await sessions.getSession(parentSessionId);
      throw new OrchestratorError("session.damaged", { id: parentSessionId, seq: last + 1 });
    }
    const later: EventDraft[] = [];
    for await (const event of sessions.readEvents(parentSessionId, seq, { withoutText: true })) {
      const told = toldLater(event, versions);
      if (told) later.push(told);
    }
    return { later };
  }

  #event(draft: EventDraft, sessionId: string, seq: number): OrchestratorEvent {
    const timestamp = new Date(this.#options.clock.now()).toISOString();
    return { ...draft, id: `evt_${EPOCH}_${seq}`, seq, epoch: EPOCH, timestamp, sessionId };
  }
}

function forkedEvent(draft: ForkDraft, parentVersionId: string): EventDraft {
  const { parentSessionId, goal, prompt, model, folders } = draft;
  return {
    type: "session_forked",
    source: SOURCE,
    parentSessionId,
    parentVersionId,
    ...(goal === undefined ? {} : { goal }),
    ...(prompt === undefined ? {} : { prompt }),
    ...(model === undefined ? {} : { model }),
    folders: folders.map(({ name, path }) => ({ name, path })),
  };
}

/** A process of the parent is none of the fork's: whoever goes on with the fork must not end it. */
function withoutProcess(event: OrchestratorEvent): OrchestratorEvent {
  if (event.type !== "tool_started") return event;
  const { processGroup: _group, processStartedAt: _started, ...rest } = event;
  return rest;
}

function toldLater(event: OrchestratorEvent, versions: ReadonlySet<string>): EventDraft | undefined {
  switch (event.type) {
    case "snapshot_captured":
      return versions.has(event.versionId) ? draftOf(event) : undefined;
    case "snapshots_removed": {
      const versionIds = event.versionIds.filter((versionId) => versions.has(versionId));
      return versionIds.length === 0 ? undefined : { ...draftOf(event), versionIds };
    }
    case "session_imported":
      // An import says so at the end of what it brings; without it an earlier version would seem to be our own.
      return draftOf(event);
    default:
      return undefined;
  }
}

function draftOf<Kind extends "snapshot_captured" | "snapshots_removed" | "session_imported">(
  event: EventOf<Kind>,
): EventOf<Kind> {
  return { ...event, source: SOURCE };
}
