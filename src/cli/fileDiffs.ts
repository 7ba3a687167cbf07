/** The files that differ between two versions, as unified diffs. */
import { styleText } from "node:util";
import type { Engine } from "../core/engine.ts";
import type { FileChange, VersionChanges, VersionReference } from "../core/sessions/sessionFiles.ts";
import type { FilePatch } from "../core/sessions/unifiedDiff.ts";

/** More files than that are only named. */
const MOST_FILES = 500;

export interface FileDiff extends FileChange {
  readonly kind: FilePatch["kind"] | "notShown";
  /** A unified diff; only for `text`. */
  readonly diff?: string;
}

export interface FileDiffs extends Pick<VersionChanges, "basis"> {
  readonly files: readonly FileDiff[];
}

const REASONS: Readonly<Record<Exclude<FileDiff["kind"], "text">, string>> = {
  binary: "no text",
  tooLong: "too long to be compared line by line",
  notKept: "its content is in no snapshot",
  missing: "its content is missing from the store",
  corrupted: "its content in the store is damaged",
  notShown: `not shown, because more than ${MOST_FILES} files differ`,
};

export async function fileDiffs(
  files: Engine["files"],
  request: { readonly from: VersionReference; readonly to: VersionReference },
): Promise<FileDiffs> {
  const { basis, changes } = await files.changes(request);
  const diffs: FileDiff[] = [];
  for (const [index, change] of changes.entries()) {
    const patch = index < MOST_FILES ? await files.patch(change) : { kind: "notShown" as const };
    diffs.push({ ...change, kind: patch.kind, ...(patch.kind === "text" ? { diff: patch.text } : {}) });
  }
  return { basis, files: diffs };
}

/** What is missing is told in one line each. */
export function fileDiffsText({ files }: FileDiffs): string {
  return files
    .map(({ path, change, kind, diff }) =>
      kind === "text" ? (diff ?? "").trimEnd() : `${change} ${path}: ${REASONS[kind]}`,
    )
    .join("\n");
}

/** Colours for one line of a unified diff. */
export function paintDiffLine(line: string, stream: NodeJS.WritableStream): string {
  const options = { stream };
  if (/^(diff --git|---|\+\+\+|(?:old|new|deleted file|new file) mode) /.test(line))
    return styleText("bold", line, options);
  if (line.startsWith("@@")) return styleText("cyan", line, options);
  if (line.startsWith("+")) return styleText("green", line, options);
  if (line.startsWith("-")) return styleText("red", line, options);
  return line;
}
