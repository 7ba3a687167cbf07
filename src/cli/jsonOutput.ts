/** `--json`: exactly one event per line, for other programs. */
import type { OrchestratorEvent } from "../core/events/event.ts";
import type { Console } from "./console.ts";
import type { RunOutput } from "./runOutput.ts";

export class JsonOutput implements RunOutput {
  readonly #console: Console;

  constructor(console: Console) {
    this.#console = console;
  }

  event(event: OrchestratorEvent): Promise<void> {
    return this.#console.printJson(event);
  }

  finish(): void {}
}
