/** Open ends: TODO and FIXME lines, and where the words of the goal occur. */
import type { Conversation } from "./conversation.ts";
import type { ToolCall } from "./demoReply.ts";
import { readPaths } from "./globAnswer.ts";
import { anyCase, goalWords } from "./goalWords.ts";
import { type Inquiry, outcome } from "./inquiry.ts";
import { code, count, counted, list, table } from "./markdown.ts";
import { compare, isDemoReport, readSearchHits, type SearchHits } from "./searchHits.ts";
import { headingFor, type Root, rootsOf, searchIn } from "./workspaceFolders.ts";

const MOST_TODO_LINES = 20;
const MOST_FILES_PER_WORD = 5;
const MOST_NAMES = 10;
const LONGEST_LINE = 160;

const LIMITS =
  "Lines were searched with the tool grep. It leaves out binary files, `.git` and `node_modules`; where ripgrep is installed also hidden files and what Git ignores, and elsewhere lines of more than 2,000 characters. Reports of earlier demo runs are left out here.";

export function openEndsInquiry(goal: string): Inquiry {
  const words = goalWords(goal);
  return {
    opening:
      "I am the demo model, not an AI. I search the text files for TODO and FIXME, and for the words of the goal. " +
      (words.length > 0
        ? `The words are ${words.map((word) => code(word)).join(", ")}.`
        : "The goal has no word worth a search."),
    lookUps: (conversation) => [...rootsOf(conversation).map(todoCall), ...wordLookUps(words)],
    sections: (conversation) =>
      [...rootsOf(conversation).map((root) => todoSection(root, conversation)), wordSection(words, conversation)].join(
        "\n\n",
      ),
  };
}

/** The look-ups for the words of a goal: their lines, and the files named after them. */
export function wordLookUps(words: readonly string[]): ToolCall[] {
  return words.length === 0 ? [] : [...words.map(wordCall), namesCall(words)];
}

export function wordSection(words: readonly string[], conversation: Conversation): string {
  const title = "### Words of the goal";
  if (words.length === 0) {
    return `${title}\n\nNo word was looked for: the goal has none of at least four letters that is not a stop word.\n\n${LIMITS}`;
  }
  const parts = [
    "Looked for were at most six words of at least four letters, without stop words, in any case, also as a part of longer words.",
  ];
  const rows: string[][] = [];
  const details: string[] = [];
  const problems: string[] = [];
  for (const word of words) {
    const { text, problem } = outcome(conversation.finding(wordCall(word)));
    if (text === undefined) {
      problems.push(`${code(word)} could not be looked for: ${problem}.`);
      continue;
    }
    const found = readSearchHits(text);
    rows.push([code(word), amount(found.hits.length, found), amount(found.files.length, found)]);
    details.push(...busiestFiles(word, found));
  }
  if (rows.length > 0) parts.push(table(["Word", "Lines", "Files"], 1, rows));
  if (details.length > 0) parts.push(list(details));
  if (problems.length > 0) parts.push(list(problems));
  parts.push(namesNote(words, conversation), LIMITS);
  return [title, ...parts].join("\n\n");
}

function todoSection(root: Root, conversation: Conversation): string {
  const title = headingFor("TODO and FIXME lines", root);
  const { text, problem } = outcome(conversation.finding(todoCall(root)));
  if (text === undefined) return `${title}\n\nNot searched: ${problem}.`;
  const found = readSearchHits(text);
  const { hits, files } = found;
  if (hits.length === 0) return `${title}\n\nNo line that was found has the word TODO or FIXME in capitals.`;
  const shown = hits.slice(0, MOST_TODO_LINES);
  const intro = `${atLeast(found)}${counted(hits.length, "line")} in ${counted(files.length, "file")} ${hits.length === 1 ? "has" : "have"} the word TODO or FIXME in capitals.`;
  const first = hits.length > shown.length ? ` The first ${count(shown.length)} by path:` : "";
  const lines = shown.map((hit) => `${code(`${hit.path}:${hit.line}`, 300)} ${code(hit.text, LONGEST_LINE)}`);
  return `${title}\n\n${intro}${first}\n\n${list(lines)}`;
}

function busiestFiles(word: string, { hits, files, cut }: SearchHits): string[] {
  const byFile = files.map((path) => ({ path, lines: hits.filter((hit) => hit.path === path) }));
  byFile.sort((left, right) => right.lines.length - left.lines.length || compare(left.path, right.path));
  return byFile.slice(0, MOST_FILES_PER_WORD).map(({ path, lines }) => {
    const first = lines[0];
    const where = first === undefined ? "" : `, first in line ${count(first.line)}: ${code(first.text, LONGEST_LINE)}`;
    return `${code(word)} in ${code(path, 300)}: ${cut ? "at least " : ""}${counted(lines.length, "line")}${where}`;
  });
}

function namesNote(words: readonly string[], conversation: Conversation): string {
  const { text, problem } = outcome(conversation.finding(namesCall(words)));
  if (text === undefined) return `File names were not searched: ${problem}.`;
  const { paths, total } = readPaths(text);
  const named = paths.filter((path) => !isDemoReport(path)).toSorted(compare);
  const others = total - paths.length;
  if (named.length === 0) return "No file has one of the words in its name.";
  const more = others + named.length - MOST_NAMES;
  const shown = named
    .slice(0, MOST_NAMES)
    .map((path) => code(path, 300))
    .join(", ");
  const rest = more > 0 ? ` and ${counted(more, "more", "more")}` : "";
  return `${counted(others + named.length, "file")} with one of the words in the name: ${shown}${rest}.`;
}

function todoCall(root: Root): ToolCall {
  return searchIn(root, "grep", { pattern: "\\b(TODO|FIXME)\\b" });
}

function wordCall(word: string): ToolCall {
  return { tool: "grep", input: { pattern: anyCase(word) } };
}

function namesCall(words: readonly string[]): ToolCall {
  const patterns = words.map(anyCase);
  const name = patterns.length === 1 ? patterns.join() : `{${patterns.join(",")}}`;
  return { tool: "glob", input: { pattern: `**/*${name}*` } };
}

function amount(value: number, { cut }: SearchHits): string {
  return `${cut ? "at least " : ""}${count(value)}`;
}

function atLeast({ cut }: SearchHits): string {
  return cut ? "At least " : "";
}
