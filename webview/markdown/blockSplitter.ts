/**
 * Cuts Markdown that still grows into blocks that are complete, which need to be drawn only once, and the one that is
 * being written.
 */

/** A block is cut here at the latest, so that what is drawn again and again stays small. */
export const LONGEST_BLOCK = 4_096;

/** Of how a fence began, what is repeated where its block is cut. */
const LONGEST_FENCE_LINE = 80;

const FENCE = /^ {0,3}(`{3,60}|~{3,60})/;
const LIST_ITEM = /^ {0,3}(?:[-*+]|\d{1,9}[.)])(?: |$)/;

export class BlockSplitter {
  /** The block that is being written. */
  #open = "";
  /** Characters of `#open` that have been looked at: whole lines. */
  #lookedAt = 0;
  /** The fence that is open, as it must be closed. */
  #fence = "";
  /** How an open fence began, to begin it again where its block is cut. */
  #fenceLine = "";
  /** Characters at the beginning of `#open` that repeat it. */
  #repeated = 0;
  #isAfterBlank = false;

  get open(): string {
    return this.#open;
  }

  /** Takes more text and gives the blocks that are complete now. */
  push(text: string): string[] {
    this.#open += text;
    const closed: string[] = [];
    for (;;) {
      const start = this.#lookedAt;
      const end = this.#open.indexOf("\n", start);
      const length = end === -1 ? this.#open.length : end + 1;
      if (length > LONGEST_BLOCK) {
        closed.push(this.#cut());
        continue;
      }
      if (end === -1) return closed;
      this.#lookedAt = length;
      const block = this.#look(this.#open.slice(start, end), start);
      if (block !== undefined) closed.push(block);
    }
  }

  /** Looks at a whole line; gives what was before it when that is complete. */
  #look(line: string, start: number): string | undefined {
    if (this.#fence !== "") {
      const mark = FENCE.exec(line)?.[1] ?? "";
      if (mark.startsWith(this.#fence) && line.trim() === mark) this.#fence = "";
      this.#isAfterBlank = false;
      return undefined;
    }
    const isNew = this.#isAfterBlank && start > 0 && this.#begins(line);
    const complete = isNew ? this.#take(start) : undefined;
    this.#isAfterBlank = line.trim() === "";
    const mark = FENCE.exec(line)?.[1];
    if (mark !== undefined) {
      this.#fence = mark;
      this.#fenceLine = line.slice(0, LONGEST_FENCE_LINE);
    }
    return complete;
  }

  /** Can the line, which follows a blank one, not be a part of what is before it? */
  #begins(line: string): boolean {
    if (line.trim() === "" || /^[ \t]/.test(line)) return false;
    return !(LIST_ITEM.test(line) && LIST_ITEM.test(this.#open));
  }

  #take(length: number): string {
    const block = this.#open.slice(0, length);
    this.#open = this.#open.slice(length);
    this.#lookedAt = Math.max(0, this.#lookedAt - length);
    this.#repeated = 0;
    return block;
  }

  /**
   * Cuts a long block before the line that makes it too long, or anywhere in a line that is too long by itself. What
   * follows was not looked at, so the fence that is open is the one that is open here.
   */
  #cut(): string {
    const isOneLine = this.#lookedAt === this.#repeated;
    const block = this.#take(isOneLine ? wholeCharacters(this.#open, LONGEST_BLOCK) : this.#lookedAt);
    if (this.#fence !== "") {
      this.#open = `${this.#fenceLine}\n${this.#open}`;
      this.#repeated = this.#fenceLine.length + 1;
      this.#lookedAt = this.#repeated;
    }
    return block;
  }
}

/** So many characters, or one less where a surrogate pair would be parted. */
function wholeCharacters(text: string, length: number): number {
  const last = text.charCodeAt(length - 1);
  return last >= 0xd800 && last < 0xdc00 ? length - 1 : length;
}
