/** A session whose log is in memory and grows when a preview or a test says so. */
import { TEXT_KINDS } from "../../../src/core/events/eventKinds.ts";
import type { OrchestratorEvent } from "../../../src/core/events/event.ts";
import type { WhichEvents } from "../../../src/protocol/monitorHistory.ts";
import type { WatchedSessions } from "../../../src/protocol/sessionMonitor.ts";

export class NoSuchSession extends Error {}

export class ScriptedSessions implements WatchedSessions {
  #events: OrchestratorEvent[];
  #isThere: boolean;
  /** Is somebody at work on it? */
  #isOwned: boolean;
  #isKept = false;
  /** Why it cannot be read at the moment. */
  #fault: Error | undefined;
  readonly #listeners = new Set<() => void>();
  /** Events that were handed out, to know what was read. */
  read = 0;

  constructor(events: readonly OrchestratorEvent[], options: { readonly isMissing?: boolean } = {}) {
    this.#events = [...events];
    this.#isThere = !options.isMissing;
    this.#isOwned = !hasEnded(events.at(-1));
  }

  get events(): readonly OrchestratorEvent[] {
    return this.#events;
  }

  add(...events: readonly OrchestratorEvent[]): void {
    this.#events.push(...events);
    if (hasEnded(this.#events.at(-1))) this.#isOwned = false;
    this.#wake();
  }

  /** Nobody works on it and nobody will: a program keeps it. */
  keep(): void {
    this.#isKept = true;
    this.#isOwned = false;
    this.#wake();
  }

  /** Whoever worked on it is gone, and it may go on later. */
  abandon(): void {
    this.#isOwned = false;
    this.#wake();
  }

  /** It cannot be read until it is mended. */
  breakDown(fault: Error): void {
    this.#fault = fault;
    this.#wake();
  }

  mend(): void {
    this.#fault = undefined;
  }

  /** The next owner takes over after `seq`: what came later is void. */
  takeOver(seq: number, event: OrchestratorEvent): void {
    this.#events = this.#events.filter((known) => known.seq <= seq);
    this.#isOwned = true;
    this.add(event);
  }

  delete(): void {
    this.#isThere = false;
    this.#isOwned = false;
    this.#wake();
  }

  onDidChange(listener: () => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  async getSession(): Promise<{ goal: string; lastSeq: number; effectiveStatus: string; owner: object | null }> {
    if (this.#fault) throw this.#fault;
    if (!this.#isThere) throw new NoSuchSession("There is no such session.");
    const [first] = this.#events;
    const status = this.#isOwned ? "running" : hasEnded(this.#events.at(-1)) ? "completed" : "interrupted";
    return {
      goal: first?.type === "session_created" ? first.goal : "",
      lastSeq: this.#events.at(-1)?.seq ?? 0,
      effectiveStatus: this.#isKept ? "created" : status,
      owner: this.#isOwned ? {} : null,
    };
  }

  async *readEvents(
    _sessionId: string,
    afterSeq: number,
    which: WhichEvents = {},
  ): AsyncGenerator<OrchestratorEvent, void, void> {
    await this.getSession();
    for (const event of this.#events.slice(this.#indexAfter(afterSeq))) {
      if (event.seq >= (which.beforeSeq ?? Infinity)) return;
      if (which.withoutText && TEXT_KINDS.has(event.type)) continue;
      this.read += 1;
      yield event;
    }
  }

  async *follow(
    sessionId: string,
    { afterSeq = 0, signal }: { readonly afterSeq?: number; readonly signal?: AbortSignal },
  ): AsyncGenerator<OrchestratorEvent, void, void> {
    let position = afterSeq;
    while (!signal?.aborted) {
      const changed = Promise.withResolvers<void>();
      using _ = this.onDidChange(() => changed.resolve());
      signal?.addEventListener("abort", () => changed.resolve(), { once: true });
      for await (const event of this.readEvents(sessionId, position)) {
        if (signal?.aborted) return;
        position = event.seq;
        yield event;
      }
      if (!this.#isOwned) return;
      if ((this.#events.at(-1)?.seq ?? 0) <= position) await changed.promise;
    }
  }

  #indexAfter(seq: number): number {
    // Without gaps, so a position tells the place.
    const first = this.#events[0]?.seq ?? 1;
    return Math.max(0, seq - first + 1);
  }

  #wake(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}

function hasEnded(event: OrchestratorEvent | undefined): boolean {
  return (
    event?.type === "workflow_completed" || event?.type === "workflow_failed" || event?.type === "workflow_interrupted"
  );
}
