/** Documentation: the outline of the README and where the project begins, per workspace folder. */
import type { Conversation } from "./conversation.ts";
import type { ToolCall } from "./demoReply.ts";
import { entryPointsOf, MANIFESTS, WELL_KNOWN } from "./entryPoints.ts";
import { readPaths } from "./globAnswer.ts";
import { type Inquiry, outcome } from "./inquiry.ts";
import { code, counted, list, plain } from "./markdown.ts";
import { type Heading, readmeOutline } from "./readmeOutline.ts";
import { compare } from "./searchHits.ts";
import { headingFor, type Root, rootsOf, searchIn } from "./workspaceFolders.ts";

const README = "[Rr][Ee][Aa][Dd][Mm][Ee]*";
/** Read after the plain name, in this order, when a folder has several READMEs. */
const README_ENDINGS = [".md", ".markdown", ".mdx", ".rst", ".adoc", ".asciidoc", ".txt", ""];
const MOST_MANIFESTS = 6;
const MOST_NESTED = 8;
const MOST_HEADINGS = 60;
const LONGEST_HEADING = 100;
/** Lines read of a file that the tool finds too large to read whole. */
const FIRST_LINES = 400;

export const documentationInquiry: Inquiry = {
  opening:
    "I am the demo model, not an AI. I look for a README and for the files a project begins with, such as a package manifest, and then read them.",
  lookUps(conversation) {
    const roots = rootsOf(conversation);
    const listings = roots.flatMap((root) => [rootCall(root), nestedCall(root)]);
    const reads = roots
      .flatMap((root) => filesToRead(root, conversation))
      .flatMap((path) => readsOf(path, conversation));
    return [...listings, ...reads];
  },
  sections(conversation) {
    const roots = rootsOf(conversation);
    return roots
      .map((root) => `${readmeSection(root, conversation)}\n\n${entrySection(root, conversation)}`)
      .join("\n\n");
  },
};

function rootCall(root: Root): ToolCall {
  return searchIn(root, "glob", { pattern: `{${[README, ...MANIFESTS, ...WELL_KNOWN].join(",")}}` });
}

function nestedCall(root: Root): ToolCall {
  return searchIn(root, "glob", { pattern: `*/**/{${[...MANIFESTS, ...WELL_KNOWN].join(",")}}` });
}

/** Files at the top of a folder that the tool listed, sorted by name. */
function rootFiles(root: Root, conversation: Conversation): string[] {
  const finding = conversation.finding(rootCall(root));
  return finding.state === "found" ? [...readPaths(finding.text).paths].sort(compare) : [];
}

function readmeOf(root: Root, conversation: Conversation): string | undefined {
  const readmes = rootFiles(root, conversation).filter((path) => /^readme(\.|$)/i.test(nameOf(path)));
  return (
    README_ENDINGS.flatMap((ending) => readmes.filter((path) => nameOf(path).toLowerCase() === `readme${ending}`))[0] ??
    readmes[0]
  );
}

function manifestsOf(root: Root, conversation: Conversation): string[] {
  const files = rootFiles(root, conversation);
  return MANIFESTS.flatMap((name) => files.filter((path) => nameOf(path) === name)).slice(0, MOST_MANIFESTS);
}

function filesToRead(root: Root, conversation: Conversation): string[] {
  const readme = readmeOf(root, conversation);
  return [...(readme === undefined ? [] : [readme]), ...manifestsOf(root, conversation)];
}

/** The call that reads a file, and the one that reads its beginning where it is too large. */
function readsOf(path: string, conversation: Conversation): ToolCall[] {
  const whole: ToolCall = { tool: "read", input: { file_path: path } };
  const beginning: ToolCall = { tool: "read", input: { file_path: path, view_range: [1, FIRST_LINES] } };
  const finding = conversation.finding(whole);
  const isTooLarge = finding.state === "failed" && /view_range|limit|too large/i.test(finding.text);
  return isTooLarge ? [whole, beginning] : [whole];
}

/** The text of a file and whether it is only the beginning, or the problem. */
function contentOf(path: string, conversation: Conversation): { text: string; partial: boolean } | { problem: string } {
  const calls = readsOf(path, conversation);
  const last = calls.at(-1);
  if (last === undefined) return { problem: "it was not read" };
  const { text, problem } = outcome(conversation.finding(last));
  return text === undefined ? { problem } : { text, partial: calls.length > 1 };
}

function readmeSection(root: Root, conversation: Conversation): string {
  const title = headingFor("README", root);
  const { problem } = outcome(conversation.finding(rootCall(root)));
  if (problem !== undefined) return `${title}\n\nNot looked for: ${problem}.`;
  const path = readmeOf(root, conversation);
  if (path === undefined) return `${title}\n\nThe tool glob finds no README at the top of this folder.`;
  const content = contentOf(path, conversation);
  if ("problem" in content) return `${title}\n\n${code(path, 300)} could not be read: ${content.problem}.`;
  if (/^\s*(\[the file is empty\]\s*)?$/.test(content.text)) return `${title}\n\n${code(path, 300)} is empty.`;
  const headings = readmeOutline(path, content.text);
  const extent = content.partial
    ? `the first ${FIRST_LINES} lines were read`
    : counted(lineCount(content.text), "line");
  if (headings.length === 0) return `${title}\n\n${code(path, 300)} (${extent}) has no headings.`;
  const more = headings.length - MOST_HEADINGS;
  const outline = outlineOf(headings.slice(0, MOST_HEADINGS));
  const rest = more > 0 ? `\n\nand ${counted(more, "more heading")}.` : "";
  return `${title}\n\nOutline of ${code(path, 300)} (${extent}, ${counted(headings.length, "heading")}):\n\n${outline}${rest}`;
}

function outlineOf(headings: readonly Heading[]): string {
  const highest = Math.min(...headings.map((heading) => heading.level));
  let depth = -1;
  return headings
    .map(({ level, text }) => {
      // A list item can be only one level deeper than the one before it.
      depth = Math.min(level - highest, depth + 1);
      return `${"  ".repeat(depth)}- ${plain(text, LONGEST_HEADING)}`;
    })
    .join("\n");
}

function entrySection(root: Root, conversation: Conversation): string {
  const title = headingFor("Entry points", root);
  const { problem } = outcome(conversation.finding(rootCall(root)));
  if (problem !== undefined) return `${title}\n\nNot looked for: ${problem}.`;
  const manifests = manifestsOf(root, conversation);
  const items = manifests.map((path) => manifestItem(path, conversation));
  for (const path of rootFiles(root, conversation)) {
    if (WELL_KNOWN.includes(nameOf(path))) items.push(`${code(path, 300)} is there`);
  }
  const known =
    items.length > 0 ? list(items) : "None of the usual manifests and start files is at the top of this folder.";
  return `${title}\n\n${known}${nestedNote(root, conversation)}`;
}

function manifestItem(path: string, conversation: Conversation): string {
  const content = contentOf(path, conversation);
  if ("problem" in content) return `${code(path, 300)} could not be read: ${content.problem}`;
  const phrases = entryPointsOf(path, content.text);
  return `${code(path, 300)}: ${phrases.length > 0 ? phrases.join("; ") : "names no entry point"}`;
}

function nestedNote(root: Root, conversation: Conversation): string {
  const finding = conversation.finding(nestedCall(root));
  if (finding.state !== "found") return "";
  const { paths, total } = readPaths(finding.text);
  if (paths.length === 0) return "";
  const shallowFirst = paths.toSorted((left, right) => depthOf(left) - depthOf(right) || compare(left, right));
  const shown = shallowFirst.slice(0, MOST_NESTED).map((path) => code(path, 300));
  const rest = total > shown.length ? `, for example` : ":";
  return `\n\nDeeper in the folder ${counted(total, "more such file")}${rest} ${shown.join(", ")}.`;
}

function lineCount(text: string): number {
  return text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function depthOf(path: string): number {
  return path.split("/").length;
}
