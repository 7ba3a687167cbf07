/** Calls into a plugin that wait for their results, each with a time that passes only while the plugin works. */
import { OrchestratorError } from "../errors.ts";
import type { Clock } from "../ports.ts";

interface OpenCall {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  /** Does its time stand still while the host works for the plugin? */
  readonly waits: boolean;
  /** Milliseconds the plugin may still work on it from `since` on. */
  remaining: number;
  since: number;
  timer: Disposable | undefined;
}

export interface CallOptions {
  /** False for a call whose whole time is limited, whatever the plugin asks for meanwhile. */
  readonly waits: boolean;
  readonly signal?: AbortSignal | undefined;
}

export interface PluginCallsOptions {
  readonly clock: Clock;
  readonly milliseconds: number;
  /** A call got no answer in its time. */
  readonly onOverdue: () => void;
}

export class PluginCalls {
  readonly #options: PluginCallsOptions;
  readonly #open = new Map<number, OpenCall>();
  #waitingForHost = 0;
  #lastId = 0;

  constructor(options: PluginCallsOptions) {
    this.#options = options;
  }

  /** A new call; `send` gets its id. Rejects with the signal's reason when it aborts first. */
  begin(send: (id: number) => void, { waits, signal }: CallOptions): Promise<unknown> {
    signal?.throwIfAborted();
    const id = ++this.#lastId;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const stop = (): void => this.#end(id)?.reject(signal?.reason as Error);
    signal?.addEventListener("abort", stop, { once: true });
    const call: OpenCall = {
      resolve,
      reject,
      waits,
      remaining: this.#options.milliseconds,
      since: 0,
      timer: undefined,
    };
    this.#open.set(id, call);
    if (!waits || this.#waitingForHost === 0) this.#startTimer(call);
    send(id);
    return promise.finally(() => signal?.removeEventListener("abort", stop));
  }

  resolve(id: number, value: unknown): void {
    this.#end(id)?.resolve(value);
  }

  /** `plugin` and `message` become the call's failure. */
  fail(id: number, plugin: string, message: string): void {
    this.#end(id)?.reject(new OrchestratorError("plugin.failed", { plugin, detail: message }));
  }

  failAll(error: Error): void {
    for (const id of [...this.#open.keys()]) this.#end(id)?.reject(error);
  }

  /** While the host works for the plugin, no time passes for the calls that wait. */
  async whileHostWorks<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#waitingForHost++ === 0) for (const call of this.#waiting) this.#stopTimer(call);
    try {
      return await work();
    } finally {
      if (--this.#waitingForHost === 0) for (const call of this.#waiting) this.#startTimer(call);
    }
  }

  get #waiting(): OpenCall[] {
    return [...this.#open.values()].filter(({ waits }) => waits);
  }

  #end(id: number): OpenCall | undefined {
    const call = this.#open.get(id);
    this.#open.delete(id);
    call?.timer?.[Symbol.dispose]();
    return call;
  }

  #startTimer(call: OpenCall): void {
    const { clock, onOverdue } = this.#options;
    call.since = clock.monotonic();
    call.timer = clock.setTimer(Math.max(0, call.remaining), onOverdue);
  }

  /** What it took until now is its own: a call that came later has its whole time. */
  #stopTimer(call: OpenCall): void {
    call.timer?.[Symbol.dispose]();
    call.timer = undefined;
    call.remaining -= this.#options.clock.monotonic() - call.since;
  }
}
