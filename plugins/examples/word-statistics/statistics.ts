export interface Statistics {
  readonly words: number;
  readonly sentences: number;
  readonly headings: number;
  /** Whole minutes, at least 1 when there is a word. */
  readonly readingMinutes: number;
}

/** Of the text people read: front matter, code and the addresses of links do not count. */
export function statisticsOf(markdown: string, wordsPerMinute: number): Statistics {
  const prose = markdown
    .replace(/^---\n[\s\S]*?\n---\n/, "")
    .replace(/^(`{3,}|~{3,})[\s\S]*?^\1.*$/gm, "")
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1");
  const words = prose.match(/[\p{L}\p{N}]+(?:['’-][\p{L}\p{N}]+)*/gu)?.length ?? 0;
  return {
    words,
    sentences: prose.match(/[.!?]+(?=\s|$)/g)?.length ?? 0,
    headings: prose.match(/^#{1,6} /gm)?.length ?? 0,
    readingMinutes: Math.ceil(words / wordsPerMinute),
  };
}
