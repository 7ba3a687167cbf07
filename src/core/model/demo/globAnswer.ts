/** Reads what the glob tool answers: paths, and with `summary` exact totals over all matches. */
import type { ToolCall } from "./demoReply.ts";
import { type Root, searchIn } from "./workspaceFolders.ts";

export interface ExtensionTotal {
  /** With its dot and in lower case; empty for files without one. */
  readonly extension: string;
  readonly files: number;
  readonly bytes: number;
}

export interface FolderSummary {
  readonly files: number;
  readonly bytes: number;
  /** Most files first. */
  readonly extensions: readonly ExtensionTotal[];
  /** Largest first, at most ten. */
  readonly largest: readonly { readonly path: string; readonly bytes: number }[];
}

export interface PathList {
  readonly paths: readonly string[];
  /** How many matches there are; more than `paths` when the tool cut its list. */
  readonly total: number;
}

const NO_MATCHES = "no matches";
const SUMMARY_TITLE = "summary of all matches:";

/** The call that counts everything in one folder, or in all of them. */
export function summaryCall(root: Root): ToolCall {
  return searchIn(root, "glob", { pattern: "**/*", summary: true });
}

/** The totals of an answer to `summaryCall`; undefined when it has none. */
export function readFolderSummary(answer: string): FolderSummary | undefined {
  if (answer.trim() === NO_MATCHES) return { files: 0, bytes: 0, extensions: [], largest: [] };
  const lines = answer.split("\n");
  const start = lines.lastIndexOf(SUMMARY_TITLE);
  const summary = start === -1 ? [] : lines.slice(start + 1);
  const files = numberOf(summary, /^files: (\d+)$/);
  const bytes = numberOf(summary, /^bytes: (\d+)$/);
  if (files === undefined || bytes === undefined) return undefined;
  const extensions = summary.flatMap((line) => {
    const match = /^extension (.+): (\d+) files, (\d+) bytes$/.exec(line);
    if (match === null) return [];
    return [
      { extension: match[1] === "(none)" ? "" : (match[1] ?? ""), files: Number(match[2]), bytes: Number(match[3]) },
    ];
  });
  const largest = summary.flatMap((line) => {
    const match = /^largest (.+): (\d+) bytes$/.exec(line);
    return match === null ? [] : [{ path: match[1] ?? "", bytes: Number(match[2]) }];
  });
  return { files, bytes, extensions, largest };
}

/** The paths of an answer without `summary`. */
export function readPaths(answer: string): PathList {
  const lines = answer.split("\n").filter((line) => line !== "" && line !== NO_MATCHES);
  const cut = /^\[showing \d+ of (\d+) files\b/.exec(lines.at(-1) ?? "");
  if (cut === null) return { paths: lines, total: lines.length };
  return { paths: lines.slice(0, -1), total: Number(cut[1]) };
}

function numberOf(lines: readonly string[], pattern: RegExp): number | undefined {
  for (const line of lines) {
    const match = pattern.exec(line);
    if (match !== null) return Number(match[1]);
  }
  return undefined;
}
