/** One table for every benchmark: our figure, the peer's, the ratio of the medians, and whether it is what we want. */

/** What our median, or its ratio to the peer's, is to be. */
export type Target =
  | { readonly kind: "ratioAtMost" | "ratioAtLeast"; readonly value: number }
  /** In the unit of the row. */
  | { readonly kind: "below"; readonly value: number };

export interface Row {
  readonly work: string;
  readonly unit: string;
  readonly ours: readonly number[];
  /** Of the same run; absent where nobody else does this work. */
  readonly peer?: readonly number[];
  readonly targets: readonly Target[];
}

export function table(peerName: string, rows: readonly Row[]): string {
  const lines = [["work", "ours", peerName, "ratio", "target", ""], ...rows.map(cellsOf)];
  const widths = (lines[0] ?? []).map((_, column) => Math.max(...lines.map((line) => (line[column] ?? "").length)));
  const text = lines.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  return `\n${text.join("\n")}\n`;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2;
}

function cellsOf({ work, unit, ours, peer, targets }: Row): string[] {
  const ratio = peer && median(ours) / median(peer);
  const met = targets.every(({ kind, value }) => {
    if (kind === "below") return median(ours) < value;
    return ratio !== undefined && (kind === "ratioAtMost" ? ratio <= value : ratio >= value);
  });
  return [
    work,
    figure(ours, unit),
    peer ? figure(peer, unit) : "–",
    ratio === undefined ? "–" : ratio.toFixed(ratio < 10 ? 3 : 0),
    targets.map((target) => wordsOf(target, unit)).join(", ") || "–",
    targets.length === 0 ? "" : met ? "met" : "MISSED",
  ];
}

/** The median and, of several, how far they lie apart. */
function figure(values: readonly number[], unit: string): string {
  const spread = values.length > 1 ? ` (${rounded(Math.min(...values))}–${rounded(Math.max(...values))})` : "";
  return `${rounded(median(values))} ${unit}${spread}`;
}

function wordsOf({ kind, value }: Target, unit: string): string {
  if (kind === "below") return `< ${value} ${unit}`;
  return `${kind === "ratioAtMost" ? "≤" : "≥"} ${value}×`;
}

function rounded(value: number): string {
  return value !== 0 && Math.abs(value) < 10 ? value.toFixed(1) : value.toFixed(0);
}
