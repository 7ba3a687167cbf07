import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import type { Output } from "../../src/protocol/monitorModel.ts";
import { icon } from "../icon.ts";
import { ask } from "./events.ts";

/** The files something produced, each opened by its button. */
export function outputLinks(from: HTMLElement, outputs: readonly Output[]): TemplateResult | typeof nothing {
  if (outputs.length === 0) return nothing;
  return html`<ul class="outputs" aria-label="Files written">
    ${outputs.map(
      ({ path, label }) =>
        html`<li>
          <button class="link-button" type="button" @click=${() => ask(from, "wish", { type: "openFile", path })}>
            ${icon("file")}<span class="path">${label}</span>
          </button>
        </li>`,
    )}
  </ul>`;
}
