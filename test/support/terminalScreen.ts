/**
 * What a person would see: a small terminal that knows the sequences a live view uses and throws at any other,
 * so that a view using more is noticed. Lines are not wrapped anew when the width changes, as in xterm.
 */

const ESCAPE = "\u001b";
/** CSI sequences (`ESC [ … letter`), character by character. */
const SEQUENCE = /^\u001b\[([?0-9;]*)([A-Za-z])/;
/** Colours, styles, cursor visibility and synchronised output change nothing of the text. */
const WITHOUT_EFFECT = /^(?:[0-9;]*m|\?(?:25|2026|2004)[hl])$/;

export class TerminalScreen {
  #columns: number;
  #rows: number;
  /** Scrolled off lines first; one entry per line, one string per column, "" for the second half of a wide one. */
  #lines: string[][] = [[]];
  /** The usual screen while the other one is in sight. */
  #usual: { readonly lines: string[][]; readonly line: number; readonly column: number } | undefined;
  #line = 0;
  #column = 0;
  /** A character was put in the last column; the next one goes to a new line. */
  #wrapPending = false;
  #rest = "";

  constructor(columns: number, rows: number) {
    this.#columns = columns;
    this.#rows = rows;
  }

  resize(columns: number, rows: number): void {
    this.#columns = columns;
    this.#rows = rows;
    this.#column = Math.min(this.#column, columns - 1);
    this.#wrapPending = false;
  }

  /** Everything that was printed and not erased, scrolled off lines included, without spaces at the ends. */
  get text(): string {
    return this.#lines
      .map((cells) => cells.join("").trimEnd())
      .join("\n")
      .trimEnd();
  }

  /** The rows in sight. */
  get visible(): string[] {
    return this.#lines.slice(this.#top).map((cells) => cells.join("").trimEnd());
  }

  write(output: string): void {
    let rest = this.#rest + output;
    this.#rest = "";
    while (rest !== "") {
      if (rest.startsWith(ESCAPE)) {
        const sequence = SEQUENCE.exec(rest);
        if (sequence === null) {
          if (!/^\u001b(?:\[[?0-9;]*)?$/.test(rest))
            throw new Error(`The terminal does not know ${JSON.stringify(rest.slice(0, 12))}`);
          // The rest of the sequence comes with the next piece of output.
          this.#rest = rest;
          return;
        }
        this.#control(sequence[1] ?? "", sequence[2] ?? "");
        rest = rest.slice(sequence[0].length);
        continue;
      }
      const character = String.fromCodePoint(rest.codePointAt(0) ?? 0);
      this.#put(character);
      rest = rest.slice(character.length);
    }
  }

  get #top(): number {
    return Math.max(0, this.#lines.length - this.#rows);
  }

  #put(character: string): void {
    switch (character) {
      case "\n":
        this.#down();
        return;
      case "\r":
        this.#moveTo(0);
        return;
      case "\u0007":
        return;
    }
    if (character < " ") throw new Error(`The terminal was sent the control character ${JSON.stringify(character)}`);
    const width = widthOf(character);
    if (width === 0) return this.#join(character);
    if (this.#wrapPending || this.#column + width > this.#columns) {
      this.#moveTo(0);
      this.#down();
    }
    const cells = this.#cells();
    while (cells.length < this.#column) cells.push(" ");
    cells[this.#column] = character;
    if (width === 2) cells[this.#column + 1] = "";
    this.#wrapPending = this.#column + width >= this.#columns;
    this.#column = Math.min(this.#column + width, this.#columns - 1);
  }

  /** A combining character belongs to the one before it. */
  #join(character: string): void {
    const cells = this.#cells();
    const position = this.#wrapPending ? this.#column : this.#column - 1;
    cells[position] = (cells[position] ?? "") + character;
  }

  #control(parameters: string, letter: string): void {
    if (WITHOUT_EFFECT.test(parameters + letter)) return;
    if (parameters === "?1049") return letter === "h" ? this.#openOther() : this.#backToUsual();
    const count = parameters === "" ? 1 : Number(parameters);
    switch (letter) {
      case "A":
        this.#line = Math.max(this.#top, this.#line - count);
        this.#wrapPending = false;
        return;
      case "B":
        this.#line = Math.min(this.#top + this.#rows - 1, this.#line + count);
        this.#cells();
        this.#wrapPending = false;
        return;
      case "C":
        return this.#moveTo(Math.min(this.#columns - 1, this.#column + count));
      case "D":
        return this.#moveTo(Math.max(0, this.#column - count));
      case "G":
        return this.#moveTo(Math.min(this.#columns, count) - 1);
      case "H":
        if (parameters !== "") break;
        this.#line = this.#top;
        return this.#moveTo(0);
      case "K":
        return this.#eraseInLine(parameters === "" ? 0 : Number(parameters));
      case "J":
        if (parameters !== "" && parameters !== "0") break;
        this.#eraseInLine(0);
        this.#lines.length = this.#line + 1;
        return;
    }
    throw new Error(`The terminal does not know ESC[${parameters}${letter}`);
  }

  /** A screen of its own, without what was there before. */
  #openOther(): void {
    this.#usual ??= { lines: this.#lines, line: this.#line, column: this.#column };
    this.#lines = [[]];
    this.#line = 0;
    this.#moveTo(0);
  }

  #backToUsual(): void {
    if (!this.#usual) return;
    const { lines, line, column } = this.#usual;
    this.#usual = undefined;
    this.#lines = lines;
    this.#line = line;
    this.#moveTo(column);
  }

  /** 0: from the cursor to the end, 1: up to the cursor, 2: all of it. */
  #eraseInLine(part: number): void {
    const cells = this.#cells();
    if (part === 2) cells.length = 0;
    else if (part === 1) cells.fill(" ", 0, this.#column + 1);
    else cells.length = Math.min(cells.length, this.#column);
    this.#wrapPending = false;
  }

  #moveTo(column: number): void {
    this.#column = column;
    this.#wrapPending = false;
  }

  #down(): void {
    this.#line += 1;
    this.#cells();
    this.#wrapPending = false;
  }

  #cells(): string[] {
    while (this.#lines.length <= this.#line) this.#lines.push([]);
    return this.#lines[this.#line] ?? [];
  }
}

const ZERO_WIDTH = /^(?:\p{Mark}|[\u200b-\u200f])$/u;
const WIDE =
  /^[\p{Emoji_Presentation}\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]$/u;

function widthOf(character: string): 0 | 1 | 2 {
  if (ZERO_WIDTH.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}
