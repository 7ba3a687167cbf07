/**
 * Tells subscribers what happened. It is a view of the logs, never a way for one part of the engine to
 * tell another what to do; what API users and plugins publish here changes no state.
 */
import type { EventKind, EventOf, OrchestratorEvent } from "./event.ts";

/** An event somebody outside the engine publishes: it names its source and has no `seq`. */
export interface PublishedEvent {
  readonly type: string;
  readonly source: string;
  readonly id?: string;
  /** ISO 8601. */
  readonly timestamp?: string;
  readonly sessionId?: string;
  readonly [field: string]: unknown;
}

/** What a subscriber to every event gets. */
export type BusEvent = OrchestratorEvent | PublishedEvent;

export type EventHandler<Event> = (event: Event) => void | Promise<void>;

type AnyHandler = EventHandler<never>;

export class EventBus {
  readonly #handlers = new Map<string, Set<AnyHandler>>();
  readonly #onHandlerError: (error: unknown, event: BusEvent) => void;

  /** @param onHandlerError told when a subscriber throws; other subscribers are not affected. */
  constructor(onHandlerError: (error: unknown, event: BusEvent) => void = () => {}) {
    this.#onHandlerError = onHandlerError;
  }

  /** Calls `handler` for every event of `type`, or for all with `"*"`. Dispose the result to stop. */
  subscribe<Kind extends EventKind>(type: Kind, handler: EventHandler<EventOf<Kind>>): Disposable;
  subscribe(type: "*", handler: EventHandler<BusEvent>): Disposable;
  subscribe(type: string, handler: EventHandler<PublishedEvent>): Disposable;
  subscribe(type: string, handler: AnyHandler): Disposable {
    const handlers = this.#handlers.get(type) ?? new Set();
    this.#handlers.set(type, handlers);
    handlers.add(handler);
    return {
      [Symbol.dispose]: () => {
        handlers.delete(handler);
        if (handlers.size === 0 && this.#handlers.get(type) === handlers) this.#handlers.delete(type);
      },
    };
  }

  /** Delivers the event and resolves when every handler, asynchronous ones too, has finished. Never rejects. */
  async publish(event: BusEvent): Promise<void> {
    await Promise.all(this.#dispatch(event));
  }

  /** Delivers an event of a log without waiting, so that a slow subscriber cannot hold up a run. */
  announce(event: OrchestratorEvent): void {
    if (this.#handlers.size > 0) void Promise.all(this.#dispatch(event));
  }

  #dispatch(event: BusEvent): Promise<void>[] {
    const running: Promise<void>[] = [];
    for (const key of [event.type, "*"]) {
      const handlers = this.#handlers.get(key);
      if (!handlers) continue;
      for (const handler of [...handlers]) {
        try {
          const result = (handler as EventHandler<BusEvent>)(event);
          if (result) running.push(result.catch((error: unknown) => this.#onHandlerError(error, event)));
        } catch (error) {
          this.#onHandlerError(error, event);
        }
      }
    }
    return running;
  }
}
