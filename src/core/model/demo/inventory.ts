/** Inventory: how many files, in which languages, how large. */
import type { Conversation } from "./conversation.ts";
import { type ExtensionTotal, type FolderSummary, readFolderSummary, summaryCall } from "./globAnswer.ts";
import { type Inquiry, outcome } from "./inquiry.ts";
import { languageOf } from "./languages.ts";
import { bytes, code, count, counted, list, table } from "./markdown.ts";
import { headingFor, type Root, rootsOf } from "./workspaceFolders.ts";

const MOST_LANGUAGES = 25;

const LIMITS =
  "Counted with the tool glob and the pattern `**/*`, on disk, whether or not version control knows the files. Not counted: hidden files and folders, `node_modules`, `.git`, and what a rule keeps from agents.";

export const inventoryInquiry: Inquiry = {
  opening:
    "I am the demo model, not an AI. I count the files of the workspace by extension, add up their sizes and look for the largest ones.",
  lookUps: (conversation) => rootsOf(conversation).map((root) => summaryCall(root)),
  sections: (conversation) =>
    rootsOf(conversation)
      .map((root) => section(root, conversation))
      .join("\n\n"),
};

function section(root: Root, conversation: Conversation): string {
  const title = headingFor("Files", root);
  const { text, problem } = outcome(conversation.finding(summaryCall(root)));
  if (text === undefined) return `${title}\n\nNot counted: ${problem}.`;
  const summary = readFolderSummary(text);
  if (summary === undefined) return `${title}\n\nNot counted: the tool gave no totals.`;
  if (summary.files === 0) return `${title}\n\nThere are no files. ${LIMITS}`;
  return [
    title,
    `${counted(summary.files, "file")}, ${bytes(summary.bytes)} in total. ${LIMITS}`,
    headingFor("Languages", root),
    languageTable(summary),
    ...largestFiles(summary, root),
  ].join("\n\n");
}

interface LanguageTotal {
  readonly extensions: string[];
  files: number;
  bytes: number;
}

function languageTable({ extensions }: FolderSummary): string {
  const languages = new Map<string, LanguageTotal>();
  for (const extension of extensions) {
    const name = nameOf(extension);
    const language = languages.get(name) ?? { extensions: [], files: 0, bytes: 0 };
    languages.set(name, language);
    if (extension.extension !== "") language.extensions.push(extension.extension);
    language.files += extension.files;
    language.bytes += extension.bytes;
  }
  const sorted = [...languages].toSorted(
    ([leftName, left], [rightName, right]) =>
      right.bytes - left.bytes || right.files - left.files || (leftName < rightName ? -1 : 1),
  );
  const rows = sorted.slice(0, MOST_LANGUAGES).map(([name, language]) => row(name, language));
  const others = sorted.slice(MOST_LANGUAGES).map(([, language]) => language);
  if (others.length > 0) rows.push(row(`${count(others.length)} others`, sumOf(others)));
  return table(["Language or format", "Extensions", "Files", "Bytes"], 2, rows);
}

function nameOf({ extension }: ExtensionTotal): string {
  if (extension === "") return "No extension";
  return languageOf(extension.slice(1)) ?? `Other ${code(extension, 40)}`;
}

function sumOf(languages: readonly LanguageTotal[]): LanguageTotal {
  return {
    extensions: [],
    files: languages.reduce((sum, language) => sum + language.files, 0),
    bytes: languages.reduce((sum, language) => sum + language.bytes, 0),
  };
}

function row(name: string, { extensions, files, bytes: size }: LanguageTotal): string[] {
  return [name, extensions.map((extension) => code(extension, 40)).join(" "), count(files), count(size)];
}

function largestFiles({ largest }: FolderSummary, root: Root): string[] {
  if (largest.length === 0) return [];
  return [
    headingFor("Largest files", root),
    list(largest.map((file) => `${code(file.path, 300)}: ${bytes(file.bytes)}`)),
  ];
}
