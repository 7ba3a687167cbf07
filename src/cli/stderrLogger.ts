/** Diagnostics as lines on standard error; the console filters secrets. */
import type { Logger } from "../core/ports.ts";
import type { Console } from "./console.ts";

export class StderrLogger implements Logger {
  readonly #console: Console;
  readonly #verbose: () => boolean;

  /** Warnings and errors always; the rest while `verbose` says so. */
  constructor(console: Console, verbose: () => boolean) {
    this.#console = console;
    this.#verbose = verbose;
  }

  debug(message: string, data?: Record<string, unknown>): void {
    if (this.#verbose()) this.#write("debug", message, data);
  }

  info(message: string, data?: Record<string, unknown>): void {
    if (this.#verbose()) this.#write("info", message, data);
  }

  warn(message: string, data?: Record<string, unknown>): void {
    this.#write("warning", message, data);
  }

  error(message: string, data?: Record<string, unknown>): void {
    this.#write("error", message, data);
  }

  #write(level: string, message: string, data: Record<string, unknown> | undefined): void {
    const details = data === undefined || Object.keys(data).length === 0 ? "" : ` ${textOf(data)}`;
    this.#console.note(`${level}: ${message}${details}`.replace(/\n/g, " "));
  }
}

/** JSON in which an error is its message; what cannot be JSON is left out rather than losing the line. */
function textOf(data: Record<string, unknown>): string {
  try {
    return JSON.stringify(data, (_key, value: unknown) => {
      if (value instanceof Error) return value.message;
      return typeof value === "bigint" ? String(value) : value;
    });
  } catch {
    return "{…}";
  }
}
