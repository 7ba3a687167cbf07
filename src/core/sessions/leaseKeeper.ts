/** Keeps a lease alive while its session is written, and notices when somebody else has taken it. */
import { isOrchestratorError, messageOf } from "../errors.ts";
import type { Clock, Logger } from "../ports.ts";
import type { Lease, SessionStore } from "../store/sessionStore.ts";

/** A sixth of the lease's 30 s, so that a few late renewals lose nothing. */
const RENEW_MILLISECONDS = 5_000;

export interface LeaseKeeperOptions {
  readonly lease: Lease;
  readonly store: Pick<SessionStore, "renewLease">;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Called once, when the lease turns out to be another's. */
  readonly onFenced: () => void;
}

export class LeaseKeeper implements Disposable {
  readonly #options: LeaseKeeperOptions;
  #timer: Disposable | undefined;
  #disposed = false;

  constructor(options: LeaseKeeperOptions) {
    this.#options = options;
    this.#schedule();
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    this.#timer?.[Symbol.dispose]();
  }

  #schedule(): void {
    if (this.#disposed) return;
    this.#timer = this.#options.clock.setTimer(RENEW_MILLISECONDS, () => void this.#renew());
  }

  async #renew(): Promise<void> {
    const { store, lease, logger, onFenced } = this.#options;
    try {
      await store.renewLease(lease);
    } catch (error) {
      if (this.#disposed) return;
      if (isOrchestratorError(error) && error.code === "session.fenced") {
        this[Symbol.dispose]();
        onFenced();
        return;
      }
      // A locked store may be free next time; the lease lasts for several tries.
      logger.warn("The lease could not be renewed.", { sessionId: lease.sessionId, error: messageOf(error) });
    }
    this.#schedule();
  }
}
