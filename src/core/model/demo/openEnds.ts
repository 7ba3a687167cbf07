/** Open ends: TODO and FIXME lines, and where the words of the goal occur. */
import type { Conversation } from "./conversation.ts";
import type { ToolCall } from "./demoReply.ts";
import { goalWords } from "./goalWords.ts";
import { type Inquiry, outcome } from "./inquiry.ts";
import { code, count, counted, list } from "./markdown.ts";
import { readSearchHits } from "./searchHits.ts";
import { LONGEST_LINE, wordLookUps, wordSection } from "./wordMatches.ts";
import { headingFor, type Root, rootsOf, searchIn } from "./workspaceFolders.ts";

const MOST_TODO_LINES = 20;

export function openEndsInquiry(goal: string): Inquiry {
  const words = goalWords(goal);
  const named = words.map((word) => code(word)).join(", ");
  return {
    opening: `I am the demo model, not an AI. I search the text files for TODO and FIXME, and for the words of the goal. ${
      words.length > 0 ? `The words are ${named}.` : "The goal has no word worth a search."
    }`,
    lookUps: (conversation) => [...rootsOf(conversation).map(todoCall), ...wordLookUps(words, conversation)],
    sections: (conversation) => {
      const todos = rootsOf(conversation).map((root) => todoSection(root, conversation));
      return [...todos, wordSection(words, conversation)].join("\n\n");
    },
  };
}

function todoSection(root: Root, conversation: Conversation): string {
  const title = headingFor("TODO and FIXME lines", root);
  const { text, problem } = outcome(conversation.finding(todoCall(root)));
  if (text === undefined) return `${title}\n\nNot searched: ${problem}.`;
  const { hits, files, cut } = readSearchHits(text);
  const what = "the word TODO or FIXME in capitals";
  if (hits.length === 0) {
    return `${title}\n\n${cut ? `The search was cut before it found ${what}` : `No line has ${what}`}.`;
  }
  const shown = hits.slice(0, MOST_TODO_LINES);
  const amount = `${cut ? "At least " : ""}${counted(hits.length, "line")} in ${counted(files.length, "file")}`;
  const first = hits.length > shown.length ? ` The first ${count(shown.length)} by path:` : "";
  const lines = shown.map((hit) => `${code(`${hit.path}:${hit.line}`, 300)} ${code(hit.text, LONGEST_LINE)}`);
  return `${title}\n\n${amount} ${hits.length === 1 ? "has" : "have"} ${what}.${first}\n\n${list(lines)}`;
}

function todoCall(root: Root): ToolCall {
  return searchIn(root, "grep", { pattern: "\\b(TODO|FIXME)\\b" });
}
