/** The sessions at work in every window and terminal, each as its log adds up to now. */
import { isOrchestratorError } from "../core/errors.ts";
import type { SessionManager } from "../core/sessions/sessionManager.ts";
import type { SessionRow } from "../core/store/sessionStore.ts";
import { EMPTY_VIEW, foldEvent } from "./viewModel.ts";
import type { RunView } from "./viewModel.ts";

export interface WatchedSession {
  readonly row: SessionRow;
  readonly view: RunView;
}

export interface SessionWatchOptions {
  readonly sessions: Pick<SessionManager, "getSession" | "listSessions" | "readEvents">;
  /** Only this one, at work or not. */
  readonly sessionId?: string;
  /** Milliseconds on a clock that only grows. */
  readonly monotonic: () => number;
}

interface Known {
  readonly view: RunView;
  readonly seq: number;
}

const PAGE = 100;
/** An old session may be taken up again; all of them are looked through only so often. */
const WHOLE_LIST_MILLISECONDS = 15_000;

export class SessionWatch {
  readonly #options: SessionWatchOptions;
  #known = new Map<string, Known>();
  #lookedThroughAt = -Infinity;

  constructor(options: SessionWatchOptions) {
    this.#options = options;
  }

  /** How they are now, newest first. @throws OrchestratorError `session.unknown`, `session.invalidId` for a named one */
  async look(): Promise<WatchedSession[]> {
    const { sessions, sessionId } = this.#options;
    const rows = sessionId === undefined ? await this.#rowsAtWork() : [await sessions.getSession(sessionId)];
    const known = new Map<string, Known>();
    const watched: WatchedSession[] = [];
    for (const row of rows) {
      const next = await this.#bringForward(row);
      if (!next) continue;
      known.set(row.sessionId, next);
      watched.push({ row, view: next.view });
    }
    this.#known = known;
    return watched;
  }

  async #rowsAtWork(): Promise<SessionRow[]> {
    const { sessions, monotonic } = this.#options;
    const rows = new Map<string, SessionRow>();
    const now = monotonic();
    const lookThrough = now - this.#lookedThroughAt >= WHOLE_LIST_MILLISECONDS;
    if (lookThrough) this.#lookedThroughAt = now;
    for (let before: SessionRow | undefined; ;) {
      const page = await sessions.listSessions({ limit: PAGE, ...(before ? { before } : {}) });
      for (const row of page) if (row.owner !== null) rows.set(row.sessionId, row);
      before = page.at(-1);
      if (page.length < PAGE || !lookThrough) break;
    }
    for (const sessionId of this.#known.keys()) {
      if (rows.has(sessionId)) continue;
      const row = await this.#rowIfThere(sessionId);
      if (row && row.owner !== null) rows.set(sessionId, row);
    }
    return [...rows.values()].toSorted((left, right) => right.createdAt.localeCompare(left.createdAt));
  }

  async #rowIfThere(sessionId: string): Promise<SessionRow | undefined> {
    try {
      return await this.#options.sessions.getSession(sessionId);
    } catch (error) {
      if (isOrchestratorError(error) && error.code === "session.unknown") return undefined;
      throw error;
    }
  }

  /** Undefined for a session that was removed meanwhile. */
  async #bringForward({ sessionId }: SessionRow): Promise<Known | undefined> {
    let { view, seq } = this.#known.get(sessionId) ?? { view: EMPTY_VIEW, seq: 0 };
    try {
      for await (const event of this.#options.sessions.readEvents(sessionId, seq, { withoutText: true })) {
        view = foldEvent(view, event);
        seq = event.seq;
      }
      return { view, seq };
    } catch (error) {
      if (isOrchestratorError(error) && error.code === "session.unknown" && this.#options.sessionId === undefined)
        return undefined;
      throw error;
    }
  }
}
