/** The keyboard of the terminal, which one question at a time has to itself, in the order they came. */
import type { Console } from "./console.ts";

/** The part of `tty.ReadStream` that is needed. */
export interface Keyboard {
  setRawMode(raw: boolean): unknown;
  resume(): unknown;
  pause(): unknown;
  on(event: "data" | "end", listener: (data: string | Uint8Array) => void): unknown;
  off(event: "data" | "end", listener: (data: string | Uint8Array) => void): unknown;
}

export interface KeyboardTurnsOptions {
  readonly keyboard: Keyboard;
  readonly console: Console;
  /** In raw mode Ctrl-C arrives as a key, not as a signal. */
  readonly onCtrlC: () => void;
}

const CTRL_C = "\u0003";

export class KeyboardTurns {
  readonly #options: KeyboardTurnsOptions;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: KeyboardTurnsOptions) {
    this.#options = options;
  }

  /**
   * Calls `ask` when it is its turn, in raw mode and with the live view aside.
   *
   * Rejects with the signal's reason when it aborts before.
   */
  take<Answer>(signal: AbortSignal, ask: () => Promise<Answer>): Promise<Answer> {
    const answer = this.#last.then(() => this.#ask(signal, ask));
    this.#last = answer.catch(() => undefined);
    return answer;
  }

  /**
   * What `answerIn` makes of the keys, once it makes something of them. Undefined when the terminal has gone away.
   * Rejects with the signal's reason when it aborts.
   */
  read<Answer>(answerIn: (keys: string) => Answer | undefined, signal: AbortSignal): Promise<Answer | undefined> {
    const { keyboard, onCtrlC } = this.#options;
    return new Promise((resolve, reject) => {
      const settle = (action: () => void): void => {
        keyboard.off("data", onData);
        keyboard.off("end", onEnd);
        signal.removeEventListener("abort", onAbort);
        action();
      };
      const onAbort = (): void => settle(() => reject(signal.reason));
      const onEnd = (): void => settle(() => resolve(undefined));
      const onData = (data: string | Uint8Array): void => {
        const keys = textOf(data);
        if (keys.includes(CTRL_C)) return onCtrlC();
        const answer = answerIn(keys);
        if (answer !== undefined) settle(() => resolve(answer));
      };
      keyboard.on("data", onData);
      keyboard.on("end", onEnd);
      signal.addEventListener("abort", onAbort, { once: true });
    });
  }

  async #ask<Answer>(signal: AbortSignal, ask: () => Promise<Answer>): Promise<Answer> {
    signal.throwIfAborted();
    const { keyboard, console } = this.#options;
    using _ = console.hold();
    keyboard.setRawMode(true);
    keyboard.resume();
    try {
      await this.#discardTyped();
      signal.throwIfAborted();
      return await ask();
    } catch (error) {
      if (signal.aborted) console.note("  no answer needed any more");
      throw error;
    } finally {
      keyboard.pause();
      keyboard.setRawMode(false);
    }
  }

  /** What was typed before the question could be read is no answer to it. */
  async #discardTyped(): Promise<void> {
    const { keyboard, onCtrlC } = this.#options;
    const listener = (data: string | Uint8Array): void => {
      if (textOf(data).includes(CTRL_C)) onCtrlC();
    };
    keyboard.on("data", listener);
    // Two turns of the event loop: the terminal is read once in between.
    await nextTurn();
    await nextTurn();
    keyboard.off("data", listener);
  }
}

function textOf(data: string | Uint8Array): string {
  return typeof data === "string" ? data : Buffer.from(data).toString("utf8");
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
