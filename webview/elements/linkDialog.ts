import { html } from "lit";
import type { TemplateResult } from "lit";
import { icon } from "../icon.ts";
import { ask } from "./events.ts";
import { LightElement } from "./lightElement.ts";

/** Shows where a link of foreign text leads, and opens it only when the person says so. */
export class LinkDialog extends LightElement {
  static override properties = { url: { state: true } };

  declare url: string;

  constructor() {
    super();
    this.url = "";
  }

  show(url: string): void {
    this.url = url;
    void this.updateComplete.then(() => this.querySelector("dialog")?.showModal());
  }

  protected override render(): TemplateResult {
    return html`<dialog class="link-dialog" aria-labelledby="link-heading">
      <h2 id="link-heading">${icon("link-external")}Open this link?</h2>
      <p class="quiet">An agent wrote it. Look where it leads.</p>
      <p class="link-target path" tabindex="0">${this.url}</p>
      <div class="answers">
        <vscode-button @click=${this.#open}>Open</vscode-button>
        <vscode-button appearance="secondary" autofocus @click=${this.#close}>Cancel</vscode-button>
      </div>
    </dialog>`;
  }

  readonly #open = (): void => {
    this.#close();
    ask(this, "wish", { type: "openLink", url: this.url });
  };

  readonly #close = (): void => this.querySelector("dialog")?.close();
}
