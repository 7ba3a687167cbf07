/** A change of one file as a unified diff in git's form, or the reason why there is none. */
import { isUtf8 } from "node:buffer";
import { formatPatch, structuredPatch } from "diff";
import { isOrchestratorError } from "../errors.ts";
import type { FileChange, FileState } from "./sessionFiles.ts";

/** Longer contents are not compared line by line. */
const LONGEST_BYTES = 4 * 1024 * 1024;
/** A comparison that takes longer is given up, in milliseconds. */
const TIMEOUT = 1_000;
const CONTEXT_LINES = 3;

/**
 * - `text`: the diff.
 * - `binary`: one of the states is no text.
 * - `tooLong`: it would take too long to compare them.
 * - `notKept`: the content of one of the states is in no snapshot.
 * - `missing`, `corrupted`: it should be kept, and cannot be read.
 */
export type FilePatch =
  | { readonly kind: "text"; readonly path: string; readonly text: string }
  | {
      readonly kind: "binary" | "tooLong" | "notKept" | "missing" | "corrupted";
      readonly path: string;
    };

type Side = { readonly text: string } | Exclude<FilePatch, { kind: "text" }>["kind"];

export async function unifiedDiff(
  change: FileChange,
  contentOf: (hash: string) => Promise<Uint8Array>,
): Promise<FilePatch> {
  const { path, before, after } = change;
  const [was, is] = await Promise.all([before, after].map((state) => sideOf(state, contentOf)));
  for (const side of [was, is]) if (typeof side === "string") return { kind: side, path };
  const [old, now] = [was, is] as { readonly text: string }[];
  const [from, to] = [before ? `a/${path}` : "/dev/null", after ? `b/${path}` : "/dev/null"];
  const options = { context: CONTEXT_LINES, timeout: TIMEOUT };
  const patch = structuredPatch(from, to, old?.text ?? "", now?.text ?? "", undefined, undefined, options);
  if (!patch) return { kind: "tooLong", path };
  const modes = before && after && modeOf(before) === modeOf(after) ? [] : [modeOf(before), modeOf(after)];
  const [oldMode, newMode] = modes;
  const text = formatPatch({
    ...patch,
    isGit: true,
    ...(before ? {} : { isCreate: true }),
    ...(after ? {} : { isDelete: true }),
    ...(oldMode === undefined ? {} : { oldMode }),
    ...(newMode === undefined ? {} : { newMode }),
  });
  return { kind: "text", path, text };
}

async function sideOf(state: FileState | undefined, contentOf: (hash: string) => Promise<Uint8Array>): Promise<Side> {
  if (state === undefined || state.kind === "directory") return { text: "" };
  const { hash = "", size = 0 } = state;
  if (hash === "") return "notKept";
  if (size > LONGEST_BYTES) return "tooLong";
  try {
    const content = await contentOf(hash);
    if (content.length > LONGEST_BYTES) return "tooLong";
    if (content.includes(0) || !isUtf8(content)) return "binary";
    return { text: new TextDecoder("utf-8", { ignoreBOM: true }).decode(content) };
  } catch (error) {
    if (isOrchestratorError(error) && error.code === "blob.missing") return "missing";
    if (isOrchestratorError(error) && error.code === "blob.corrupted") return "corrupted";
    throw error;
  }
}

/** As git writes it; undefined where nobody knows. */
function modeOf(state: FileState | undefined): string | undefined {
  if (state?.kind === undefined || state.mode === undefined) return undefined;
  const types: Partial<Record<string, string>> = { file: "100", symlink: "120", directory: "040" };
  return `${types[state.kind] ?? "100"}${state.mode.toString(8).padStart(3, "0")}`;
}
