/** What elements ask of the monitor around them. */
import type { Decision } from "../../src/protocol/monitorModel.ts";

export interface MonitorEvents {
  "answer-approval": { readonly approvalId: string; readonly decision: Decision };
  "answer-question": { readonly questionId: string; readonly text: string };
  "open-file": { readonly path: string };
  "open-session": null;
  "stop-session": null;
  "dismiss-refusal": null;
}

export type MonitorEventName = keyof MonitorEvents;

/** Sends an event up to the monitor. */
export function ask<Name extends MonitorEventName>(from: HTMLElement, name: Name, detail: MonitorEvents[Name]): void {
  from.dispatchEvent(new CustomEvent(name, { detail, bubbles: true }));
}
