/**
 * A stream of events from the dashboard's server that is opened again when it breaks, from where it broke.
 *
 * It is read through `fetch`, because an EventSource cannot send the key. A page that nobody sees gives its stream
 * back after a while: a browser has only six connections to a server for all of its tabs.
 */
import { EventSourceParserStream } from "eventsource-parser/stream";

export type StreamState =
  /** Before the first answer. */
  | "opening"
  | "open"
  /** Nobody answers; it tries again. */
  | "lost"
  /** Nobody looks at the page. */
  | "asleep"
  /** The key is not this server's. */
  | "refused"
  | "closed";

export interface ServerEvent {
  readonly event: string | undefined;
  readonly data: string;
}

export interface ServerStreamOptions {
  readonly url: string;
  readonly token: string;
  readonly onEvent: (event: ServerEvent) => void;
  readonly onState: (state: StreamState) => void;
}

const FIRST_WAIT_MILLISECONDS = 500;
const LONGEST_WAIT_MILLISECONDS = 10_000;
/** The server says every 15 seconds that it is there. */
const SILENCE_MILLISECONDS = 40_000;
const HIDDEN_MILLISECONDS = 10_000;

export class ServerStream {
  readonly #options: ServerStreamOptions;
  #state: StreamState = "opening";
  #lastId: string | undefined;
  #opened = new AbortController();
  #wake = Promise.withResolvers<void>();
  #sleepTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: ServerStreamOptions) {
    this.#options = options;
    document.addEventListener("visibilitychange", () => this.#noteVisibility());
    window.addEventListener("online", () => this.tryNow());
  }

  get state(): StreamState {
    return this.#state;
  }

  /** Stays until it is closed or refused. */
  async run(): Promise<void> {
    let wait = FIRST_WAIT_MILLISECONDS;
    // A tab can be opened without being looked at.
    this.#sleepWhileHidden();
    while (!this.#isOver) {
      this.#opened = new AbortController();
      const got = await this.#read(this.#opened);
      if (this.#isOver) return;
      if (got) wait = FIRST_WAIT_MILLISECONDS;
      if (!this.#isAsleep) {
        this.#setState("lost");
        await this.#untilWoken(wait);
        wait = Math.min(LONGEST_WAIT_MILLISECONDS, wait * 2);
      }
      if (this.#isAsleep) {
        // Who looked at it before it fell asleep has not woken it.
        if (document.hidden) this.#wake = Promise.withResolvers();
        await this.#untilWoken();
        wait = FIRST_WAIT_MILLISECONDS;
        this.#setState("opening");
        this.#sleepWhileHidden();
      }
    }
  }

  /** Ends the wait for the next try. */
  tryNow(): void {
    this.#wake.resolve();
  }

  /** Opens the stream anew, where it stands. */
  reopen(): void {
    this.#opened.abort();
    this.tryNow();
  }

  close(): void {
    this.#setState("closed");
    this.reopen();
  }

  get #isAsleep(): boolean {
    return this.#state === "asleep";
  }

  get #isOver(): boolean {
    return this.#state === "refused" || this.#state === "closed";
  }

  /** Reads to the end of one connection. True when the server answered. */
  async #read(connection: AbortController): Promise<boolean> {
    const { url, token, onEvent } = this.#options;
    let silence: ReturnType<typeof setTimeout> | undefined;
    const alive = (): void => {
      clearTimeout(silence);
      silence = setTimeout(() => connection.abort(), SILENCE_MILLISECONDS);
    };
    try {
      alive();
      const response = await fetch(url, {
        headers: { authorization: `Bearer ${token}`, ...(this.#lastId ? { "last-event-id": this.#lastId } : {}) },
        signal: connection.signal,
      });
      if (response.status === 401) this.#setState("refused");
      if (!response.ok || !response.body) return false;
      this.#setState("open");
      const events = response.body
        .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array<ArrayBuffer>>)
        .pipeThrough(new EventSourceParserStream({ onComment: alive }));
      const reader = events.getReader();
      for (let next = await reader.read(); !next.done; next = await reader.read()) {
        alive();
        this.#lastId = next.value.id ?? this.#lastId;
        onEvent({ event: next.value.event, data: next.value.data });
      }
      return true;
    } catch {
      // Whatever ended the connection, there is one answer to it.
      return this.#state === "open";
    } finally {
      clearTimeout(silence);
    }
  }

  async #untilWoken(milliseconds?: number): Promise<void> {
    const timer = milliseconds === undefined ? undefined : setTimeout(() => this.#wake.resolve(), milliseconds);
    await this.#wake.promise;
    clearTimeout(timer);
    this.#wake = Promise.withResolvers();
  }

  #noteVisibility(): void {
    if (this.#isOver) return;
    this.#sleepWhileHidden();
    if (!document.hidden) this.tryNow();
  }

  #sleepWhileHidden(): void {
    clearTimeout(this.#sleepTimer);
    if (!document.hidden) return;
    this.#sleepTimer = setTimeout(() => {
      if (this.#isOver) return;
      this.#setState("asleep");
      this.#opened.abort();
    }, HIDDEN_MILLISECONDS);
  }

  #setState(state: StreamState): void {
    if (this.#state === state || this.#state === "closed") return;
    this.#state = state;
    this.#options.onState(state);
  }
}
