/**
 * Makes visible what can make text say something else than it shows: terminal control (ANSI, OSC 8 and 52),
 * carriage returns, text direction overrides and characters without width.
 *
 * For everything not written by us: agent text, file names, tool output, labels, approvals.
 */

/**
 * Control characters act on terminals, line and paragraph separators break lines no reader of ours expects.
 * Unicode's ignorable characters are those shown as nothing: zero-width ones, direction overrides, tags,
 * variation selectors, the blanks of Hangul; the blank of Braille is not among them but looks the same.
 */
const HIDDEN_EVERYWHERE = String.raw`\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\p{Default_Ignorable_Code_Point}\p{Bidi_Control}\ufff9-\ufffb\u2800`;
const HIDDEN_IN_TEXT = new RegExp(`\\r\\n|[${HIDDEN_EVERYWHERE}]`, "gu");
const HIDDEN_IN_LINE = new RegExp(`[\\t\\n${HIDDEN_EVERYWHERE}]`, "gu");

/** What an emoji is made of besides itself: a presentation selector, and a joiner between two. */
const EMOJI_END = /(?:\p{Extended_Pictographic}|\p{Emoji_Modifier}|\ufe0f)$/u;
const EMOJI_START = /^\p{Extended_Pictographic}/u;
const PRESENTED_END = /(?:\p{Extended_Pictographic}|\p{Emoji_Modifier}|[#*0-9])$/u;

/** `text` of any number of lines: `\n` and `\t` stay, `\r\n` becomes `\n`, the rest shows itself (`␛`, `⟨U+202E⟩`). */
export function visibleText(text: string): string {
  return reveal(text, HIDDEN_IN_TEXT);
}

/** {@link visibleText} for what must stay on one line: a file name, a label, an argument. */
export function visibleLine(text: string): string {
  return reveal(text, HIDDEN_IN_LINE);
}

function reveal(text: string, hidden: RegExp): string {
  return text.toWellFormed().replace(hidden, (found, offset: number, whole: string) => {
    if (found === "\r\n") return "\n";
    const before = whole.slice(Math.max(0, offset - 2), offset);
    return isPartOfEmoji(found, before, whole.slice(offset + 1, offset + 3)) ? found : shown(found);
  });
}

function isPartOfEmoji(found: string, before: string, after: string): boolean {
  if (found === "\ufe0f") return PRESENTED_END.test(before);
  return found === "\u200d" && EMOJI_END.test(before) && EMOJI_START.test(after);
}

function shown(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20) return String.fromCodePoint(0x2400 + code);
  if (code === 0x7f) return "␡";
  return `⟨U+${code.toString(16).toUpperCase().padStart(4, "0")}⟩`;
}
