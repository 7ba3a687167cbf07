/** The demo writer: the results of the other agents, put together as one report. */
import type { Conversation } from "./conversation.ts";
import { callTools, type DemoReply, finish, type ToolCall } from "./demoReply.ts";
import { MOST_RESULT_BYTES, outcome } from "./inquiry.ts";
import { code, cutToBytes, list, plain, quote } from "./markdown.ts";
import type { EarlierResult, TaskParts } from "./taskText.ts";

const MOST_GOAL_CHARACTERS = 1_000;

const OPENING =
  "I am the demo model, not an AI. I put the results of the other agents together as they are; nothing is added and nothing is judged.";

const ABOUT = `> **This report is a demo. It was not written by an AI.** The built-in demo model follows a fixed routine for
> every goal: it looks at the workspace with the real tools and reports what they say. It cannot think about
> the goal. With an API key or another model the same agents work on the goal itself.`;

export function writeReport(conversation: Conversation, goal: string, parts: TaskParts): DemoReply {
  return deliver(conversation, parts.outputFile, {
    text: reportOf(goal, parts.results),
    opening: OPENING,
    inShort: parts.results.flatMap((result) => firstFactOf(result.text)),
  });
}

export interface Document {
  readonly text: string;
  /** Said while it is written. */
  readonly opening: string;
  /** The few facts that are told again when it is written. */
  readonly inShort: readonly string[];
}

/** Writes `document` to the output file where that is asked for and possible; else it is the result itself. */
export function deliver(
  conversation: Conversation,
  outputFile: string | undefined,
  { text, opening, inShort }: Document,
): DemoReply {
  const result = cutToBytes(text, MOST_RESULT_BYTES);
  // The tool gives any other file the ending of a Markdown file; those get the result as their text.
  if (outputFile === undefined || !/\.(md|markdown)$/i.test(outputFile)) return finish(result);
  // Half a surrogate pair in a goal cannot be written as UTF-8.
  const call: ToolCall = { tool: "write_md", input: { path: outputFile, content: text.toWellFormed() } };
  const finding = conversation.finding(call);
  if (finding.state === "open") return callTools(opening, [call]);
  if (finding.state === "found") {
    const facts = inShort.length > 0 ? `\n\n${list(inShort)}` : "";
    return finish(
      `${code(outputFile, 300)} is written. The demo model, which is not an AI, put it together; its facts come from the tools.${facts}`,
    );
  }
  return finish(
    `I could not write ${code(outputFile, 300)} myself: ${outcome(finding).problem}. This is the text.\n\n${result}`,
  );
}

function reportOf(goal: string, results: readonly EarlierResult[]): string {
  const chapters =
    results.length === 0
      ? ["No other agent's results came with this task, so there is nothing to report."]
      : results.map((result) => `## ${plain(result.title)}\n\n${factsOf(result.text)}`);
  return (
    [
      "# Demo report",
      ABOUT,
      `## Goal\n\n${quote(goal, MOST_GOAL_CHARACTERS)}`,
      ...chapters,
      `## How this report came about\n\nA planner looked at the workspace and planned the steps. ${stepsNote(results)} This step put their texts together. The same workspace and goal give the same report.`,
    ].join("\n\n") + "\n"
  );
}

function stepsNote(results: readonly EarlierResult[]): string {
  const names = results.map((result) => code(result.stepId));
  return names.length === 0 ? "" : `The steps ${names.join(", ")} could run at the same time.`;
}

/** The first sentence of a result's first section. */
function firstFactOf(text: string): string[] {
  const paragraph = /^### .*\n\n(.+)$/m.exec(text)?.[1];
  const sentence = paragraph === undefined ? undefined : /^.*?[.:](?=\s|$)/.exec(paragraph)?.[0];
  return sentence === undefined ? [] : [sentence.replace(/:$/, ".")];
}

/** A result from its first section on: every agent begins with the same notice. */
function factsOf(text: string): string {
  const start = text.search(/^### /m);
  return start > 0 ? text.slice(start) : text;
}
