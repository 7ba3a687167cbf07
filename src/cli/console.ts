/** Standard output and standard error of the terminal host, the one place that writes to them. */
import type { Writable } from "node:stream";
import { visibleText } from "../core/policy/visibleText.ts";

/** Something on the screen that is redrawn in place and must step aside while a line is written. */
export interface LiveRegion {
  hide(): void;
  show(): void;
}

/** Characters JSON leaves as they are but a terminal may act on; escaped, they read back the same. */
const UNSAFE_IN_JSON = /[\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/**
 * A reader that goes away (`| head`) is no error: what is written after that is dropped, and `readerGone`
 * aborts so that a run nobody reads can end.
 */
export class Console implements Disposable {
  readonly #stdout: Writable;
  readonly #stderr: Writable;
  readonly #readerGone = new AbortController();
  readonly #redact: (text: string) => string;
  #region: LiveRegion | undefined;
  #holds = 0;
  readonly #onOutputError = (error: Error): void => this.#readerGone.abort(error);
  readonly #onNoteError = (): void => undefined;

  /** `redact` takes known secrets out of everything meant for people. */
  constructor(stdout: Writable, stderr: Writable, redact: (text: string) => string) {
    this.#stdout = stdout;
    this.#stderr = stderr;
    this.#redact = redact;
    stdout.on("error", this.#onOutputError);
    stderr.on("error", this.#onNoteError);
  }

  /** Aborts when nobody reads standard output any more. */
  get readerGone(): AbortSignal {
    return this.#readerGone.signal;
  }

  /**
   * Lines on standard output with control characters made visible, each painted after that. Resolves when there is
   * room for more.
   */
  async print(text: string, paint?: (line: string) => string): Promise<void> {
    const visible = visibleText(this.#redact(text));
    await this.#output(`${paint ? visible.split("\n").map(paint).join("\n") : visible}\n`);
  }

  /** One line of JSON on standard output that reads back to exactly `value`. */
  async printJson(value: unknown): Promise<void> {
    const escape = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
    await this.#output(`${JSON.stringify(value).replace(UNSAFE_IN_JSON, escape)}\n`);
  }

  /** Lines on standard error with control characters made visible. */
  note(text: string): void {
    using _ = this.hold();
    this.#stderr.write(`${visibleText(this.#redact(text))}\n`);
  }

  /** Keeps the live region off the screen until the returned handle is disposed. */
  hold(): Disposable {
    if (++this.#holds === 1) this.#region?.hide();
    return {
      [Symbol.dispose]: () => {
        if (--this.#holds === 0) this.#region?.show();
      },
    };
  }

  /** Lets `region` step aside for notes and holds until the returned handle is disposed. */
  useRegion(region: LiveRegion): Disposable {
    this.#region = region;
    if (this.#holds > 0) region.hide();
    return {
      [Symbol.dispose]: () => {
        if (this.#region === region) this.#region = undefined;
      },
    };
  }

  /** Resolves when everything written has reached the operating system, or its reader is gone. */
  async flush(): Promise<void> {
    await Promise.all([this.#stdout, this.#stderr].map((stream) => drained(stream)));
  }

  [Symbol.dispose](): void {
    this.#stdout.off("error", this.#onOutputError);
    this.#stderr.off("error", this.#onNoteError);
  }

  async #output(text: string): Promise<void> {
    if (this.readerGone.aborted) return;
    if (!this.#stdout.write(text)) await roomAgain(this.#stdout, this.readerGone);
  }
}

function roomAgain(stream: Writable, gone: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      stream.off("drain", done);
      gone.removeEventListener("abort", done);
      resolve();
    };
    stream.once("drain", done);
    gone.addEventListener("abort", done);
  });
}

function drained(stream: Writable): Promise<void> {
  if (stream.destroyed || stream.errored) return Promise.resolve();
  return new Promise((resolve) => stream.write("", () => resolve()));
}
