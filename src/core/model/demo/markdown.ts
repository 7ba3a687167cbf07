/** Facts as Markdown that no file name, line or goal can break out of. */

/** Text from a file on one line: control characters made visible, cut to `limit` characters. */
export function oneLine(text: string, limit: number): string {
  const line = text
    .replace(/[\t\r\n ]+/g, " ")
    .replace(/[\u0000-\u001f\u007f-\u009f]/g, "\uFFFD")
    .trim();
  const characters = [...line];
  return characters.length > limit
    ? `${characters
        .slice(0, limit - 1)
        .join("")
        .trimEnd()}…`
    : line;
}

/** An inline code span around any text: the fence is longer than any run of backticks within. */
export function code(text: string, limit = 200): string {
  const line = oneLine(text, limit);
  if (line === "") return "(empty)";
  const longest = Math.max(0, ...(line.match(/`+/g) ?? []).map((run) => run.length));
  const fence = "`".repeat(longest + 1);
  const pad = line.startsWith("`") || line.endsWith("`") ? " " : "";
  return `${fence}${pad}${line}${pad}${fence}`;
}

/** Text with everything escaped that Markdown would act on. */
export function plain(text: string, limit = 200): string {
  return oneLine(text, limit).replace(/[\\`*_[\]<>|#!~&]/g, "\\$&");
}

/** Text as a block quote, at most `limit` characters. */
export function quote(text: string, limit: number): string {
  const characters = [...text.trim()];
  const cut = characters.slice(0, limit).join("").trimEnd();
  const lines = cut.split(/\r\n|\r|\n/).map((line) => `> ${plain(line, limit)}`.trimEnd());
  if (characters.length > limit)
    lines.push(">", `> (the first ${count(limit)} of ${count(characters.length)} characters)`);
  return lines.join("\n");
}

/** A table with `texts` left-aligned columns and then numbers. Cells may hold code spans, so only the pipe is escaped. */
export function table(header: readonly string[], texts: number, rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  const rule = header.map((_, column) => (column < texts ? "---" : "---:"));
  return [line(header), line(rule), ...rows.map(line)].join("\n");
}

export function list(items: readonly string[]): string {
  return items.map((item) => `- ${item}`).join("\n");
}

/** `12345` as `12,345`. */
export function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** `1 file`, `2 files`. */
export function counted(value: number, singular: string, plural = `${singular}s`): string {
  return `${count(value)} ${value === 1 ? singular : plural}`;
}

const UNITS = ["KB", "MB", "GB", "TB"];

/** Bytes exactly, and from 1,000 on also rounded in decimal units. */
export function bytes(value: number): string {
  if (value < 1_000) return counted(value, "byte");
  let size = value;
  let unit = -1;
  while (size >= 999.95 && unit < UNITS.length - 1) {
    size /= 1_000;
    unit += 1;
  }
  return `${size.toFixed(1)} ${UNITS[unit]} (${counted(value, "byte")})`;
}

/** Whole lines of `text` up to `limit` bytes of UTF-8, saying so when lines were left out. */
export function cutToBytes(text: string, limit: number): string {
  if (Buffer.byteLength(text) <= limit) return text;
  const note = "\n\n(the rest is left out to keep this short)";
  const kept: string[] = [];
  let size = Buffer.byteLength(note);
  for (const line of text.split("\n")) {
    size += Buffer.byteLength(line) + 1;
    if (size > limit) break;
    kept.push(line);
  }
  return kept.join("\n").trimEnd() + note;
}
