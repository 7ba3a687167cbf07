/** How a step hands its result to the steps that need it. */

export interface StepResult {
  readonly stepId: string;
  readonly title: string;
  readonly text: string;
  /** Files written, in workspace form. */
  readonly outputs: readonly string[];
  /** Where untrusted content entered, if it did; whoever reads the result is tainted too. */
  readonly taint: readonly string[];
}

/** Text of a result that goes into a dependent's first message; the rest is paged with `read_result`. */
export const RESULT_TEXT_LIMIT = 16 * 1024;

/** The results as a Markdown section for a dependent's task, or "". */
export function renderResults(results: Iterable<StepResult>): string {
  const sections = [...results].map((result) => {
    const cut = result.text.length > RESULT_TEXT_LIMIT;
    const text = cut ? result.text.slice(0, RESULT_TEXT_LIMIT) : result.text;
    const more = cut
      ? `\n\n[The first ${RESULT_TEXT_LIMIT} of ${result.text.length} characters. Call read_result with step_id "${result.stepId}" and offset ${RESULT_TEXT_LIMIT} for more.]`
      : "";
    const files = result.outputs.length > 0 ? `\n\nFiles of this step: ${result.outputs.join(", ")}` : "";
    return `## Result of step ${result.stepId}: ${result.title}\n\n${text.trim() || "(no text)"}${more}${files}`;
  });
  return sections.length === 0 ? "" : `\n# Results of the steps before\n\n${sections.join("\n\n")}\n`;
}
