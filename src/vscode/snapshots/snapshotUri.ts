/** Addresses of files in snapshots. They hold all that is needed to show the file again after a reload. */
import * as vscode from "vscode";
import { visibleLine } from "../../core/policy/visibleText.ts";

export const SNAPSHOT_SCHEME = "ai-orchestrator-snapshot";

/** A snapshot as an address names it. */
export interface SnapshotName {
  readonly manifest: string;
  readonly sessionId: string;
  readonly versionId: string;
}

export interface SnapshotFile extends SnapshotName {
  /** Workspace path, as the manifest has it. */
  readonly path: string;
}

/** What a tree shows beside a file of a snapshot. */
export type ChangeMark = "created" | "modified" | "deleted" | "leftOut";

export interface MarkedFile extends SnapshotFile {
  readonly mark?: ChangeMark;
}

/**
 * The path of the address is for eyes, icons and the language; the exact one, which need not be text, is in the
 * query. JSON writes what no address can hold.
 *
 * `beside`: the file it is compared with. VS Code takes two that have not the same path for a renaming.
 */
export function snapshotUri(
  { manifest, sessionId, versionId, path, mark }: MarkedFile,
  beside?: vscode.Uri,
): vscode.Uri {
  const shown = beside?.path ?? `/${visibleLine(path)}`;
  const exact = shown === `/${path}` ? {} : { path };
  const query = { manifest, sessionId, versionId, ...exact, ...(mark ? { mark } : {}) };
  return vscode.Uri.from({ scheme: SNAPSHOT_SCHEME, path: shown, query: JSON.stringify(query) });
}

/** Undefined for what is no such address. */
export function snapshotFileOf({ scheme, path, query }: vscode.Uri): MarkedFile | undefined {
  if (scheme !== SNAPSHOT_SCHEME) return undefined;
  const named = parsed(query);
  const { manifest, sessionId, versionId, mark } = named;
  const exact = named["path"] ?? path.slice(1);
  if (!isText(manifest) || !isText(sessionId) || !isText(versionId) || !isText(exact)) return undefined;
  return { manifest, sessionId, versionId, path: exact, ...(isMark(mark) ? { mark } : {}) };
}

function parsed(query: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(query);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function isMark(value: unknown): value is ChangeMark {
  return value === "created" || value === "modified" || value === "deleted" || value === "leftOut";
}
