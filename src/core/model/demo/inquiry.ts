/** How a demo agent works: look up what it wants to know, and tell it when nothing more can be looked up. */
import type { Conversation, Finding } from "./conversation.ts";
import { callTools, type DemoReply, finish, type ToolCall } from "./demoReply.ts";
import { code, cutToBytes, quote } from "./markdown.ts";

/** A fixed routine of look-ups and the text made of them. */
export interface Inquiry {
  /** What the agent says while its first look-ups run. */
  readonly opening: string;
  /** Every look-up wanted so far, earlier ones included; findings may make it want more. */
  lookUps(conversation: Conversation): readonly ToolCall[];
  /** Everything found, as Markdown sections with headings of level 3. */
  sections(conversation: Conversation): string;
}

export const DEMO_NOTICE =
  "*Demo model, not an AI: a fixed routine put this text together; the facts in it come from the tools.*";

/** After so many turns the agent tells what it has, whatever is missing. */
const LAST_TURN = 7;

/** A dependent step gets at most 16 KB of a result. */
export const MOST_RESULT_BYTES = 15_000;

/** The agent's next turn: more look-ups, or its result. */
export function pursue(inquiry: Inquiry, conversation: Conversation): DemoReply {
  const open = openLookUps(inquiry, conversation);
  if (open.length > 0) return callTools(narrate(inquiry, conversation, open), open);
  return finish(resultOf(inquiry, conversation));
}

/** Look-ups still to be made; none when the agent has to come to an end. */
export function openLookUps(inquiry: Inquiry, conversation: Conversation): ToolCall[] {
  if (conversation.turns >= LAST_TURN || conversation.addition !== "") return [];
  return inquiry.lookUps(conversation).filter((call) => conversation.finding(call).state === "open");
}

/** What the agent says while the open look-ups run. */
export function narrate(inquiry: Inquiry, conversation: Conversation, open: readonly ToolCall[]): string {
  return conversation.turns === 0 ? inquiry.opening : `Next: ${open.map(describeCall).join(", ")}.`;
}

/** The agent's last text, short enough to be handed on whole. */
export function resultOf(inquiry: Inquiry, conversation: Conversation): string {
  const text = [DEMO_NOTICE, ...additionNote(conversation), inquiry.sections(conversation)].join("\n\n");
  return cutToBytes(text, MOST_RESULT_BYTES);
}

/** A finding's text, or undefined with the reason in `problem`. */
export function outcome(
  finding: Finding,
): { text: string; problem?: undefined } | { text?: undefined; problem: string } {
  switch (finding.state) {
    case "found":
      return { text: finding.text };
    case "failed":
      return { problem: `the tool answered: ${code(finding.text)}` };
    case "notOffered":
      return { problem: `the tool ${code(finding.tool)} was not offered to this agent` };
    case "open":
      return { problem: "there was no turn left to look" };
  }
}

function additionNote(conversation: Conversation): string[] {
  if (conversation.addition === "") return [];
  return [`A message came in that the demo model cannot understand:\n\n${quote(conversation.addition, 300)}`];
}

function describeCall({ tool, input }: ToolCall): string {
  const subject = input["file_path"] ?? input["path"] ?? input["pattern"];
  return typeof subject === "string" ? `${tool} ${code(subject, 60)}` : tool;
}
