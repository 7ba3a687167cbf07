/** Ctrl-C and its relatives: the first saves the session, the second ends at once. */
import { OrchestratorError } from "../core/errors.ts";
import type { Clock } from "../core/ports.ts";
import { SIGNAL_EXIT_CODES } from "./exitCodes.ts";
import type { EndingSignal, ExitCode } from "./exitCodes.ts";

/** The part of `process` signals come from. */
export interface SignalSource {
  on(signal: EndingSignal, listener: (signal: EndingSignal) => void): unknown;
  off(signal: EndingSignal, listener: (signal: EndingSignal) => void): unknown;
}

export interface InterruptionOptions {
  readonly clock: Clock;
  /** A signal repeated within so many milliseconds is the same one, passed on by a parent such as npm. */
  readonly sameWithinMilliseconds: number;
  readonly onFirst: (signal: EndingSignal) => void;
  readonly onSecond: (exitCode: ExitCode) => void;
}

const NAMES: Record<EndingSignal, string> = { SIGINT: "Ctrl-C", SIGTERM: "SIGTERM", SIGHUP: "SIGHUP" };

export class Interruption {
  readonly #options: InterruptionOptions;
  readonly #controller = new AbortController();
  #first: { readonly signal: EndingSignal; readonly at: number } | undefined;

  constructor(options: InterruptionOptions) {
    this.#options = options;
  }

  /** Takes signals over until the returned handle is disposed; without it they end the process at once. */
  listen(source: SignalSource): Disposable {
    const listener = (signal: EndingSignal): void => this.interrupt(signal);
    const signals = Object.keys(SIGNAL_EXIT_CODES) as EndingSignal[];
    for (const signal of signals) source.on(signal, listener);
    return {
      [Symbol.dispose]: () => {
        for (const signal of signals) source.off(signal, listener);
      },
    };
  }

  /** Aborts with `workflow.stopped` at the first interruption. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The exit code the first interruption asks for. */
  get exitCode(): ExitCode | undefined {
    return this.#first && SIGNAL_EXIT_CODES[this.#first.signal];
  }

  /** What interrupted, in a word for people. */
  get by(): string {
    return this.#first === undefined ? "" : NAMES[this.#first.signal];
  }

  /** As if `signal` had arrived: a terminal in raw mode sends Ctrl-C as a character. */
  interrupt(signal: EndingSignal): void {
    const { clock, sameWithinMilliseconds, onFirst, onSecond } = this.#options;
    const at = clock.monotonic();
    if (this.#first === undefined) {
      this.#first = { signal, at };
      onFirst(signal);
      this.#controller.abort(new OrchestratorError("workflow.stopped", { by: NAMES[signal] }));
    } else if (at - this.#first.at >= sameWithinMilliseconds) {
      onSecond(SIGNAL_EXIT_CODES[signal]);
    }
  }
}
