/** One page that shows the list of sessions, of all processes, and is told what changes in it. */
import { onDidChange } from "../core/onDidChange.ts";
import { messageOf } from "../core/errors.ts";
import { visibleLine } from "../core/policy/visibleText.ts";
import type { Clock, Logger } from "../core/ports.ts";
import type { SessionRow } from "../core/store/sessionStore.ts";
import { LIST_PAGE, LONGEST_LIST, type ListedSession, type SessionList } from "../protocol/dashboardMessage.ts";
import type { DashboardEngine } from "./dashboardEngine.ts";
import type { EventStream } from "./eventStream.ts";

export interface SessionListFeedOptions {
  readonly stream: EventStream;
  /** How many sessions are shown. */
  readonly limit: number;
  readonly engine: DashboardEngine;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A run changes its row many times a second; the eye needs less. */
const QUIET_MILLISECONDS = 300;
/** A process that dies changes nothing in the store, so the list also looks by itself. */
const LOOK_MILLISECONDS = 5_000;

export class SessionListFeed implements Disposable {
  readonly #options: SessionListFeedOptions;
  readonly #listening: Disposable;
  #timer: Disposable | undefined;
  #told = new Map<string, string>();
  #toldOrder: string | undefined;
  #isClosed = false;

  constructor(options: SessionListFeedOptions) {
    this.#options = options;
    options.stream.onClose(() => this[Symbol.dispose]());
    this.#listening = onDidChange(options.engine, () => this.#lookIn(QUIET_MILLISECONDS, true));
    void this.#look();
  }

  [Symbol.dispose](): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#timer?.[Symbol.dispose]();
    this.#listening[Symbol.dispose]();
    this.#options.stream[Symbol.dispose]();
  }

  #isSoon = false;

  /** A look that is due later gives way to one that is due soon. */
  #lookIn(milliseconds: number, isSoon: boolean): void {
    if (this.#isClosed || (this.#timer && (this.#isSoon || !isSoon))) return;
    this.#timer?.[Symbol.dispose]();
    this.#isSoon = isSoon;
    this.#timer = this.#options.clock.setTimer(milliseconds, () => {
      this.#timer = undefined;
      this.#isSoon = false;
      void this.#look();
    });
  }

  async #look(): Promise<void> {
    const { stream, engine, logger, limit } = this.#options;
    try {
      if (!stream.isFull) this.#tell(await engine.sessions.listSessions({ limit: limit + 1 }));
    } catch (error) {
      logger.warn("the dashboard could not list the sessions", { error: messageOf(error) });
    }
    this.#lookIn(LOOK_MILLISECONDS, false);
  }

  #tell(rows: readonly SessionRow[]): void {
    if (this.#isClosed) return;
    const { stream, clock, limit } = this.#options;
    const sessions = rows.slice(0, limit).map(listedSession);
    const told = new Map(sessions.map((session) => [session.sessionId, JSON.stringify(session)]));
    const changed = sessions.filter(({ sessionId }) => told.get(sessionId) !== this.#told.get(sessionId));
    const order = [...told.keys()];
    const hasMore = rows.length > limit;
    const toldOrder = JSON.stringify([order, hasMore]);
    if (changed.length === 0 && toldOrder === this.#toldOrder) return;
    this.#told = told;
    this.#toldOrder = toldOrder;
    stream.send(JSON.stringify({ order, sessions: changed, hasMore, hostTime: clock.now() } satisfies SessionList));
  }
}

/** How many sessions a page asks for; what is no sensible number is the first page. */
export function listLimit(asked: string | null): number {
  const limit = Number(asked ?? LIST_PAGE);
  return Number.isInteger(limit) && limit > 0 && limit <= LONGEST_LIST ? limit : LIST_PAGE;
}

function listedSession(row: SessionRow): ListedSession {
  const { sessionId, stepsCompleted, stepsTotal, agentsRunning, costUsd, costIsPartial, demo, owner } = row;
  return {
    ...{ sessionId, stepsCompleted, stepsTotal, agentsRunning, costUsd, costIsPartial, demo },
    title: visibleLine(row.title.replace(/\s+/g, " ")),
    status: row.effectiveStatus,
    owner: owner && { host: visibleLine(owner.host), pid: owner.pid },
    folders: row.folders.map(({ path }) => visibleLine(path)),
    createdAt: Date.parse(row.createdAt),
    updatedAt: Date.parse(row.updatedAt),
  };
}
