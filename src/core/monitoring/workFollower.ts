/** Stays with a session's log and keeps its figures, for all who watch, until it has ended or nobody watches. */
import type { EventOf } from "../events/event.ts";
import type { SessionManager } from "../sessions/sessionManager.ts";
import { SessionWork } from "./sessionWork.ts";

export interface WorkFollowerOptions {
  readonly sessions: Pick<SessionManager, "follow">;
  readonly sessionId: string;
  /** Called once, when `hasEnded` is true. */
  readonly onEnd: () => void;
}

export interface WorkWatcher {
  /** Where the log ended when it was asked for; what is older is no news. */
  readonly toSeq: number;
  /** Called when the log was read so far, when an agent has ended and when `hasEnded` is true. */
  readonly onChange: () => void;
}

export class WorkFollower {
  readonly work = new SessionWork();
  readonly #options: WorkFollowerOptions;
  readonly #ending = new AbortController();
  readonly #watchers = new Set<WorkWatcher>();
  #seq = 0;
  #logged: EventOf<"metrics_sampled"> | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(options: WorkFollowerOptions) {
    this.#options = options;
    void this.#follow();
  }

  /** Of the newest event that `work` counts. */
  get seq(): number {
    return this.#seq;
  }

  get hasEnded(): boolean {
    return this.#ending.signal.aborted;
  }

  get failure(): { readonly error: unknown } | undefined {
    return this.#failure;
  }

  /** What the log told last of the process that runs the session. */
  get logged(): EventOf<"metrics_sampled"> | undefined {
    return this.#logged;
  }

  /** Tells of changes until it is disposed of; with the last watcher it ends. */
  watch(watcher: WorkWatcher): Disposable {
    this.#watchers.add(watcher);
    return {
      [Symbol.dispose]: () => {
        this.#watchers.delete(watcher);
        if (this.#watchers.size === 0) this.#end();
      },
    };
  }

  async #follow(): Promise<void> {
    const { sessions, sessionId } = this.#options;
    try {
      for await (const event of sessions.follow(sessionId, { signal: this.#ending.signal })) {
        if (this.hasEnded) return;
        const before = this.#seq;
        this.#seq = event.seq;
        this.work.apply(event);
        if (event.type === "metrics_sampled") this.#logged = event;
        const hasAgentEnded = event.type === "agent_completed" || event.type === "agent_error";
        for (const { toSeq, onChange } of this.#watchers) {
          if (hasAgentEnded || (before < toSeq && event.seq >= toSeq)) onChange();
        }
      }
    } catch (error) {
      this.#failure = { error };
    }
    this.#end();
  }

  #end(): void {
    if (this.hasEnded) return;
    this.#ending.abort();
    this.#options.onEnd();
    for (const { onChange } of this.#watchers) onChange();
  }
}
