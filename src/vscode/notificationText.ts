/**
 * Text of others in notifications. VS Code makes a link of `[words](command:…)` in them, and a click on it
 * runs the command: what an agent or a file name brings must never become one.
 */

import { visibleLine } from "../core/policy/visibleText.ts";

/** VS Code cuts a notification at a thousand characters and shows it on one line. */
const SHOWN_WHOLE_CHARACTERS = 500;

/** `text` in which nothing is a link, and which looks the same but for a blank. */
export function withoutLinks(text: string): string {
  return text.replaceAll("](", "] (");
}

/** `text` for a label of a quick pick, in which `$(name)` would be an icon. */
export function withoutIcons(text: string): string {
  return text.replaceAll("$(", "\\$(");
}

/** Does a notification show exactly this text, all of it? */
export function isShownExactly(text: string): boolean {
  return text.length <= SHOWN_WHOLE_CHARACTERS && !text.includes("](") && !/[\n\r]/.test(text);
}

const GOAL_CHARACTERS = 60;

/** The first line of a goal, short. */
export function shortGoal(goal: string): string {
  const line = withoutLinks(visibleLine(goal.trim().split("\n", 1)[0] ?? ""));
  return line.length > GOAL_CHARACTERS ? `${line.slice(0, GOAL_CHARACTERS).trimEnd()}…` : line;
}
