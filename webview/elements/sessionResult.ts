import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import type { Header } from "../../src/protocol/monitorModel.ts";
import { LightElement } from "./lightElement.ts";
import { outputLinks } from "./outputLinks.ts";

/** What an ended session has to show: its files and its summary. */
export class SessionResult extends LightElement {
  static override properties = { header: { attribute: false } };

  declare header: Header;

  protected override render(): TemplateResult {
    const { outputs, summary } = this.header;
    return html`${outputLinks(this, outputs)}
    ${summary === "" ? nothing : html`<clamped-text class="summary-text" .text=${summary} .isMarkdown=${true} name="result"></clamped-text>`}`;
  }
}
