import type { OrchestratorEvent } from "./event.ts";

/** Recent events in memory, addressed by `seq`, with a bound in bytes for those that may be dropped. */
export class EventRing {
  #events: OrchestratorEvent[] = [];
  #bytes: number[] = [];
  /** Index of the first event still held; the array is compacted now and then instead of shifted. */
  #head = 0;
  #total = 0;
  #firstSeq: number;
  readonly #limit: number;

  constructor(firstSeq: number, limitBytes: number) {
    this.#firstSeq = firstSeq;
    this.#limit = limitBytes;
  }

  get firstSeq(): number {
    return this.#firstSeq;
  }

  push(event: OrchestratorEvent, bytes: number): void {
    this.#events.push(event);
    this.#bytes.push(bytes);
    this.#total += bytes;
  }

  at(seq: number): OrchestratorEvent {
    const event = this.#events[this.#head + seq - this.#firstSeq];
    if (!event) throw new RangeError(`Event ${seq} is not in memory.`);
    return event;
  }

  /** Drops the oldest events up to `seq` while more bytes are held than the limit. */
  evictThrough(seq: number): void {
    while (this.#total > this.#limit && this.#firstSeq <= seq && this.#head < this.#events.length) {
      this.#total -= this.#bytes[this.#head] ?? 0;
      this.#head += 1;
      this.#firstSeq += 1;
    }
    if (this.#head > 1024 && this.#head * 2 > this.#events.length) {
      this.#events = this.#events.slice(this.#head);
      this.#bytes = this.#bytes.slice(this.#head);
      this.#head = 0;
    }
  }
}
