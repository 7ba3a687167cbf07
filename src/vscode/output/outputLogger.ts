import type * as vscode from "vscode";
import type { Logger } from "../../core/ports.ts";

/** Diagnostics into the "AI Orchestrator" log channel, whose level the person sets there. */
export class OutputLogger implements Logger {
  readonly #channel: vscode.LogOutputChannel;

  constructor(channel: vscode.LogOutputChannel) {
    this.#channel = channel;
  }

  debug(message: string, data: Record<string, unknown> = {}): void {
    this.#channel.debug(message, ...details(data));
  }

  info(message: string, data: Record<string, unknown> = {}): void {
    this.#channel.info(message, ...details(data));
  }

  warn(message: string, data: Record<string, unknown> = {}): void {
    this.#channel.warn(message, ...details(data));
  }

  error(message: string, data: Record<string, unknown> = {}): void {
    this.#channel.error(message, ...details(data));
  }
}

function details(data: Record<string, unknown>): string[] {
  return Object.keys(data).length > 0 ? [JSON.stringify(data)] : [];
}
