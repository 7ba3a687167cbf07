/** What the grep tool answered, as hits in a stable order. */

export interface SearchHit {
  readonly path: string;
  readonly line: number;
  readonly text: string;
}

export interface SearchHits {
  readonly hits: readonly SearchHit[];
  /** Distinct paths of the hits, sorted. */
  readonly files: readonly string[];
  /** True when the tool cut its output: there are at least so many. */
  readonly cut: boolean;
}

/** Reports of earlier demo runs quote what they found; they would be found again in every later run. */
export function isDemoReport(path: string): boolean {
  return /(^|\/)demo-report-[^/]*\.md$/.test(path);
}

/** Reads `path:line:text` lines; a search tool may bring them in any order. */
export function readSearchHits(output: string): SearchHits {
  const hits: SearchHit[] = [];
  let cut = false;
  for (const line of output.split("\n")) {
    const match = /^(.+?):(\d+):(.*)$/.exec(line);
    if (match === null) {
      cut ||= isCutNote(line);
      continue;
    }
    const path = match[1] ?? "";
    if (!isDemoReport(path)) hits.push({ path, line: Number(match[2]), text: match[3] ?? "" });
  }
  hits.sort((left, right) => compare(left.path, right.path) || left.line - right.line);
  return { hits, files: [...new Set(hits.map((hit) => hit.path))], cut };
}

/** The tool ends with a line in square brackets when it left something out. */
function isCutNote(line: string): boolean {
  return /^\[(?:output truncated at|the search was cut short after|only the first) .*\]$/.test(line);
}

/** By UTF-16 units, so that no locale changes the order. */
export function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
