/** Tails the log of a session, whichever process writes it. */
import type { OrchestratorEvent } from "../events/event.ts";
import type { Clock } from "../ports.ts";
import type { SessionStore } from "../store/sessionStore.ts";
import { StoreWatch } from "../store/storeWatch.ts";
import { hasEnded } from "./sessionStatus.ts";

export interface FollowOptions {
  readonly sessionId: string;
  readonly afterSeq: number;
  readonly signal?: AbortSignal;
  readonly store: Pick<SessionStore, "getSession" | "onDidChangeElsewhere">;
  readonly clock: Clock;
  /** What is in the log now, after a position. */
  readonly readEvents: (afterSeq: number) => AsyncIterable<OrchestratorEvent>;
  /** Commits of this process, which the store does not tell of. */
  readonly onDidCommitHere: (listener: () => void) => Disposable;
}

export async function* followSession(options: FollowOptions): AsyncGenerator<OrchestratorEvent, void, void> {
  const { sessionId, signal, store, clock } = options;
  const watch = new StoreWatch(store, clock);
  const wake = (): void => watch.wake();
  const listening = options.onDidCommitHere(wake);
  signal?.addEventListener("abort", wake);
  let position = options.afterSeq;
  try {
    while (!signal?.aborted) {
      for await (const event of options.readEvents(position)) {
        if (signal?.aborted) return;
        position = event.seq;
        yield event;
      }
      const row = await store.getSession(sessionId);
      if (!row) return;
      if (row.lastSeq > position) continue;
      if (row.owner === null || hasEnded(row.status)) return;
      await watch.next();
    }
  } finally {
    signal?.removeEventListener("abort", wake);
    listening[Symbol.dispose]();
    watch[Symbol.dispose]();
  }
}
