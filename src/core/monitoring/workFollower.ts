/** Stays with a session's log and keeps its figures, until the session or the one agent of interest has ended. */
import type { EventOf } from "../events/event.ts";
import type { SessionManager } from "../sessions/sessionManager.ts";
import { SessionWork } from "./sessionWork.ts";

export interface WorkFollowerOptions {
  readonly sessions: Pick<SessionManager, "follow">;
  readonly sessionId: string;
  /** Ends with this agent. */
  readonly agentId: string | undefined;
  /** Where the log ended when it was asked for; what is older is no news. */
  readonly toSeq: number;
  readonly signal: AbortSignal;
  /** Called when `hasCaughtUp`, `hasEnded` or `failure` changed. */
  readonly onChange: () => void;
}

export class WorkFollower {
  readonly work = new SessionWork();
  readonly #options: WorkFollowerOptions;
  #logged: EventOf<"metrics_sampled"> | undefined;
  #hasCaughtUp: boolean;
  #hasEnded = false;
  #failure: { readonly error: unknown } | undefined;

  constructor(options: WorkFollowerOptions) {
    this.#options = options;
    this.#hasCaughtUp = options.toSeq === 0;
    void this.#follow();
  }

  get hasCaughtUp(): boolean {
    return this.#hasCaughtUp;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  get failure(): { readonly error: unknown } | undefined {
    return this.#failure;
  }

  /** What the log told last of the process that runs the session. */
  get logged(): EventOf<"metrics_sampled"> | undefined {
    return this.#logged;
  }

  async #follow(): Promise<void> {
    const { sessions, sessionId, agentId, toSeq, signal, onChange } = this.#options;
    try {
      for await (const event of sessions.follow(sessionId, { signal })) {
        this.work.apply(event);
        if (event.type === "metrics_sampled") this.#logged = event;
        if (event.seq < toSeq) continue;
        if (!this.#hasCaughtUp) {
          this.#hasCaughtUp = true;
          onChange();
        }
        if (agentId !== undefined && this.work.hasEnded(agentId)) break;
      }
    } catch (error) {
      this.#failure = { error };
    }
    this.#hasEnded = true;
    onChange();
  }
}
