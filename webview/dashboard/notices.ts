/** What the dashboard itself has to say to a person, instead of sessions or above them. */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { icon } from "../icon.ts";
import type { StreamState } from "./serverStream.ts";

/** Instead of everything: there is no key, or it fits no more. */
export function howToOpen(wasRefused: boolean): TemplateResult {
  return html`<main class="dashboard-notice">
    <h1>${wasRefused ? "The dashboard was started anew" : "This address lacks its key"}</h1>
    <p>
      ${
        wasRefused
          ? "It has another key now, so this page can no longer see your sessions."
          : "Your sessions are shown only to whoever has the key, which is part of the link the dashboard gives out."
      }
      Open the dashboard by its link:
    </p>
    <ul>
      <li>In a terminal, <code>ai-orchestrator --dashboard</code> prints it.</li>
      <li>In VS Code, run <code>AI Orchestrator: Start Dashboard</code> from the command palette.</li>
    </ul>
  </main>`;
}

/** Above what was shown last, while the server does not answer. */
export function connectionAlert(state: StreamState, tryNow: () => void): TemplateResult | typeof nothing {
  if (state !== "lost") return nothing;
  return html`<div class="dashboard-alert" role="alert">
    ${icon("debug-disconnect")}
    <span>The dashboard does not answer; it may have been stopped. What you see may be out of date. Trying again…</span>
    <button class="link-button" type="button" @click=${tryNow}>Try now</button>
  </div>`;
}
