/** What a run prints while it goes on and at its end. */
import type { OrchestratorEvent } from "../core/events/event.ts";
import type { RunView } from "./viewModel.ts";

/** One way of showing a run: result only, plain lines, live view or JSON. */
export interface RunOutput {
  /** `view` already holds `event`. Awaited, so that a slow reader slows the reading and not the memory. */
  event(event: OrchestratorEvent, view: RunView): void | Promise<void>;
  /** After the last event, however the run ended. */
  finish(view: RunView): void | Promise<void>;
}

/** What was reached: the summary and the files, or "" when there is nothing of either. */
export function resultText(view: RunView): string {
  const parts: string[] = [];
  if (view.summary.trim() !== "") parts.push(view.summary.trim());
  if (view.outputs.length > 0) parts.push(["Files:", ...view.outputs.map((output) => `  ${output}`)].join("\n"));
  return parts.join("\n\n");
}
