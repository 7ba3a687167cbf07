import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import type { Output } from "../../src/protocol/monitorModel.ts";
import { icon } from "../icon.ts";
import { ask } from "./events.ts";

/** Can files be opened from where the monitor is shown? */
export function opensFiles(from: HTMLElement): boolean {
  return from.closest("orchestrator-monitor")?.view?.opensFiles ?? false;
}

/** The files something produced, each opened by its button where files can be opened. */
export function outputLinks(from: HTMLElement, outputs: readonly Output[]): TemplateResult | typeof nothing {
  if (outputs.length === 0) return nothing;
  const canOpen = opensFiles(from);
  return html`<ul class="outputs" aria-label="Files written">
    ${outputs.map(
      ({ path, label }) =>
        html`<li>
          ${
            canOpen
              ? html`<button
                  class="link-button"
                  type="button"
                  @click=${() => ask(from, "wish", { type: "openFile", path })}
                >
                  ${icon("file")}<span class="path">${label}</span>
                </button>`
              : html`<span class="output">${icon("file")}<span class="path">${label}</span></span>`
          }
        </li>`,
    )}
  </ul>`;
}
