/** Any task that is not the demo's own: look at the workspace, say what is there, say that this is a demo. */
import type { Conversation } from "./conversation.ts";
import { callTools, type DemoReply, finish } from "./demoReply.ts";
import { goalWords } from "./goalWords.ts";
import { type Inquiry, narrate, openLookUps, resultOf } from "./inquiry.ts";
import { inventoryInquiry } from "./inventory.ts";
import { code, count, list, quote } from "./markdown.ts";
import { wordLookUps, wordSection } from "./wordMatches.ts";
import { deliver } from "./reportWriter.ts";
import type { EarlierResult, TaskParts } from "./taskText.ts";

const MOST_TASK_CHARACTERS = 600;

export function doGeneralTask(conversation: Conversation, parts: TaskParts): DemoReply {
  const inquiry = generalInquiry(parts);
  const open = openLookUps(inquiry, conversation);
  if (open.length > 0) return callTools(narrate(inquiry, conversation, open), open);
  const result = resultOf(inquiry, conversation);
  if (parts.outputFile === undefined) return finish(result);
  return deliver(conversation, parts.outputFile, {
    text: `# Demo output\n\n${result}\n`,
    opening: `I am the demo model, not an AI. I write what I found to ${code(parts.outputFile, 300)}.`,
    inShort: [],
  });
}

function generalInquiry({ order, results }: TaskParts): Inquiry {
  const task = orderOf(order);
  const words = goalWords(task);
  return {
    opening:
      "I am the demo model, not an AI, so I cannot work on this task. I look at the workspace and report what is there, to show the tools at work.",
    lookUps: (conversation) => [...inventoryInquiry.lookUps(conversation), ...wordLookUps(words, conversation)],
    sections: (conversation) =>
      [
        `### Task\n\n${quote(task, MOST_TASK_CHARACTERS)}\n\nThe demo model cannot carry it out and has changed nothing for it. It reports facts of the workspace instead.`,
        ...resultsSection(results),
        inventoryInquiry.sections(conversation),
        wordSection(words, conversation),
      ].join("\n\n"),
  };
}

/** The agent's own part of the task, without the goal of the team before it. */
function orderOf(order: string): string {
  const heading = "\n# Your task: ";
  const at = order.lastIndexOf(heading);
  return at === -1 ? order : order.slice(at + heading.length).trim();
}

function resultsSection(results: readonly EarlierResult[]): string[] {
  if (results.length === 0) return [];
  const items = results.map(
    ({ stepId, title, text }) => `${code(stepId)}, ${code(title)}: ${count(text.length)} characters`,
  );
  return [`### Results that came with the task\n\n${list(items)}`];
}
