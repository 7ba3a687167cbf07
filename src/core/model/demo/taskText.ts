/** The parts of a task's text around the order itself: the output file and the results of other steps. */

export interface EarlierResult {
  readonly stepId: string;
  readonly title: string;
  readonly text: string;
}

export interface TaskParts {
  /** The task without its output file and without results. */
  readonly order: string;
  readonly outputFile: string | undefined;
  readonly results: readonly EarlierResult[];
}

const RESULT_HEADING = /^## Result of step ([A-Za-z0-9_-]{1,64}): (.*)$/gm;

/** Reads a line such as `Output file: research.md` and the sections `## Result of step ID: TITLE`. */
export function taskParts(text: string): TaskParts {
  const headings = [...text.matchAll(RESULT_HEADING)];
  const results = headings.map((heading, at) => ({
    stepId: heading[1] ?? "",
    title: heading[2] ?? "",
    text: text.slice(heading.index + heading[0].length, headings[at + 1]?.index).trim(),
  }));
  const before = text.slice(0, headings[0]?.index).replace(/\n# Results of the steps before\s*$/, "\n");
  const line = [...before.matchAll(/^Output file: *(.+?) *$/gm)].at(-1);
  const order = line === undefined ? before : before.slice(0, line.index) + before.slice(line.index + line[0].length);
  return { order: order.trim(), outputFile: line?.[1]?.replace(/^`(.*)`$/, "$1"), results };
}
