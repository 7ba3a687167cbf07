/** Three-way merge of text, line by line: what only one side changed is taken, what both changed is shown to people. */
import { diffArrays } from "diff";

/** Texts whose difference takes longer to find are not worth showing line by line. */
const TIMEOUT_MILLISECONDS = 500;

export interface MergeLabels {
  readonly mine: string;
  readonly theirs: string;
}

export interface MergeResult {
  /** With conflict markers where there are conflicts. */
  readonly text: string;
  readonly conflicts: number;
}

/** Lines `start` to `end` of the base became lines `otherStart` to `otherEnd` of the other text. */
interface Hunk {
  start: number;
  end: number;
  otherStart: number;
  otherEnd: number;
}

type Lines = readonly string[];

/** `timeout` in milliseconds for each of the two comparisons; when it runs out, the whole text is one conflict. */
export function mergeTexts(
  base: string,
  mine: string,
  theirs: string,
  { labels = { mine: "mine", theirs: "theirs" }, timeout = TIMEOUT_MILLISECONDS } = {},
): MergeResult {
  if (mine === theirs || theirs === base) return { text: mine, conflicts: 0 };
  if (mine === base) return { text: theirs, conflicts: 0 };
  const [baseLines, mineLines, theirLines] = [linesOf(base), linesOf(mine), linesOf(theirs)];
  const mineHunks = hunksBetween(baseLines, mineLines, timeout);
  const theirHunks = hunksBetween(baseLines, theirLines, timeout);
  if (!mineHunks || !theirHunks) return { text: markConflict(mineLines, theirLines, labels).join(""), conflicts: 1 };
  return mergeHunks({ base: baseLines, mine: mineLines, theirs: theirLines }, mineHunks, theirHunks, labels);
}

function mergeHunks(
  { base, mine, theirs }: { base: Lines; mine: Lines; theirs: Lines },
  mineHunks: Hunk[],
  theirHunks: Hunk[],
  labels: MergeLabels,
): MergeResult {
  const merged: string[] = [];
  let conflicts = 0;
  let position = 0;
  while (mineHunks.length > 0 || theirHunks.length > 0) {
    const { start, end, ofMine, ofTheirs } = takeRegion(mineHunks, theirHunks);
    merged.push(...base.slice(position, start));
    position = end;
    const myLines = linesInRegion(mine, base, ofMine, start, end);
    const theirLines = linesInRegion(theirs, base, ofTheirs, start, end);
    if (ofTheirs.length === 0 || isEqual(myLines, theirLines)) merged.push(...myLines);
    else if (ofMine.length === 0) merged.push(...theirLines);
    else {
      conflicts++;
      merged.push(...markConflict(myLines, theirLines, labels));
    }
  }
  merged.push(...base.slice(position));
  return { text: merged.join(""), conflicts };
}

/** Takes the next hunk with all that overlap or touch it: changes side by side are rarely independent. */
function takeRegion(
  mineHunks: Hunk[],
  theirHunks: Hunk[],
): { start: number; end: number; ofMine: Hunk[]; ofTheirs: Hunk[] } {
  const start = Math.min(mineHunks[0]?.start ?? Infinity, theirHunks[0]?.start ?? Infinity);
  const region = { start, end: start, ofMine: [] as Hunk[], ofTheirs: [] as Hunk[] };
  for (let grew = true; grew;) {
    grew = false;
    for (const [hunks, taken] of [
      [mineHunks, region.ofMine],
      [theirHunks, region.ofTheirs],
    ] as const) {
      while (hunks[0] && hunks[0].start <= region.end) {
        const hunk = hunks.shift() as Hunk;
        region.end = Math.max(region.end, hunk.end);
        taken.push(hunk);
        grew = true;
      }
    }
  }
  return region;
}

/** The region of the base as the other text has it. */
function linesInRegion(other: Lines, base: Lines, hunks: readonly Hunk[], start: number, end: number): string[] {
  const lines: string[] = [];
  let position = start;
  for (const hunk of hunks) {
    lines.push(...base.slice(position, hunk.start), ...other.slice(hunk.otherStart, hunk.otherEnd));
    position = hunk.end;
  }
  return [...lines, ...base.slice(position, end)];
}

/** Undefined when the time runs out. */
function hunksBetween(base: Lines, other: Lines, timeout: number): Hunk[] | undefined {
  const changes = diffArrays([...base], [...other], { timeout });
  if (!changes) return undefined;
  const hunks: Hunk[] = [];
  let [baseLine, otherLine] = [0, 0];
  for (const { added, removed, count } of changes) {
    if (!added && !removed) {
      baseLine += count;
      otherLine += count;
      continue;
    }
    const last = hunks.at(-1);
    const hunk =
      last && last.end === baseLine && last.otherEnd === otherLine
        ? last
        : { start: baseLine, end: baseLine, otherStart: otherLine, otherEnd: otherLine };
    if (hunk !== last) hunks.push(hunk);
    if (removed) baseLine += count;
    else otherLine += count;
    hunk.end = baseLine;
    hunk.otherEnd = otherLine;
  }
  return hunks;
}

function markConflict(mine: Lines, theirs: Lines, labels: MergeLabels): string[] {
  return [`<<<<<<< ${labels.mine}\n`, ...ended(mine), "=======\n", ...ended(theirs), `>>>>>>> ${labels.theirs}\n`];
}

/** A marker begins its own line, also after a text that does not end with a line break. */
function ended(lines: Lines): string[] {
  return lines.map((line) => (line.endsWith("\n") ? line : `${line}\n`));
}

/** With their line breaks. */
function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+/g) ?? [];
}

function isEqual(one: Lines, other: Lines): boolean {
  return one.length === other.length && one.every((line, index) => line === other[index]);
}
