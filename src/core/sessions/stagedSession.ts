/**
 * A session that is written from other events, of a file or of another session: nobody sees it until all of it is
 * there.
 */
import type { OrchestratorEvent } from "../events/event.ts";
import type { Clock, Logger } from "../ports.ts";
import type { LeaseOwner, SessionStore } from "../store/sessionStore.ts";
import { SessionFold } from "./sessionFold.ts";
import { emptyState } from "./sessionState.ts";
import { initialSummary } from "./sessionSummary.ts";
import { SessionWriter } from "./sessionWriter.ts";

/** Events and characters of them that are committed together: portions that neither memory nor others feel. */
const BATCH_EVENTS = 1_000;
const BATCH_CHARACTERS = 4 * 1024 * 1024;

/** What an event without a text of its own counts for, in characters. */
const EVENT_CHARACTERS = 1_000;

export interface StagedSessionOptions {
  readonly store: SessionStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly owner: LeaseOwner;
}

/** The name a staged session is published under, and the epoch of its last event. */
export interface Publication {
  readonly sessionId: string;
  readonly epoch: number;
}

/**
 * Gives `write` a session to fill and publishes it as `write` says. Where it throws, nothing stays.
 *
 * @throws OrchestratorError `session.exists`
 */
export async function writeStaged<Result>(
  options: StagedSessionOptions,
  purpose: "import" | "fork",
  write: (session: StagedSession) => Promise<{ readonly as: Publication; readonly result: Result }>,
): Promise<Result> {
  const { store, clock, logger, owner } = options;
  const summary = initialSummary({ goal: "", folders: [] });
  // No id a session can have: nobody sees it until it is whole, and nobody has to remove it after a crash.
  const staging = `${purpose}:${clock.newId(purpose)}`;
  const lease = await store.createSession(staging, summary, new Date(clock.now()).toISOString(), owner);
  const fold = new SessionFold({ summary, state: emptyState(), seq: 0 });
  const writer = new SessionWriter({ lease, fold, lastSeq: 0, store, clock, logger });
  try {
    const session = new StagedSession(writer);
    const { as, result } = await write(session);
    await session.flush();
    await store.publishSession(lease, as);
    return result;
  } catch (error) {
    await writer.close();
    // What cannot be removed now is removed before the next import, or by the doctor.
    await store.deleteSession(staging).catch(() => false);
    throw error;
  } finally {
    await writer.close();
  }
}

export class StagedSession {
  readonly #writer: SessionWriter;
  #events: OrchestratorEvent[] = [];
  #characters = 0;

  constructor(writer: SessionWriter) {
    this.#writer = writer;
  }

  async add(event: OrchestratorEvent): Promise<void> {
    this.#events.push(event);
    this.#characters +=
      "content" in event && typeof event.content === "string" ? event.content.length : EVENT_CHARACTERS;
    if (this.#events.length >= BATCH_EVENTS || this.#characters >= BATCH_CHARACTERS) await this.flush();
  }

  async flush(): Promise<void> {
    if (this.#events.length === 0) return;
    const events = this.#events;
    this.#events = [];
    this.#characters = 0;
    await this.#writer.commit(events);
  }
}
