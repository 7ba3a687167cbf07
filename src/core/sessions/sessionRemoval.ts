/** Takes sessions away for good: one that a person names, or all that nobody touched for days. */
import { isOrchestratorError, OrchestratorError } from "../errors.ts";
import type { Clock } from "../ports.ts";
import type { SessionRow, SessionStore } from "../store/sessionStore.ts";
import type { SessionReader } from "./sessionReader.ts";

const DAY_MILLISECONDS = 24 * 60 * 60 * 1_000;
/** More days than any session is old; keeps the arithmetic within dates. */
const MOST_DAYS = 100_000;

export interface CleanUpRequest {
  /** Sessions whose last event is older; fractions are allowed. */
  readonly olderThanDays: number;
  /** Only tell what would be removed. */
  readonly dryRun?: boolean;
  /** None but these, by id. */
  readonly only?: ReadonlySet<string>;
}

export interface CleanUpResult {
  readonly dryRun: boolean;
  /** What was removed, or would be, newest first. */
  readonly removed: readonly RemovedSession[];
  /** Old ones that stay because somebody runs them. */
  readonly running: readonly RemovedSession[];
}

export type RemovedSession = Pick<SessionRow, "sessionId" | "title" | "updatedAt">;

export class SessionRemoval {
  readonly #store: SessionStore;
  readonly #reader: SessionReader;
  readonly #clock: Clock;

  constructor(options: { readonly store: SessionStore; readonly reader: SessionReader; readonly clock: Clock }) {
    this.#store = options.store;
    this.#reader = options.reader;
    this.#clock = options.clock;
  }

  /** Removes the session with all its rows. Rejects with `session.unknown` or `session.running`. */
  async delete(sessionId: string): Promise<void> {
    await this.#reader.session(sessionId);
    await this.#store.deleteSession(sessionId);
  }

  /** Rejects with `cleanup.invalidDays`. */
  async cleanUp({ olderThanDays, dryRun = false, only }: CleanUpRequest): Promise<CleanUpResult> {
    if (!(olderThanDays >= 0 && olderThanDays <= MOST_DAYS)) {
      throw new OrchestratorError("cleanup.invalidDays", { days: String(olderThanDays) });
    }
    const before = new Date(this.#clock.now() - olderThanDays * DAY_MILLISECONDS).toISOString();
    const removed: RemovedSession[] = [];
    const running: RemovedSession[] = [];
    for await (const row of this.#reader.sessions()) {
      if (row.updatedAt >= before || only?.has(row.sessionId) === false) continue;
      const session = { sessionId: row.sessionId, title: row.title, updatedAt: row.updatedAt };
      const outcome = row.owner !== null ? "running" : dryRun ? "removed" : await this.#deleteOld(row);
      if (outcome === "running") running.push(session);
      if (outcome === "removed") removed.push(session);
    }
    return { dryRun, removed, running };
  }

  /** A session that somebody took up, changed or removed since it was listed is left to them. */
  async #deleteOld(row: SessionRow): Promise<"removed" | "running" | "changed"> {
    try {
      const removed = await this.#store.deleteSession(row.sessionId, { lastSeq: row.lastSeq });
      return removed ? "removed" : "changed";
    } catch (error) {
      const code = isOrchestratorError(error) ? error.code : undefined;
      if (code === "session.running") return "running";
      if (code === "session.unknown") return "changed";
      throw error;
    }
  }
}
