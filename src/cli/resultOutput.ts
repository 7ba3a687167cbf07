/** Only the result, and where somebody watches, short lines of progress on standard error. */
import type { OrchestratorEvent } from "../core/events/event.ts";
import type { Console } from "./console.ts";
import { countOf } from "./format.ts";
import { resultText } from "./runOutput.ts";
import type { RunOutput } from "./runOutput.ts";
import type { RunView } from "./viewModel.ts";

export class ResultOutput implements RunOutput {
  readonly #console: Console;
  readonly #progress: boolean;

  constructor(console: Console, options: { readonly progress: boolean }) {
    this.#console = console;
    this.#progress = options.progress;
  }

  event(event: OrchestratorEvent): void {
    if (!this.#progress) return;
    const line = progressLine(event);
    if (line !== undefined) this.#console.note(line);
  }

  async finish(view: RunView): Promise<void> {
    const text = resultText(view);
    if (text !== "") await this.#console.print(text);
  }
}

function progressLine(event: OrchestratorEvent): string | undefined {
  switch (event.type) {
    case "session_created":
      return `Session ${event.sessionId}: planning`;
    case "workflow_resumed":
      return `Session ${event.sessionId}: goes on`;
    case "pool_paused":
      return `Paused by ${event.by}`;
    case "pool_continued":
      return `Goes on, by ${event.by}`;
    case "plan_created":
      return `${countOf(event.plan.steps.length, "step")} planned`;
    case "step_started":
      return `● ${event.title}`;
    case "step_completed":
      return `✓ ${event.title}`;
    case "step_failed":
      return `✗ ${event.title}`;
    case "step_skipped":
      return `– ${event.title}`;
    default:
      return undefined;
  }
}
