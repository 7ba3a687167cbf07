/** Cutting text to what a terminal has room for: columns, not characters. */
import stringWidth from "string-width";

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** How many columns a terminal uses for `text`: 2 for wide characters and emoji, 0 for combining marks. */
export function widthOf(text: string): number {
  return stringWidth(text);
}

/** At most `columns` wide, with `…` at the end when something was cut. */
export function cutEnd(text: string, columns: number): string {
  if (stringWidth(text) <= columns) return text;
  return `${fitting(segments(text), columns - 1).join("")}${columns > 0 ? "…" : ""}`;
}

/** At most `columns` wide, with `…` at the start when something was cut: for text that is still growing. */
export function cutStart(text: string, columns: number): string {
  if (stringWidth(text) <= columns) return text;
  const kept = fitting(segments(text).reverse(), columns - 1).reverse();
  return `${columns > 0 ? "…" : ""}${kept.join("")}`;
}

/** Cut or filled with spaces to exactly `columns`. */
export function fill(text: string, columns: number): string {
  const cut = cutEnd(text, columns);
  return cut + " ".repeat(Math.max(0, columns - stringWidth(cut)));
}

function segments(text: string): string[] {
  return Array.from(graphemes.segment(text), ({ segment }) => segment);
}

function fitting(parts: readonly string[], columns: number): string[] {
  const kept: string[] = [];
  let used = 0;
  for (const part of parts) {
    used += stringWidth(part);
    if (used > columns) break;
    kept.push(part);
  }
  return kept;
}
