/** What elements ask of the monitor around them. */
import type { Decision, LogFilter } from "../../src/protocol/monitorModel.ts";
import type { SimpleWish } from "../monitorClient.ts";

export interface MonitorEvents {
  "answer-approval": { readonly approvalId: string; readonly decision: Decision };
  "answer-question": { readonly questionId: string; readonly text: string };
  wish: SimpleWish;
  /** Milliseconds since the epoch; null for the present. */
  "show-moment": { readonly time: number | null };
  "filter-log": LogFilter;
  "read-detail": { readonly seq: number };
  /** Where a link in foreign text leads, before it does. */
  "show-link": { readonly url: string };
  "reveal-agent": { readonly agentId: string };
  "stop-session": null;
  "dismiss-refusal": null;
}

export type MonitorEventName = keyof MonitorEvents;

/** Sends an event up to the monitor. */
export function ask<Name extends MonitorEventName>(from: HTMLElement, name: Name, detail: MonitorEvents[Name]): void {
  from.dispatchEvent(new CustomEvent(name, { detail, bubbles: true }));
}
