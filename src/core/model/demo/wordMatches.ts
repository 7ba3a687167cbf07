/** Where the words of a goal occur: lines with them, and files named after them. */
import type { Conversation } from "./conversation.ts";
import type { ToolCall } from "./demoReply.ts";
import { readPaths } from "./globAnswer.ts";
import { anyCase, MOST_WORDS } from "./goalWords.ts";
import { outcome } from "./inquiry.ts";
import { code, count, counted, list, table } from "./markdown.ts";
import { compare, isDemoReport, readSearchHits, searchHitsOf, type SearchHits } from "./searchHits.ts";

const MOST_FILES_PER_WORD = 5;
const MOST_NAMES = 10;

/** Longest part of a found line that is shown. */
export const LONGEST_LINE = 160;

export const SEARCH_LIMITS =
  "Lines were searched with the tool grep. It leaves out binary files, `.git` and `node_modules`; where ripgrep is installed also hidden files and what Git ignores, and elsewhere lines of more than 2,000 characters. Reports of earlier demo runs are left out here.";

/**
 * One search for all words, because each search reads every file. Only when its answer was cut, so that
 * a frequent word may have driven out a rare one, each word is searched alone.
 */
export function wordLookUps(words: readonly string[], conversation: Conversation): ToolCall[] {
  if (words.length === 0) return [];
  const together = wordsCall(words);
  const finding = conversation.finding(together);
  const isCut = finding.state === "found" && readSearchHits(finding.text).cut;
  return [together, namesCall(words), ...(isCut ? words.map((word) => wordsCall([word])) : [])];
}

export function wordSection(words: readonly string[], conversation: Conversation): string {
  const title = "### Words of the goal";
  if (words.length === 0) {
    return `${title}\n\nNo word was looked for: the goal has none of at least four letters that is not a stop word.\n\n${SEARCH_LIMITS}`;
  }
  const parts = [
    `Looked for were the first words of at least four letters, without stop words and at most ${MOST_WORDS}, in any case, also as a part of longer words.`,
  ];
  const rows: string[][] = [];
  const details: string[] = [];
  const problems: string[] = [];
  for (const word of words) {
    const found = matchesOf(word, words, conversation);
    if (typeof found === "string") {
      problems.push(`${code(word)} could not be looked for: ${found}.`);
      continue;
    }
    rows.push([code(word), amount(found.hits.length, found), amount(found.files.length, found)]);
    details.push(...busiestFiles(word, found));
  }
  if (rows.length > 0) parts.push(table(["Word", "Lines", "Files"], 1, rows));
  if (details.length > 0) parts.push(list(details));
  if (problems.length > 0) parts.push(list(problems));
  parts.push(namesNote(words, conversation), SEARCH_LIMITS);
  return [title, ...parts].join("\n\n");
}

/** The lines with one word, or why they are not known. */
function matchesOf(word: string, words: readonly string[], conversation: Conversation): SearchHits | string {
  const alone = conversation.finding(wordsCall([word]));
  if (alone.state === "found") return readSearchHits(alone.text);
  const { text, problem } = outcome(conversation.finding(wordsCall(words)));
  if (text === undefined) return problem;
  const together = readSearchHits(text);
  const pattern = new RegExp(anyCase(word), "u");
  return searchHitsOf(
    together.hits.filter((hit) => pattern.test(hit.text)),
    together.cut,
  );
}

function busiestFiles(word: string, { hits, files, cut }: SearchHits): string[] {
  const byFile = files.map((path) => ({ path, lines: hits.filter((hit) => hit.path === path) }));
  byFile.sort((left, right) => right.lines.length - left.lines.length || compare(left.path, right.path));
  return byFile.slice(0, MOST_FILES_PER_WORD).map(({ path, lines }) => {
    const first = lines[0];
    const where = first === undefined ? "" : `, first in line ${count(first.line)}: ${code(first.text, LONGEST_LINE)}`;
    const atLeast = cut ? "at least " : "";
    return `${code(word)} in ${code(path, 300)}: ${atLeast}${counted(lines.length, "line")}${where}`;
  });
}

function namesNote(words: readonly string[], conversation: Conversation): string {
  const { text, problem } = outcome(conversation.finding(namesCall(words)));
  if (text === undefined) return `File names were not searched: ${problem}.`;
  const { paths, total } = readPaths(text);
  const named = paths.filter((path) => !isDemoReport(path)).toSorted(compare);
  const others = total - paths.length;
  if (named.length + others === 0) return "No file has one of the words in its name.";
  const more = others + named.length - MOST_NAMES;
  const shown = named
    .slice(0, MOST_NAMES)
    .map((path) => code(path, 300))
    .join(", ");
  const rest = more > 0 ? ` and ${counted(more, "more", "more")}` : "";
  // The tool counts earlier reports among the files it does not list.
  const including = others > 0 ? ", earlier demo reports included," : "";
  return `${counted(others + named.length, "file")}${including} with one of the words in the name: ${shown}${rest}.`;
}

function wordsCall(words: readonly string[]): ToolCall {
  return { tool: "grep", input: { pattern: words.map(anyCase).join("|") } };
}

function namesCall(words: readonly string[]): ToolCall {
  const patterns = words.map(anyCase);
  const name = patterns.length === 1 ? patterns.join() : `{${patterns.join(",")}}`;
  return { tool: "glob", input: { pattern: `**/*${name}*` } };
}

function amount(value: number, { cut }: SearchHits): string {
  return `${cut ? "at least " : ""}${count(value)}`;
}
