/** The sessions of the store as the views need them: pages, single rows, and what changed, from any process. */
import * as vscode from "vscode";
import type { Engine } from "../../core/engine.ts";
import { VOLATILE_KINDS } from "../../core/events/eventKinds.ts";
import type { SessionState } from "../../core/sessions/sessionState.ts";
import type { SessionRow, VersionRow } from "../../core/store/sessionStore.ts";
import type { EngineHost } from "../engineHost.ts";
import { isRunning } from "./sessionNodes.ts";

export interface SessionChange {
  /** The one session that changed; absent when the list did. */
  readonly sessionId?: string;
  /** Does it belong to another group now? */
  readonly regroup?: boolean;
}

const PAGE = 100;
/** Changes that come closer together are shown together. */
const QUIET_MILLISECONDS = 100;

export class SessionFeed implements vscode.Disposable {
  readonly #host: EngineHost;
  readonly #changed = new vscode.EventEmitter<SessionChange>();
  readonly #didLoad = new vscode.EventEmitter<void>();
  readonly #disposables: Disposable[] = [];
  #rows: SessionRow[] = [];
  #hasMore = false;
  #loaded: Promise<void> | undefined;
  #limit = PAGE;
  #timer: NodeJS.Timeout | undefined;
  #refreshing = false;

  readonly onDidChange = this.#changed.event;
  /** Fires when the first page was read. */
  readonly onDidLoad = this.#didLoad.event;

  constructor(host: EngineHost) {
    this.#host = host;
    const opened = host.onDidOpen((engine) => this.#watch(engine));
    this.#disposables.push({ [Symbol.dispose]: () => opened.dispose() });
  }

  async rows(): Promise<{ rows: readonly SessionRow[]; hasMore: boolean }> {
    this.#loaded ??= this.#loadFirst();
    await this.#loaded;
    return { rows: this.#rows, hasMore: this.#hasMore };
  }

  row(sessionId: string): SessionRow | undefined {
    return this.#rows.find((row) => row.sessionId === sessionId);
  }

  async state(sessionId: string): Promise<SessionState> {
    return (await this.#host.get()).sessions.getActiveSession(sessionId);
  }

  async versions(sessionId: string): Promise<VersionRow[]> {
    return (await this.#host.get()).sessions.listVersions(sessionId);
  }

  async loadMore(): Promise<void> {
    this.#limit += PAGE;
    await this.#refresh(true);
  }

  /** Looks again soon; many calls make one look. */
  refreshSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.#refresh(false);
    }, QUIET_MILLISECONDS);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    for (const disposable of this.#disposables) disposable[Symbol.dispose]();
    this.#changed.dispose();
    this.#didLoad.dispose();
  }

  #watch(engine: Engine): void {
    this.#disposables.push(
      engine.bus.subscribe("*", (event) => {
        if (!VOLATILE_KINDS.has(event.type)) this.refreshSoon();
      }),
      engine.onDidChangeElsewhere(() => this.refreshSoon()),
    );
  }

  async #loadFirst(): Promise<void> {
    try {
      await this.#load();
    } catch (error) {
      // Whoever asks again may be luckier.
      this.#loaded = undefined;
      throw error;
    }
    this.#didLoad.fire();
  }

  async #load(): Promise<void> {
    const engine = await this.#host.get();
    const rows = await engine.sessions.listSessions({ limit: this.#limit + 1 });
    this.#hasMore = rows.length > this.#limit;
    this.#rows = rows.slice(0, this.#limit);
  }

  async #refresh(always: boolean): Promise<void> {
    if (!this.#loaded && !always) {
      this.#changed.fire({});
      return;
    }
    if (this.#refreshing) {
      this.refreshSoon();
      return;
    }
    this.#refreshing = true;
    try {
      const before = new Map(this.#rows.map((row) => [row.sessionId, row]));
      await this.#load();
      const sameList = this.#rows.length === before.size && this.#rows.every((row) => before.has(row.sessionId));
      if (always || !sameList) {
        this.#changed.fire({});
        return;
      }
      for (const row of this.#rows) {
        const old = before.get(row.sessionId);
        if (old && (old.lastSeq !== row.lastSeq || old.effectiveStatus !== row.effectiveStatus)) {
          this.#changed.fire({
            sessionId: row.sessionId,
            regroup: isRunning(old) !== isRunning(row) || old.effectiveStatus !== row.effectiveStatus,
          });
        }
      }
    } finally {
      this.#refreshing = false;
    }
  }
}
