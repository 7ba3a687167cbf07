/** Sessions as the rest of the engine and its users see them: created, opened for writing, read, followed. */
import type { OrchestratorEvent } from "../events/event.ts";
import type { Clock, Logger, WorkspaceFolder } from "../ports.ts";
import type { Lease, LeaseOwner, SessionRow, SessionStore, SessionSummary, VersionRow } from "../store/sessionStore.ts";
import { followSession } from "./followSession.ts";
import { SessionFold } from "./sessionFold.ts";
import { checkSessionId } from "./sessionId.ts";
import { emptyState, type SessionState } from "./sessionState.ts";
import { initialSummary } from "./sessionSummary.ts";
import { SessionWriter } from "./sessionWriter.ts";
import { StateFold } from "./stateFold.ts";
import { unknownSession } from "./unknownSession.ts";

/** Events read at a time. */
const PAGE_EVENTS = 1_000;

export interface SessionManagerOptions {
  readonly store: SessionStore;
  readonly clock: Clock;
  /** This process, as `describeThisProcess` gives it. */
  readonly owner: LeaseOwner;
  readonly logger: Logger;
}

export interface CreateSessionOptions {
  /** Generated when absent. */
  readonly sessionId?: string;
  readonly goal: string;
  readonly folders: readonly WorkspaceFolder[];
  readonly demo?: boolean;
  /** Called once, when another owner has taken the session. */
  readonly onFenced?: () => void;
}

export class SessionManager {
  readonly #options: SessionManagerOptions;
  readonly #commitListeners = new Set<() => void>();

  constructor(options: SessionManagerOptions) {
    this.#options = options;
  }

  /** Creates a session and its writer; the log is empty. Rejects with `session.invalidId` or `session.exists`. */
  async create(options: CreateSessionOptions): Promise<SessionWriter> {
    const { store, clock, owner } = this.#options;
    const sessionId = options.sessionId ?? clock.newId("session");
    checkSessionId(sessionId);
    const { goal, folders, demo = false } = options;
    const summary = initialSummary({ goal, folders, demo });
    const lease = await store.createSession(sessionId, summary, new Date(clock.now()).toISOString(), owner);
    const fold = new SessionFold({ summary, state: emptyState(), seq: 0 });
    return this.#writer(lease, fold, 0, options.onFenced);
  }

  /**
   * Takes the lease of a session nobody runs, at the end of its log. Rejects with `session.invalidId`,
   * `session.unknown` or `session.running`.
   */
  async openForWriting(sessionId: string, options: { readonly onFenced?: () => void } = {}): Promise<SessionWriter> {
    const { store, owner } = this.#options;
    await this.getSession(sessionId);
    const lease = await store.takeLease(sessionId, owner);
    try {
      // Read after the lease is ours: from here on nobody else adds to the log.
      const row = await this.getSession(sessionId);
      const fold = new SessionFold({ summary: summaryOf(row), state: await this.#fold(row), seq: row.lastSeq });
      return this.#writer(lease, fold, row.lastSeq, options.onFenced);
    } catch (error) {
      await store.releaseLease(lease);
      throw error;
    }
  }

  /** Rejects with `session.invalidId`, or `session.unknown` naming ids that are close. */
  async getSession(sessionId: string): Promise<SessionRow> {
    checkSessionId(sessionId);
    const { store } = this.#options;
    const row = await store.getSession(sessionId);
    if (!row) throw await unknownSession(store, sessionId);
    return row;
  }

  /** Newest first. `before` is the last row of the page before. */
  listSessions(page: { limit: number; before?: { createdAt: string; sessionId: string } }): Promise<SessionRow[]> {
    return this.#options.store.listSessions(page);
  }

  /** The state at the end of the session's log. */
  async getActiveSession(sessionId: string): Promise<SessionState> {
    return this.#fold(await this.getSession(sessionId));
  }

  async listVersions(sessionId: string): Promise<VersionRow[]> {
    await this.getSession(sessionId);
    return this.#options.store.listVersions(sessionId);
  }

  /** The events that are in the log now, after `afterSeq`. */
  async *readEvents(
    sessionId: string,
    afterSeq = 0,
    options?: { readonly withoutText: boolean },
  ): AsyncGenerator<OrchestratorEvent, void, void> {
    await this.getSession(sessionId);
    yield* this.#pages(sessionId, afterSeq, options);
  }

  /**
   * Committed events after `afterSeq`, and those that come while the session runs, whoever runs it. Ends
   * when the session has ended, its owner is gone or the signal aborts.
   */
  async *follow(
    sessionId: string,
    options: { readonly afterSeq?: number; readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<OrchestratorEvent, void, void> {
    await this.getSession(sessionId);
    const { store, clock } = this.#options;
    yield* followSession({
      sessionId,
      afterSeq: options.afterSeq ?? 0,
      store,
      clock,
      readEvents: (afterSeq) => this.#pages(sessionId, afterSeq),
      onDidCommitHere: (listener) => this.#onDidCommit(listener),
      ...(options.signal ? { signal: options.signal } : {}),
    });
  }

  #writer(lease: Lease, fold: SessionFold, lastSeq: number, onFenced: (() => void) | undefined): SessionWriter {
    const { store, clock, logger } = this.#options;
    const onDidCommit = (): void => {
      for (const listener of [...this.#commitListeners]) listener();
    };
    return new SessionWriter({
      lease,
      fold,
      lastSeq,
      store,
      clock,
      logger,
      onDidCommit,
      ...(onFenced ? { onFenced } : {}),
    });
  }

  #onDidCommit(listener: () => void): Disposable {
    this.#commitListeners.add(listener);
    return { [Symbol.dispose]: () => this.#commitListeners.delete(listener) };
  }

  /** The newest kept fold and what came after it. */
  async #fold(row: SessionRow): Promise<SessionState> {
    const checkpoint = await this.#options.store.readCheckpoint(row.sessionId, row.lastSeq);
    const start = checkpoint ? (JSON.parse(checkpoint.state) as SessionState) : emptyState();
    const fold = new StateFold(start);
    for await (const event of this.#pages(row.sessionId, checkpoint?.seq ?? 0, { withoutText: true })) {
      if (event.seq > row.lastSeq) break;
      fold.apply(event);
    }
    return fold.state;
  }

  async *#pages(
    sessionId: string,
    afterSeq: number,
    options?: { readonly withoutText: boolean },
  ): AsyncGenerator<OrchestratorEvent, void, void> {
    for (let position = afterSeq; ;) {
      const page = await this.#options.store.readEvents(sessionId, position, PAGE_EVENTS, options);
      const last = page.at(-1);
      if (!last) return;
      yield* page;
      position = last.seq;
    }
  }
}

function summaryOf(row: SessionRow): SessionSummary {
  const { goal, title, status, folders, stepsTotal, stepsCompleted, agentsRunning } = row;
  const { costUsd, costIsPartial, inputTokens, outputTokens, lastCompletedStep, versions, demo } = row;
  const counts = { stepsTotal, stepsCompleted, agentsRunning, versions };
  const usage = { costUsd, costIsPartial, inputTokens, outputTokens };
  return { goal, title, status, folders, lastCompletedStep, demo, ...counts, ...usage };
}
