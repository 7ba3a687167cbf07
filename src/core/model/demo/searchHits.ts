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
    if (isCutNote(line)) {
      cut = true;
      continue;
    }
    // A line of the file may hold carriage returns and other line ends, which `.` alone does not match.
    const match = /^(.+?):(\d+):(.*)$/s.exec(line);
    if (match === null) continue;
    const path = match[1] ?? "";
    if (!isDemoReport(path)) hits.push({ path, line: Number(match[2]), text: match[3] ?? "" });
  }
  hits.sort((left, right) => compare(left.path, right.path) || left.line - right.line);
  return searchHitsOf(hits, cut);
}

/** `hits` sorted by path, with their files. */
export function searchHitsOf(hits: readonly SearchHit[], cut: boolean): SearchHits {
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
