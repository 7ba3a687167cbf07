/** One line of the terminal, built from styled pieces and cut to its columns. */
import { visibleLine } from "../core/policy/visibleText.ts";
import { cutEnd, cutStart, widthOf } from "./textWidth.ts";

export type Style = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";
/** Puts a style around text, or does not where colours are not wanted. */
export type Paint = (style: Style, text: string) => string;

export interface Piece {
  readonly text: string;
  readonly style?: Style;
  /** For text that is still growing: when there is too little room, its end is shown instead of its start. */
  readonly keepEnd?: true;
}

export const plainPaint: Paint = (_style, text) => text;

/**
 * The pieces side by side in at most `columns` columns. Text from elsewhere is made visible here, in the
 * one place every cell of the live view passes.
 */
export function styledLine(pieces: readonly Piece[], columns: number, paint: Paint): string {
  let room = columns;
  let line = "";
  for (const { text, style, keepEnd } of pieces) {
    if (room <= 0) break;
    const clean = visibleLine(text.replace(/\r?\n|\t/g, " "));
    const cut = keepEnd ? cutStart(clean, room) : cutEnd(clean, room);
    room -= widthOf(cut);
    line += style === undefined || cut === "" ? cut : paint(style, cut);
  }
  return line;
}

/** Short parts joined by ` · `, on as many lines as they need. */
export function packedLines(parts: readonly Piece[], columns: number, paint: Paint): string[] {
  const separator: Piece = { text: " · ", style: "dim" };
  const lines: Piece[][] = [];
  let used = 0;
  for (const part of parts) {
    const width = widthOf(visibleLine(part.text));
    const line = lines.at(-1);
    if (line !== undefined && used + 3 + width <= columns) {
      line.push(separator, part);
      used += 3 + width;
    } else {
      lines.push([part]);
      used = width;
    }
  }
  return lines.map((line) => styledLine(line, columns, paint));
}
