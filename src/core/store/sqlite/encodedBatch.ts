/**
 * A batch of events on its way to the worker: one text and a few typed arrays instead of an object per
 * event, because copying objects between threads costs more than writing them to the disk.
 */
import { OrchestratorError } from "../../errors.ts";
import { VOLATILE_KINDS } from "../../events/eventKinds.ts";
import type { AppendBatch, Lease, SessionSummary, VersionRow } from "../sessionStore.ts";
import { versionChangesOf, versionOf, type VersionChange } from "../versionFold.ts";

export interface EncodedBatch {
  readonly lease: Lease;
  /** `seq` of the first event; the others follow without gaps. */
  readonly firstSeq: number;
  /** One event per line; JSON holds no line break of its own. */
  readonly json: string;
  /** Milliseconds since the epoch, one per event. */
  readonly timestamps: Float64Array<ArrayBuffer>;
  /** The different kinds and agents of the batch, and per event an index into them. */
  readonly kinds: readonly string[];
  readonly kindOf: Uint8Array<ArrayBuffer>;
  readonly agents: readonly (string | null)[];
  readonly agentOf: Uint16Array<ArrayBuffer>;
  readonly versions: readonly VersionRow[];
  /** What the batch changes about versions, also its own; in order. */
  readonly versionChanges: readonly VersionChange[];
  /** Absent when the batch is text alone: text changes no derived column, and it need not be durable at once. */
  readonly summary?: SessionSummary;
  readonly checkpoint?: string;
  readonly updatedAt: string;
}

/** Most events one batch can hold: what `agentOf` can tell apart. */
export const MOST_EVENTS = 65_536;

/** Throws `store.failed` when the events have no place one after the other. */
export function encodeBatch(batch: AppendBatch): EncodedBatch {
  const { events } = batch;
  const first = events[0];
  const last = events.at(-1);
  if (!first || !last || events.length > MOST_EVENTS) {
    throw new OrchestratorError("store.failed", {
      detail: `a batch holds 1 to ${MOST_EVENTS} events, not ${events.length}`,
    });
  }
  const lines: string[] = [];
  const timestamps = new Float64Array(events.length);
  const kinds = new Dictionary<string>();
  const kindOf = new Uint8Array(events.length);
  const agents = new Dictionary<string | null>();
  const agentOf = new Uint16Array(events.length);
  const versions: VersionRow[] = [];
  const versionChanges: VersionChange[] = [];
  for (const [index, event] of events.entries()) {
    if (event.seq !== first.seq + index) {
      throw new OrchestratorError("store.failed", {
        detail: `event ${event.seq} stands where ${first.seq + index} belongs`,
      });
    }
    lines.push(JSON.stringify(event));
    timestamps[index] = Date.parse(event.timestamp);
    kindOf[index] = kinds.indexOf(event.type);
    agentOf[index] = agents.indexOf("agentId" in event ? (event.agentId ?? null) : null);
    if (event.type === "snapshot_created") versions.push(versionOf(event));
    versionChanges.push(...versionChangesOf(event));
  }
  return {
    lease: batch.lease,
    firstSeq: first.seq,
    json: lines.join("\n"),
    timestamps,
    kinds: kinds.values,
    kindOf,
    agents: agents.values,
    agentOf,
    versions,
    versionChanges,
    ...(kinds.values.every((kind) => VOLATILE_KINDS.has(kind)) ? {} : { summary: batch.summary }),
    ...(batch.checkpoint === undefined ? {} : { checkpoint: batch.checkpoint }),
    updatedAt: last.timestamp,
  };
}

/** Buffers that move to the worker instead of being copied. */
export function transferablesOf(batch: EncodedBatch): ArrayBuffer[] {
  return [batch.timestamps.buffer, batch.kindOf.buffer, batch.agentOf.buffer];
}

/** Different values in the order of their first use. */
class Dictionary<Value> {
  readonly values: Value[] = [];
  readonly #indexes = new Map<Value, number>();

  indexOf(value: Value): number {
    let index = this.#indexes.get(value);
    if (index === undefined) {
      index = this.values.push(value) - 1;
      this.#indexes.set(value, index);
    }
    return index;
  }
}
