/**
 * The tasks the demo planner hands out, and how a demo agent recognises its own again.
 *
 * The agent sees its task only as text among other text (the team's goal, results of other steps), any of
 * which may look like a task. So a task quotes its goal with length and check sum: a look-alike does not
 * add up, and a real task inside a goal is inside the span of the task that quotes that goal.
 */
import { fingerprintOf } from "./messageWire.ts";

export type DemoTaskKind = "inventory" | "documentation" | "open-ends" | "report";

const ORDERS: Readonly<Record<DemoTaskKind, string>> = {
  inventory: "count the files of this workspace by language and size, and name the largest.",
  documentation: "outline the README and list the entry points of this workspace.",
  "open-ends": "list the TODO and FIXME lines of this workspace, and where the words of the goal occur.",
  report: "put the results of the other steps together in one report.",
};

/** A longer goal is cut in the task: a step's description has a limit, and the words looked for are the first ones. */
const MOST_GOAL_CHARACTERS = 8_000;
const CHECK_LENGTH = 8;

export interface RecognisedTask {
  readonly kind: DemoTaskKind;
  /** The goal as the task quotes it. */
  readonly goal: string;
  /** What follows the task: its output file and the results of other steps. */
  readonly after: string;
}

/** The description of a step of the demo's plan. */
export function describeTask(kind: DemoTaskKind, goal: string): string {
  const quoted = cutAtCharacter(goal.trim(), MOST_GOAL_CHARACTERS).trim();
  const extent = quoted.length < goal.trim().length ? `the first ${quoted.length}` : `${quoted.length}`;
  return `Demo task "${kind}": ${ORDERS[kind]}\n\nThe goal word for word (${extent} characters, check ${checkOf(kind, quoted)}):\n${quoted}`;
}

interface Candidate extends RecognisedTask {
  readonly start: number;
  readonly end: number;
  readonly verified: boolean;
}

/** The demo task that `text` gives, or undefined when it is any other text. */
export function recogniseTask(text: string): RecognisedTask | undefined {
  const candidates = candidatesIn(text);
  const verified = candidates.filter((candidate) => candidate.verified);
  // Where something on the way changed the text, no check adds up: the task then comes after the team's goal.
  let task = verified[0] ?? candidates.at(-1);
  for (const outer of verified) {
    if (task !== undefined && outer.goal.includes(text.slice(task.start, task.end))) task = outer;
  }
  return task;
}

function candidatesIn(text: string): Candidate[] {
  const kinds = Object.keys(ORDERS).join("|");
  const marker = new RegExp(
    `Demo task "(${kinds})": [^\\n]*\\n\\nThe goal word for word \\((?:the first )?(\\d{1,6}) characters, check ([0-9a-f]{${CHECK_LENGTH}})\\):\\n`,
    "g",
  );
  return [...text.matchAll(marker)].map((match) => {
    const kind = match[1] as DemoTaskKind;
    const goalStart = match.index + match[0].length;
    const end = goalStart + Number(match[2]);
    const goal = text.slice(goalStart, end);
    return { kind, goal, after: text.slice(end), start: match.index, end, verified: checkOf(kind, goal) === match[3] };
  });
}

function checkOf(kind: DemoTaskKind, goal: string): string {
  return fingerprintOf(`${kind}\n${goal}`).slice(0, CHECK_LENGTH);
}

/** The first `length` UTF-16 units, or one fewer rather than half a character. */
function cutAtCharacter(text: string, length: number): string {
  const cut = text.slice(0, length);
  return /[\uD800-\uDBFF]$/.test(cut) ? cut.slice(0, -1) : cut;
}
