import { html } from "lit";
import type { TemplateResult } from "lit";
import type { StateLook } from "./words.ts";

/** A codicon that only repeats what the words beside it say. */
export function icon(name: string): TemplateResult {
  return html`<span class="codicon codicon-${name}" aria-hidden="true"></span>`;
}

/** A state's icon; its word is there for those who do not see it. */
export function stateIcon(look: StateLook): TemplateResult {
  const motion = look.spins ? " spins" : "";
  return html`<span class="state-icon tone-${look.tone}"
    ><span class="codicon codicon-${look.icon}${motion}" aria-hidden="true"></span
    ><span class="for-listeners">${look.label}: </span></span
  >`;
}
