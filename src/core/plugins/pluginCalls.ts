/** Calls into a plugin that wait for their results, each with a time that passes only while the plugin works. */
import { OrchestratorError } from "../errors.ts";
import type { Clock } from "../ports.ts";

interface OpenCall {
  readonly scope: string | undefined;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  /** Milliseconds the plugin may still work on it. */
  remaining: number;
  timer: Disposable | undefined;
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
  #workingSince = 0;
  #lastId = 0;

  constructor(options: PluginCallsOptions) {
    this.#options = options;
  }

  get count(): number {
    return this.#open.size;
  }

  /** A new call; `send` gets its id. Rejects with the signal's reason when it aborts first. */
  begin(scope: string | undefined, send: (id: number) => void, signal?: AbortSignal): Promise<unknown> {
    signal?.throwIfAborted();
    const id = ++this.#lastId;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const stop = (): void => this.#end(id)?.reject(signal?.reason as Error);
    signal?.addEventListener("abort", stop, { once: true });
    if (this.#open.size === 0) this.#workingSince = this.#options.clock.monotonic();
    const call: OpenCall = { scope, resolve, reject, remaining: this.#options.milliseconds, timer: undefined };
    this.#open.set(id, call);
    if (this.#waitingForHost === 0) this.#startTimer(call);
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

  /** While the host works for the plugin, no time passes for its calls. */
  async whileHostWorks<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#waitingForHost++ === 0) {
      const worked = this.#options.clock.monotonic() - this.#workingSince;
      for (const call of this.#open.values()) {
        call.timer?.[Symbol.dispose]();
        call.timer = undefined;
        call.remaining -= worked;
      }
    }
    try {
      return await work();
    } finally {
      if (--this.#waitingForHost === 0) {
        this.#workingSince = this.#options.clock.monotonic();
        for (const call of this.#open.values()) this.#startTimer(call);
      }
    }
  }

  #end(id: number): OpenCall | undefined {
    const call = this.#open.get(id);
    this.#open.delete(id);
    call?.timer?.[Symbol.dispose]();
    return call;
  }

  #startTimer(call: OpenCall): void {
    call.timer = this.#options.clock.setTimer(Math.max(0, call.remaining), this.#options.onOverdue);
  }
}
