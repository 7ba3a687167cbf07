/** Reads sessions from the store: their rows, their events page by page, their state at any place of the log. */
import type { OrchestratorEvent } from "../events/event.ts";
import type { EventSelection, SessionRow, SessionStore, SessionSummary, VersionRow } from "../store/sessionStore.ts";
import { withNothingRunning } from "./interruptedState.ts";
import { SessionFold } from "./sessionFold.ts";
import { checkSessionId } from "./sessionId.ts";
import { emptyState, type SessionState } from "./sessionState.ts";
import { StateFold } from "./stateFold.ts";
import { unknownSession } from "./unknownSession.ts";
import { versionOf } from "./versionSnapshot.ts";

/** Sessions and events read at a time. */
const PAGE_SESSIONS = 100;
const PAGE_EVENTS = 1_000;

const LATEST = "latest";

/** The place in the log that a version stands for. */
export interface VersionPlace {
  readonly versionId: string;
  readonly seq: number;
  /** ISO 8601. */
  readonly createdAt: string;
}

export class SessionReader {
  readonly #store: SessionStore;

  constructor(store: SessionStore) {
    this.#store = store;
  }

  /** Rejects with `session.invalidId`, or `session.unknown` naming ids that are close. */
  async session(sessionId: string): Promise<SessionRow> {
    checkSessionId(sessionId);
    const row = await this.#store.getSession(sessionId);
    if (!row) throw await unknownSession(this.#store, sessionId);
    return row;
  }

  /** All of them, newest first, also while some are removed. */
  async *sessions(): AsyncGenerator<SessionRow, void, void> {
    for (let before: SessionRow | undefined; ;) {
      const page = await this.#store.listSessions({ limit: PAGE_SESSIONS, ...(before ? { before } : {}) });
      yield* page;
      before = page.at(-1);
      if (page.length < PAGE_SESSIONS) return;
    }
  }

  /** The events after `afterSeq` that are in the log when they are reached. */
  async *events(
    sessionId: string,
    afterSeq: number,
    which?: EventSelection,
  ): AsyncGenerator<OrchestratorEvent, void, void> {
    for (let position = afterSeq; ;) {
      const page = await this.#store.readEvents(sessionId, position, PAGE_EVENTS, which);
      const last = page.at(-1);
      if (!last) return;
      // Not handed on by `yield*`, which waits for each as if it came from a generator of its own.
      for (const event of page) yield event;
      position = last.seq;
    }
  }

  /** The state after the event `seq`: the newest kept fold before it, and what came after that. */
  async stateAt(sessionId: string, seq: number): Promise<SessionState> {
    const checkpoint = readState(await this.#store.readCheckpoint(sessionId, seq));
    const fold = new StateFold(checkpoint.state);
    for await (const event of this.events(sessionId, checkpoint.seq, { withoutText: true })) {
      if (event.seq > seq) break;
      fold.apply(event);
    }
    return fold.state;
  }

  /** The state at the end of the log; what a process that is gone left running is interrupted. */
  async currentState(row: SessionRow): Promise<SessionState> {
    const state = await this.stateAt(row.sessionId, row.lastSeq);
    return row.effectiveStatus === "interrupted" ? withNothingRunning(state) : state;
  }

  /** State and summary at the end of the log, to be carried on. */
  async foldOf(row: SessionRow): Promise<SessionFold> {
    const state = await this.stateAt(row.sessionId, row.lastSeq);
    return new SessionFold({ summary: summaryOf(row), state, seq: row.lastSeq });
  }

  /** Events since the newest kept fold: so many are read to open the session. */
  async eventsSinceCheckpoint(row: SessionRow): Promise<number> {
    const checkpoint = await this.#store.readCheckpoint(row.sessionId, row.lastSeq);
    return row.lastSeq - (checkpoint?.seq ?? 0);
  }

  /** `latest` is the end of the log. Rejects with `version.unknown` naming versions that are close. */
  async place(row: SessionRow, versionId: string): Promise<VersionPlace> {
    if (versionId === LATEST) return { versionId, seq: row.lastSeq, createdAt: row.updatedAt };
    const { seq, createdAt } = await this.version(row, versionId);
    return { versionId, seq, createdAt };
  }

  /** `latest` is the newest version. Rejects with `version.unknown` naming versions that are close. */
  async version(row: SessionRow, versionId: string): Promise<VersionRow> {
    return versionOf(row.sessionId, await this.#store.listVersions(row.sessionId), versionId);
  }
}

/** A checkpoint that cannot be read is as good as none: the events tell all of it. */
function readState(checkpoint: { seq: number; state: string } | undefined): { seq: number; state: SessionState } {
  if (checkpoint === undefined) return { seq: 0, state: emptyState() };
  try {
    return { seq: checkpoint.seq, state: JSON.parse(checkpoint.state) as SessionState };
  } catch {
    return { seq: 0, state: emptyState() };
  }
}

/** The derived columns of a row. */
export function summaryOf(row: SessionRow): SessionSummary {
  const { goal, title, status, folders, stepsTotal, stepsCompleted, agentsRunning, tags } = row;
  const { costUsd, costIsPartial, inputTokens, outputTokens, lastCompletedStep, versions, demo, parent } = row;
  const counts = { stepsTotal, stepsCompleted, agentsRunning, versions };
  const usage = { costUsd, costIsPartial, inputTokens, outputTokens };
  return { goal, title, status, folders, lastCompletedStep, demo, tags, parent, ...counts, ...usage };
}
