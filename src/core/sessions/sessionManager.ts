/**
 * Sessions as the rest of the engine and its users see them: created, opened for writing, read, followed,
 * updated, compared, removed.
 */
import type { OrchestratorEvent } from "../events/event.ts";
import type { Clock, Logger, WorkspaceFolder } from "../ports.ts";
import type { EventSelection, Lease, LeaseOwner, SessionRow, SessionStore, VersionRow } from "../store/sessionStore.ts";
import type { StoreMaintenance } from "../store/storeMaintenance.ts";
import { compressContext, type CompressOptions } from "./compressContext.ts";
import { followSession } from "./followSession.ts";
import { LoneAppend, type Addition } from "./loneAppend.ts";
import type { JsonObject } from "./mergePatch.ts";
import { diffSession, type SessionDiff } from "./sessionDiff.ts";
import { SessionEditor, type InitialSession, type SessionUpdate } from "./sessionEditor.ts";
import { SessionFold } from "./sessionFold.ts";
import { SessionCheck } from "./sessionCheck.ts";
import { checkSessionId } from "./sessionId.ts";
import { SessionReader } from "./sessionReader.ts";
import { SessionRemoval, type CleanUpRequest, type CleanUpResult } from "./sessionRemoval.ts";
import { emptyState, type SessionState } from "./sessionState.ts";
import { initialSummary } from "./sessionSummary.ts";
import { SessionWriter } from "./sessionWriter.ts";

export interface SessionManagerOptions {
  readonly store: SessionStore & StoreMaintenance;
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

/** A page of the session list, newest first. */
export interface SessionPage {
  readonly limit: number;
  /** The last row of the page before. */
  readonly before?: { readonly createdAt: string; readonly sessionId: string };
}

export class SessionManager {
  readonly #options: SessionManagerOptions;
  readonly #reader: SessionReader;
  readonly #append: LoneAppend;
  readonly #editor: SessionEditor;
  readonly #removal: SessionRemoval;
  readonly #commitListeners = new Set<() => void>();

  constructor(options: SessionManagerOptions) {
    const { store, clock, owner } = options;
    this.#options = options;
    this.#reader = new SessionReader(store);
    this.#removal = new SessionRemoval({ store, clock, reader: this.#reader });
    this.#append = new LoneAppend({
      store,
      clock,
      owner,
      reader: this.#reader,
      onDidCommit: () => this.#tellOfCommit(),
    });
    this.#editor = new SessionEditor({
      store,
      clock,
      append: this.#append,
      create: (session) => this.create({ ...session, folders: [] }),
    });
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
      return this.#writer(lease, await this.#reader.foldOf(row), row.lastSeq, options.onFenced);
    } catch (error) {
      await store.releaseLease(lease);
      throw error;
    }
  }

  /** Rejects with `session.invalidId`, or `session.unknown` naming ids that are close. */
  getSession(sessionId: string): Promise<SessionRow> {
    return this.#reader.session(sessionId);
  }

  listSessions(page: SessionPage): Promise<SessionRow[]> {
    return this.#options.store.listSessions(page);
  }

  /** The state at the end of the session's log; what a process that is gone left running is interrupted. */
  async getActiveSession(sessionId: string): Promise<SessionState> {
    return this.#reader.currentState(await this.getSession(sessionId));
  }

  async listVersions(sessionId: string): Promise<VersionRow[]> {
    await this.getSession(sessionId);
    return this.#options.store.listVersions(sessionId);
  }

  /** A version, or with `latest` the newest. Rejects with `session.unknown` or `version.unknown`. */
  async getVersion(sessionId: string, versionId: string): Promise<VersionRow> {
    return this.#reader.version(await this.getSession(sessionId), versionId);
  }

  /** The events that are in the log now, after `afterSeq`. */
  async *readEvents(
    sessionId: string,
    afterSeq = 0,
    which?: EventSelection,
  ): AsyncGenerator<OrchestratorEvent, void, void> {
    await this.getSession(sessionId);
    yield* this.#reader.events(sessionId, afterSeq, which);
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
      readEvents: (afterSeq) => this.#reader.events(sessionId, afterSeq),
      onDidCommitHere: (listener) => this.onDidCommit(listener),
      ...(options.signal ? { signal: options.signal } : {}),
    });
  }

  /**
   * Creates a session that holds a state, and gives its first version, `v1`. Rejects with `session.exists`,
   * `session.invalidId` or `session.invalidState`.
   */
  createSession(session: InitialSession = {}): Promise<string> {
    return this.#editor.create(session);
  }

  /**
   * Merges `updates` into the state of a session nobody runs, and gives the version made, or the newest one.
   * Rejects with `session.unknown`, `session.running` or `session.invalidState`.
   */
  updateSession(update: SessionUpdate): Promise<string> {
    return this.#editor.update(update);
  }

  /** The state at a version, or at the end of the log. Rejects with `session.unknown` or `version.unknown`. */
  async resumeSession(request: { readonly sessionId: string; readonly versionId?: string }): Promise<SessionState> {
    const { sessionId, versionId = "latest" } = request;
    const row = await this.getSession(sessionId);
    if (versionId === "latest") return this.#reader.currentState(row);
    return this.#reader.stateAt(sessionId, (await this.#reader.place(row, versionId)).seq);
  }

  /**
   * What differs between two versions, each `v1`, `v2`, … or `latest`. Rejects with `session.unknown` or
   * `version.unknown`.
   */
  async createSessionDiff(request: {
    readonly sessionId: string;
    readonly fromVersion: string;
    readonly toVersion: string;
  }): Promise<SessionDiff> {
    const { sessionId, fromVersion, toVersion } = request;
    const row = await this.getSession(sessionId);
    const from = await this.#reader.place(row, fromVersion);
    const to = await this.#reader.place(row, toVersion);
    return diffSession(sessionId, from, to, this.#reader.events(sessionId, 0, { withoutText: true }));
  }

  /** Cuts a context to a size: the values of `preserveKeys` stay as they are, the rest leaves references. */
  compressContext(context: object, preserveKeys: readonly string[], options?: CompressOptions): JsonObject {
    return compressContext(context, preserveKeys, options);
  }

  /**
   * Adds what `prepare` gives to a session that nobody runs, in one transaction; see LoneAppend. Rejects with
   * `session.unknown` or `session.running`.
   */
  add<Result>(sessionId: string, prepare: (row: SessionRow) => Promise<Addition<Result>>): Promise<Result> {
    return this.#append.add(sessionId, prepare);
  }

  /** Gives a session nobody runs a title. Rejects with `session.running` or `session.invalidTitle`. */
  rename(sessionId: string, title: string): Promise<void> {
    return this.#editor.rename(sessionId, title);
  }

  /** Replaces the tags of a session nobody runs. Rejects with `session.running` or `session.invalidTags`. */
  setTags(sessionId: string, tags: readonly string[]): Promise<void> {
    return this.#editor.setTags(sessionId, tags);
  }

  /** Calls `listener` when this process added to a session or removed one; the store tells of other processes. */
  onDidCommit(listener: () => void): Disposable {
    this.#commitListeners.add(listener);
    return { [Symbol.dispose]: () => this.#commitListeners.delete(listener) };
  }

  /** Removes a session that nobody runs, for good. Rejects with `session.unknown` or `session.running`. */
  async deleteSession(sessionId: string): Promise<void> {
    await this.#removal.delete(sessionId);
    this.#tellOfCommit();
  }

  /** Removes the sessions whose last event is older, never a running one. Rejects with `cleanup.invalidDays`. */
  async cleanUp(request: CleanUpRequest): Promise<CleanUpResult> {
    const result = await this.#removal.cleanUp(request);
    this.#tellOfCommit();
    return result;
  }

  /**
   * Writes what is derived from the events again: list entry, versions and kept states of a session, or of all that
   * nobody runs. Gives how many. Rejects with `session.unknown` or `session.running` for one that was named.
   */
  async rebuildDerived(sessionId?: string): Promise<number> {
    const { store } = this.#options;
    const check = new SessionCheck({ store, reader: this.#reader });
    if (sessionId !== undefined) {
      await check.rebuild((await this.getSession(sessionId)).sessionId);
      return 1;
    }
    let rebuilt = 0;
    for await (const row of this.#reader.sessions()) {
      if (row.owner !== null) continue;
      await check.rebuild(row.sessionId);
      rebuilt += 1;
    }
    return rebuilt;
  }

  #writer(lease: Lease, fold: SessionFold, lastSeq: number, onFenced: (() => void) | undefined): SessionWriter {
    const { store, clock, logger } = this.#options;
    return new SessionWriter({
      lease,
      fold,
      lastSeq,
      store,
      clock,
      logger,
      onDidCommit: () => this.#tellOfCommit(),
      ...(onFenced ? { onFenced } : {}),
    });
  }

  #tellOfCommit(): void {
    for (const listener of [...this.#commitListeners]) listener();
  }
}
