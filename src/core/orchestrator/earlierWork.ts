/** What was done for another goal before, in words for the planner of a new one. */
import type { StepResult } from "./stepResults.ts";

export interface EarlierWork {
  readonly goal: string;
  /** Of the steps that were done, in their order. */
  readonly results: ReadonlyMap<string, StepResult>;
  /** Files written, in workspace form. */
  readonly files: readonly string[];
}

/** Text of one result that goes into the planner's task, and of all together; the rest is paged with `read_result`. */
const RESULT_CHARACTERS = 4 * 1024;
const ALL_CHARACTERS = 32 * 1024;
/** Most files named; the planner can look for the others. */
const MOST_FILES = 100;

/** As Markdown sections that end with an empty line, or "". */
export function renderEarlierWork({ goal, results, files }: EarlierWork): {
  earlierGoal: string;
  files: string;
  results: string;
} {
  let room = ALL_CHARACTERS;
  const sections: string[] = [];
  for (const result of results.values()) {
    const text = result.text.trim().slice(0, Math.min(RESULT_CHARACTERS, room));
    room -= text.length;
    const more =
      text.length < result.text.trim().length
        ? `\n\n[The first ${text.length} of ${result.text.length} characters. Call read_result with step_id "${result.stepId}" and offset 0 for all of it.]`
        : "";
    sections.push(`## Result of step ${result.stepId}: ${result.title}\n\n${text || "(no text)"}${more}\n`);
  }
  return {
    earlierGoal: quoted(goal),
    files: files.length === 0 ? "" : `\nFiles it wrote: ${listed(files)}\n`,
    results: sections.length === 0 ? "\nNone of its steps was done.\n" : `\n${sections.join("\n")}`,
  };
}

/** Is there more of a result than the task shows? */
export function hasLongResults({ results }: EarlierWork): boolean {
  let characters = 0;
  for (const { text } of results.values()) {
    characters += text.length;
    if (text.length > RESULT_CHARACTERS) return true;
  }
  return characters > ALL_CHARACTERS;
}

function quoted(text: string): string {
  return text
    .split("\n")
    .map((line) => `> ${line}`.trimEnd())
    .join("\n");
}

function listed(files: readonly string[]): string {
  const more = files.length - MOST_FILES;
  return more > 0 ? `${files.slice(0, MOST_FILES).join(", ")} and ${more} more` : files.join(", ");
}
