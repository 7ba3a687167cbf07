/** The headings of a README: Markdown, reStructuredText, AsciiDoc and the HTML that READMEs contain. */

export interface Heading {
  /** 1 is the highest. */
  readonly level: number;
  readonly text: string;
}

const UNDERLINE = /^([=\-~^"'`+*#.:_])\1{2,}\s*$/;

export function readmeOutline(path: string, text: string): Heading[] {
  const lines = text.replace(/^\uFEFF/, "").split(/\r\n|\r|\n/);
  if (/\.rst$/i.test(path)) return underlined(lines);
  if (/\.(adoc|asciidoc)$/i.test(path)) return prefixed(lines, /^(={1,6})\s+(.+)$/);
  return markdown(lines);
}

function markdown(lines: readonly string[]): Heading[] {
  const headings: Heading[] = [];
  let fence: string | undefined;
  for (let at = frontMatterLength(lines); at < lines.length; at += 1) {
    const line = lines[at] ?? "";
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1];
    if (fence !== undefined) {
      if (mark?.startsWith(fence) === true && line.trim() === mark) fence = undefined;
      continue;
    }
    if (mark !== undefined) {
      fence = mark;
      continue;
    }
    const atx = /^ {0,3}(#{1,6})(?:\s+(.*?))?(?:\s+#+)?\s*$/.exec(line);
    const html = /<h([1-6])[^>]*>(.*?)<\/h\1>/i.exec(line);
    if (atx !== null) add(headings, atx[1]?.length ?? 1, atx[2] ?? "");
    else if (html !== null) add(headings, Number(html[1]), html[2] ?? "");
    else if (isParagraph(line) && /^ {0,3}(=+|-+)\s*$/.test(lines[at + 1] ?? "")) {
      add(headings, lines[at + 1]?.includes("=") === true ? 1 : 2, line);
      at += 1;
    }
  }
  return headings;
}

function frontMatterLength(lines: readonly string[]): number {
  if (lines[0]?.trim() !== "---") return 0;
  const end = lines.findIndex((line, at) => at > 0 && line.trim() === "---");
  return end === -1 ? 0 : end + 1;
}

/** Could the line be the text of an underlined heading? Lists, quotes, tables, HTML and code could not. */
function isParagraph(line: string): boolean {
  return /\S/.test(line) && !/^(\s{4,}|\t|\s*(?:[-*+>|<]|\d+[.)]\s))/.test(line);
}

function underlined(lines: readonly string[]): Heading[] {
  const headings: Heading[] = [];
  const levels: string[] = [];
  for (const [at, line] of lines.entries()) {
    const mark = UNDERLINE.exec(lines[at + 1] ?? "")?.[1];
    if (mark === undefined || line.trim() === "" || UNDERLINE.test(line)) continue;
    if (!levels.includes(mark)) levels.push(mark);
    add(headings, levels.indexOf(mark) + 1, line);
  }
  return headings;
}

function prefixed(lines: readonly string[], heading: RegExp): Heading[] {
  const headings: Heading[] = [];
  for (const line of lines) {
    const match = heading.exec(line);
    if (match !== null) add(headings, match[1]?.length ?? 1, match[2] ?? "");
  }
  return headings;
}

function add(headings: Heading[], level: number, marked: string): void {
  const text = marked
    .replace(/<[^>]*>/g, "")
    .replace(/!\[[^\]]*\]\([^)]*\)/g, "")
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/[*`]+/g, "")
    .trim();
  if (text !== "") headings.push({ level, text });
}
