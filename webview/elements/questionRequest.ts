import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { LONGEST_ANSWER } from "../../src/protocol/answerLength.ts";
import type { QuestionRecord } from "../../src/protocol/monitorModel.ts";
import { ask } from "./events.ts";
import { LightElement } from "./lightElement.ts";

/** What the toolkit's text area is to its users. */
type TextArea = HTMLElement & { readonly value: string };

/** A question only the person can answer: with one of the suggested answers or in own words. */
export class QuestionRequest extends LightElement {
  static override properties = {
    question: { attribute: false },
    stepTitle: {},
    isSending: { type: Boolean },
    whyNot: {},
    isBlank: { state: true },
  };

  declare question: QuestionRecord;
  declare stepTitle: string | undefined;
  /** An answer was given and has not arrived yet. */
  declare isSending: boolean;
  /** Why it cannot be answered from here, if it cannot. */
  declare whyNot: string | undefined;
  /** Nothing is written that could be sent. */
  declare isBlank: boolean;

  constructor() {
    super();
    this.isBlank = true;
  }

  protected override render(): TemplateResult {
    const { question, stepTitle } = this;
    const { questionId, agentId } = question;
    const headingId = `heading-${questionId}`;
    return html`<article class="question" aria-labelledby=${headingId}>
      <h3 id=${headingId}><strong>${agentId}</strong> asks you</h3>
      ${stepTitle === undefined ? nothing : html`<p class="quiet">In the step “${stepTitle}”</p>`}
      <p class="question-text" .textContent=${question.question}></p>
      ${this.whyNot === undefined ? this.#reply() : this.#watched(this.whyNot)}
    </article>`;
  }

  #watched(whyNot: string): TemplateResult {
    const { options } = this.question;
    return html`${
        options.length === 0
          ? nothing
          : html`<ul class="suggestions" aria-label="Suggested answers">
              ${options.map((option) => html`<li>${option}</li>`)}
            </ul>`
      }
      <p class="quiet">${whyNot}</p>`;
  }

  #reply(): TemplateResult {
    const { options } = this.question;
    return html`${
        options.length === 0
          ? nothing
          : html`<div class="answers" role="group" aria-label="Suggested answers">
              ${options.map(
                (option) =>
                  html`<vscode-button
                    class="suggestion"
                    appearance="secondary"
                    ?disabled=${this.isSending}
                    @click=${() => this.#send(option)}
                    >${option}</vscode-button
                  >`,
              )}
            </div>`
      }
      <vscode-text-area
        rows="2"
        resize="vertical"
        maxlength=${LONGEST_ANSWER}
        ?disabled=${this.isSending}
        @input=${this.#note}
        @keydown=${this.#sendByKey}
        >${options.length === 0 ? "Your answer" : "Your answer, in other words"}</vscode-text-area
      >
      <div class="answers">
        <vscode-button
          title="Ctrl+Enter or Cmd+Enter"
          ?disabled=${this.isSending || this.isBlank}
          @click=${this.#sendWritten}
          >${this.isSending ? "Sending…" : "Send"}</vscode-button
        >
      </div>`;
  }

  get #written(): string {
    return this.querySelector<TextArea>("vscode-text-area")?.value.trim() ?? "";
  }

  readonly #note = (): void => {
    this.isBlank = this.#written === "";
  };

  readonly #sendByKey = (event: KeyboardEvent): void => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    this.#sendWritten();
  };

  readonly #sendWritten = (): void => this.#send(this.#written);

  #send(text: string): void {
    if (text !== "" && !this.isSending) ask(this, "answer-question", { questionId: this.question.questionId, text });
  }
}
