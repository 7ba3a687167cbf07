import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { EffectRecord, ToolCall } from "../../src/protocol/monitorModel.ts";
import { countOf } from "../format.ts";
import { icon, stateIcon } from "../icon.ts";
import { CALL_LOOKS, CHANGE_LOOKS } from "../words.ts";
import { ask } from "./events.ts";
import { LightElement } from "./lightElement.ts";
import { opensFiles } from "./outputLinks.ts";

/** Files of one call that are listed before the person asks for the rest. */
const LISTED_FILES = 5;

/** An agent's newest tool calls, and what they did to files: each change opens. */
export class ToolCalls extends LightElement {
  static override properties = {
    calls: { attribute: false },
    sessionId: {},
    isOpen: { state: true },
    whole: { state: true },
  };

  /** Oldest first. */
  declare calls: readonly ToolCall[];
  declare sessionId: string;
  declare isOpen: boolean;
  /** Calls of which all files are listed. */
  declare whole: ReadonlySet<string>;

  constructor() {
    super();
    this.isOpen = false;
    this.whole = new Set();
  }

  protected override render(): TemplateResult | typeof nothing {
    const { calls } = this;
    if (calls.length === 0) return nothing;
    const changed = new Set(calls.flatMap(({ effects }) => effects.map(({ path }) => path))).size;
    return html`<details class="calls" .open=${this.isOpen} @toggle=${this.#onToggle}>
      <summary>
        <span class="calls-title"
          >${countOf(calls.length, "tool call")}${changed > 0 ? `, ${countOf(changed, "file")} changed` : ""}</span
        >
      </summary>
      ${
        this.isOpen
          ? html`<ol class="call-list">
              ${repeat(
                calls.toReversed(),
                ({ toolUseId }) => toolUseId,
                (call) => this.#call(call),
              )}
            </ol>`
          : nothing
      }
    </details>`;
  }

  #call(call: ToolCall): TemplateResult {
    const isWhole = this.whole.has(call.toolUseId);
    const listed = isWhole ? call.effects : call.effects.slice(0, LISTED_FILES);
    const more = call.effects.length - listed.length;
    return html`<li class="call">
      <p class="call-line">
        ${stateIcon(CALL_LOOKS[call.state])}<span class="tool-name">${call.name}</span>
        <code class="tool-subject" title=${call.subject}>${call.subject}</code>
      </p>
      ${
        listed.length === 0
          ? nothing
          : html`<ul class="effects" aria-label="Files it changed">
              ${listed.map((effect) => html`<li>${this.#effect(call, effect)}</li>`)}
            </ul>`
      }
      ${
        more > 0
          ? html`<button class="link-button" type="button" @click=${() => this.#showWhole(call)}>
              ${countOf(more, "more file")}
            </button>`
          : nothing
      }
      ${
        call.moreEffects > 0 && more === 0
          ? html`<p class="quiet">${countOf(call.moreEffects, "more file")}, named in the list of events</p>`
          : nothing
      }
    </li>`;
  }

  #effect({ toolUseId }: ToolCall, { path, label, change }: EffectRecord): TemplateResult {
    const look = CHANGE_LOOKS[change];
    const what = html`${icon(look.icon)}<span class="for-listeners">${look.label}: </span
      ><span class="path">${label}</span>`;
    if (!opensFiles(this)) return html`<span class="effect" title=${`${look.label}: ${label}`}>${what}</span>`;
    const wish = { type: "openDiff", sessionId: this.sessionId, toolUseId, path } as const;
    return html`<button
      class="link-button effect"
      type="button"
      title=${`${look.label}: ${label}`}
      @click=${() => ask(this, "wish", wish)}
    >
      ${what}
    </button>`;
  }

  #showWhole({ toolUseId }: ToolCall): void {
    this.whole = new Set(this.whole).add(toolUseId);
  }

  readonly #onToggle = (event: Event): void => {
    this.isOpen = (event.currentTarget as HTMLDetailsElement).open;
  };
}
