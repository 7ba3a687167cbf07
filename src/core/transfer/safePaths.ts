/** Paths in foreign events that could lead somewhere they do not seem to. */
import path from "node:path";
import type { OrchestratorEvent } from "../events/event.ts";

const MOST_CHARACTERS = 4096;

/** A path of the event that is not what its place allows, or undefined. */
export function unsafePathIn(event: OrchestratorEvent): string | undefined {
  const { relative, absolute, names } = pathsIn(event);
  return (
    relative.find((candidate) => !isSafeRelative(candidate)) ??
    absolute.find((candidate) => !isSafeAbsolute(candidate)) ??
    names.find((candidate) => !isSafeName(candidate))
  );
}

interface Paths {
  /** In workspace form. */
  readonly relative: readonly string[];
  /** Of another machine. */
  readonly absolute: readonly string[];
  /** One segment. */
  readonly names: readonly string[];
}

const NONE: Paths = { relative: [], absolute: [], names: [] };

function pathsIn(event: OrchestratorEvent): Paths {
  switch (event.type) {
    case "session_created":
      return foldersIn(event.folders);
    case "workflow_resumed":
    case "restore_started":
      return foldersIn(event.folders ?? []);
    case "session_forked":
      return foldersIn(event.folders);
    case "step_completed":
    case "agent_completed":
      return { ...NONE, relative: event.outputs };
    case "tool_started":
      return { ...NONE, relative: (event.preImages ?? []).map((image) => image.path) };
    case "tool_result":
    case "snapshot_restored":
      return { ...NONE, relative: event.effects.map((effect) => effect.path) };
    case "workflow_completed":
    case "workflow_failed":
      // Empty where a session has no folder.
      return { ...NONE, relative: event.outputs, absolute: event.workspace === "" ? [] : [event.workspace] };
    default:
      return NONE;
  }
}

function foldersIn(folders: readonly { name: string; path: string }[]): Paths {
  return { ...NONE, absolute: folders.map((folder) => folder.path), names: folders.map((folder) => folder.name) };
}

function isSafeRelative(text: string): boolean {
  if (!isPlain(text) || isAbsolute(text)) return false;
  return !segmentsOf(text).includes("..");
}

function isSafeAbsolute(text: string): boolean {
  return isPlain(text) && isAbsolute(text) && !segmentsOf(text).includes("..");
}

function isSafeName(text: string): boolean {
  return isPlain(text) && segmentsOf(text).length === 1 && text !== "." && text !== "..";
}

function isPlain(text: string): boolean {
  return text !== "" && text.length <= MOST_CHARACTERS && !text.includes("\0");
}

/** By the rules of either kind of system: the file may come from the other one. */
function isAbsolute(text: string): boolean {
  return path.posix.isAbsolute(text) || path.win32.isAbsolute(text) || /^[a-z]:/i.test(text);
}

function segmentsOf(text: string): string[] {
  return text.split(/[\\/]/);
}
