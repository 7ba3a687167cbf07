/** Holds what the store keeps beside a session's log against the log itself, and writes it again where it differs. */
import { isOrchestratorError, messageOf } from "../errors.ts";
import { eventSchema, type OrchestratorEvent } from "../events/event.ts";
import type { Message } from "../messages.ts";
import type { SessionRow, SessionStore } from "../store/sessionStore.ts";
import type { DerivedRows, StoreMaintenance } from "../store/storeMaintenance.ts";
import { DerivedRowsFold } from "./derivedRows.ts";
import { summaryOf, type SessionReader } from "./sessionReader.ts";

/** Something found; a person has to act only where it could not be repaired. */
export interface Finding {
  readonly repaired: boolean;
  readonly message: Message;
}

export interface SessionCheckOptions {
  readonly store: SessionStore & StoreMaintenance;
  readonly reader: SessionReader;
}

interface Checkpoint {
  readonly seq: number;
  readonly state: string;
}

export class SessionCheck {
  readonly #store: SessionStore & StoreMaintenance;
  readonly #reader: SessionReader;

  constructor({ store, reader }: SessionCheckOptions) {
    this.#store = store;
    this.#reader = reader;
  }

  /** What is wrong with a session. Derived rows are repaired unless somebody runs it. */
  async check(row: SessionRow): Promise<Finding[]> {
    const { sessionId: id } = row;
    const { count, lastSeq } = await this.#store.countEvents(id);
    if (count !== lastSeq) return [problem({ code: "doctor.gap", params: { id, count, last: lastSeq } })];
    const faults: Message[] = [];
    // Of a session that runs, what was there when its row was read.
    const end = row.owner === null ? lastSeq : row.lastSeq;
    const checkpoints = await this.#checkpoints(id, end);
    const wrong = new Set<string>();
    let rows: DerivedRows;
    try {
      rows = await this.#fold(id, end, checkpoints, wrong, faults);
    } catch (error) {
      if (isOrchestratorError(error)) throw error;
      return [...faults.map(problem), problem(notUnderstood(id, end, messageOf(error)))];
    }
    if (!sameJson(summaryOf(row), rows.summary)) wrong.add("list entry");
    if (row.owner === null && row.lastSeq !== lastSeq) wrong.add("end of the log");
    const versions = (await this.#store.listVersions(id)).filter(({ seq }) => seq <= end);
    if (!sameJson(versions, rows.versions)) wrong.add("versions");
    const findings = faults.map(problem);
    if (wrong.size === 0) return findings;
    const message: Message<"doctor.derived"> = { code: "doctor.derived", params: { id, rows: [...wrong].join(", ") } };
    return [...findings, { repaired: await this.#replace(id, rows), message }];
  }

  /** Writes what is derived from the events of a session nobody runs again. Rejects with `session.running`. */
  async rebuild(sessionId: string): Promise<void> {
    for (;;) {
      const { lastSeq } = await this.#store.countEvents(sessionId);
      const rows = await this.#fold(sessionId, lastSeq, [], new Set(), []);
      if (await this.#store.replaceDerived(sessionId, rows)) return;
    }
  }

  /** False where somebody runs the session, or wrote to it since it was looked at. */
  async #replace(sessionId: string, rows: DerivedRows): Promise<boolean> {
    try {
      return await this.#store.replaceDerived(sessionId, rows);
    } catch (error) {
      if (isOrchestratorError(error) && (error.code === "session.running" || error.code === "session.unknown"))
        return false;
      throw error;
    }
  }

  async #fold(
    id: string,
    end: number,
    checkpoints: readonly Checkpoint[],
    wrong: Set<string>,
    faults: Message[],
  ): Promise<DerivedRows> {
    const fold = new DerivedRowsFold();
    const waiting = [...checkpoints];
    const compareUpTo = (seq: number): void => {
      while (waiting[0] && waiting[0].seq < seq) {
        if (waiting.shift()?.state !== fold.checkpoint()) wrong.add("kept states");
      }
    };
    for await (const event of this.#reader.events(id, 0, { withoutText: true })) {
      if (event.seq > end) break;
      compareUpTo(event.seq);
      const fault = faultOf(event, id);
      if (fault !== undefined) faults.push(notUnderstood(id, event.seq, fault));
      fold.apply(event);
    }
    compareUpTo(Infinity);
    // The last event may be text, which was not read; it changes nothing but the end of the log.
    const { updatedAt: _updatedAt, ...rows } = fold.rows();
    return { ...rows, lastSeq: end };
  }

  /** In the order of the log. */
  async #checkpoints(sessionId: string, end: number): Promise<Checkpoint[]> {
    const found: Checkpoint[] = [];
    for (let seq = end; ;) {
      const checkpoint = await this.#store.readCheckpoint(sessionId, seq);
      if (!checkpoint) return found.toReversed();
      found.push(checkpoint);
      seq = checkpoint.seq - 1;
    }
  }
}

/** Why an event is none, in English, or undefined. */
function faultOf(event: OrchestratorEvent, sessionId: string): string | undefined {
  if (event.sessionId !== sessionId) return `it belongs to session ${event.sessionId}`;
  const checked = eventSchema.safeParse(event);
  const issue = checked.error?.issues[0];
  return issue && `${issue.path.join(".")}: ${issue.message}`;
}

function notUnderstood(id: string, seq: number, detail: string): Message<"doctor.event"> {
  return { code: "doctor.event", params: { id, seq, detail } };
}

function problem(message: Message): Finding {
  return { repaired: false, message };
}

/** Equal whatever the order of keys; what is compared are rows of a few fields. */
function sameJson(left: unknown, right: unknown): boolean {
  return canonical(left) === canonical(right);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === "object" && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).toSorted(([one], [other]) => (one < other ? -1 : 1)))
      : item,
  );
}
