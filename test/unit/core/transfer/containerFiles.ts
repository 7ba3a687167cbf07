/** Containers by hand: valid but for what a test does to them. */
import { readFile, writeFile } from "node:fs/promises";
import { gunzipSync, gzipSync } from "node:zlib";
import { GZIP_HEADER, sha256 } from "../../../../src/core/transfer/container.ts";

/** The lines of a container. */
export async function linesIn(file: string): Promise<string[]> {
  return gunzipSync(await readFile(file))
    .toString()
    .split("\n")
    .slice(0, -1);
}

/** Compresses lines the way our own files are. */
export async function writeLines(file: string, lines: readonly string[]): Promise<void> {
  const bytes = gzipSync(Buffer.from(lines.map((line) => `${line}\n`).join("")));
  GZIP_HEADER.copy(bytes);
  await writeFile(file, bytes);
}

/** A container with right hashes, whatever its records hold. */
export async function writeContainerOf(
  file: string,
  header: object,
  records: readonly { readonly event?: unknown; readonly blob?: unknown }[],
  end?: object,
): Promise<void> {
  const lines = [
    JSON.stringify(header),
    ...records.map((record) => {
      const [[kind, value]] = Object.entries(record) as [[string, unknown]];
      const json = JSON.stringify(value);
      return `{"sha256":"${sha256(json)}","${kind}":${json}}`;
    }),
  ];
  const counts = {
    events: records.filter((record) => "event" in record).length,
    blobs: records.filter(({ blob }) => (blob as { part?: number } | undefined)?.part === 1).length,
  };
  const whole = sha256(lines.map((line) => `${line}\n`).join(""));
  await writeLines(file, [...lines, `{"sha256":"${whole}","end":${JSON.stringify(end ?? counts)}}`]);
}

export const HEADER = {
  format: "ai-orchestrator-session",
  version: 1,
  sessionId: "theirs",
  exportedAt: "2026-01-01T00:00:00.000Z",
  program: "1.2.3",
  events: 0,
  blobs: 0,
};
