/**
 * Adds events to a session that nobody runs, in an epoch of their own: the lease is taken, used and given back in one
 * transaction, so that a process that ends in between holds nothing.
 */
import { OrchestratorError } from "../errors.ts";
import type { EventDraft, OrchestratorEvent } from "../events/event.ts";
import type { Clock } from "../ports.ts";
import type { LeaseOwner, SessionRow, SessionStore } from "../store/sessionStore.ts";
import type { SessionFold } from "./sessionFold.ts";
import type { SessionReader } from "./sessionReader.ts";

/**
 * A state is kept when the events since the last one kept have about so many times its size, so that kept
 * states stay a fraction of the log and opening a session reads little more than its state.
 */
const LOG_PER_KEPT_STATE = 4;
/** What the row of an event takes at least, in characters. */
const SMALLEST_EVENT = 300;

export interface LoneAppendOptions {
  readonly store: SessionStore;
  readonly reader: SessionReader;
  readonly clock: Clock;
  readonly owner: LeaseOwner;
  /** Called after every commit. */
  readonly onDidCommit: () => void;
}

/** What is to be added, and what whoever asked gets to know. */
export interface Addition<Result> {
  readonly drafts: readonly EventDraft[];
  readonly result: Result;
}

export class LoneAppend {
  readonly #options: LoneAppendOptions;

  constructor(options: LoneAppendOptions) {
    this.#options = options;
  }

  /**
   * Commits what `prepare` gives, which is asked again when somebody else wrote in the meantime; no drafts, no
   * commit. Rejects with `session.unknown` or `session.running`.
   */
  async add<Result>(sessionId: string, prepare: (row: SessionRow) => Promise<Addition<Result>>): Promise<Result> {
    const { store, reader, owner, onDidCommit } = this.#options;
    for (let row = await reader.session(sessionId); ;) {
      const { drafts, result } = await prepare(row);
      if (drafts.length === 0) return result;
      const epoch = row.epoch + 1;
      const events = place(drafts, { sessionId, epoch, lastSeq: row.lastSeq, now: this.#options.clock.now() });
      const fold = await reader.foldOf(row);
      for (const event of events) fold.apply(event);
      const checkpoint = checkpointOf(fold, events, await reader.eventsSinceCheckpoint(row));
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
}

/** The drafts as the log would number them. */
export function place(
  drafts: readonly EventDraft[],
  { sessionId, epoch, lastSeq, now }: { sessionId: string; epoch: number; lastSeq: number; now: number },
): OrchestratorEvent[] {
  const timestamp = new Date(now).toISOString();
  return drafts.map((draft, index) => {
    const seq = lastSeq + 1 + index;
    return { ...draft, id: `evt_${epoch}_${seq}`, seq, epoch, timestamp, sessionId };
  });
}

/** Those before are taken to be about as long as these. */
function checkpointOf(fold: SessionFold, events: readonly OrchestratorEvent[], since: number): string | undefined {
  const characters = Math.max(SMALLEST_EVENT, JSON.stringify(events).length / events.length);
  const state = fold.toCheckpoint();
  return (since + events.length) * characters >= LOG_PER_KEPT_STATE * state.length ? state : undefined;
}
