/** Files of snapshots as read-only documents. What cannot be shown is told in the document, with what to do. */
import * as vscode from "vscode";
import { isOrchestratorError } from "../../core/errors.ts";
import type { WorkspaceSnapshots } from "../../core/snapshots/workspaceSnapshots.ts";
import type { EntryState } from "../../core/snapshots/snapshotWork.ts";
import type { EngineHost } from "../engineHost.ts";
import type { Messages } from "../messages.ts";
import { formatBytes, reasonWords } from "./snapshotWords.ts";
import { snapshotFileOf, type SnapshotFile } from "./snapshotUri.ts";

/** Longer text makes an editor slow, and nobody reads it there. */
const LONGEST_BYTES = 16 * 1024 * 1024;

export interface SnapshotDocumentsOptions {
  readonly host: EngineHost;
  readonly messages: Messages;
}

export class SnapshotDocuments implements vscode.TextDocumentContentProvider {
  readonly #options: SnapshotDocumentsOptions;

  constructor(options: SnapshotDocumentsOptions) {
    this.#options = options;
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const file = snapshotFileOf(uri);
    if (!file) return vscode.l10n.t("This address names no file of a snapshot. Open it from the Sessions view again.");
    try {
      const engine = await this.#options.host.get();
      return await read(await engine.snapshots.of([]), file);
    } catch (error) {
      return this.#unavailable(file, error);
    }
  }

  #unavailable({ path, versionId, sessionId }: SnapshotFile, error: unknown): string {
    const lines = [
      vscode.l10n.t("{0} as it was in {1} of the session {2} cannot be shown.", path, versionId, sessionId),
      this.#options.messages.words(error),
    ];
    const code = isOrchestratorError(error) ? error.code : undefined;
    if (code === "blob.missing" || code === "blob.corrupted") {
      lines.push(
        vscode.l10n.t(
          "If its snapshot was deleted or removed to save space, it is gone. Otherwise run “AI Orchestrator: Check Session Store”; other versions of the file may still be there.",
        ),
      );
    }
    return `${lines.join("\n\n")}\n`;
  }
}

/** Empty where the snapshot has nothing at the path. */
async function read(snapshots: WorkspaceSnapshots, { manifest, path, versionId }: SnapshotFile): Promise<string> {
  const entry = await snapshots.find(manifest, path);
  if (!entry) return "";
  if (entry.kind === "directory") return vscode.l10n.t("This is a folder.");
  if (entry.kind === "leftOut") {
    return vscode.l10n.t("{0} holds no content of this file: {1}.", versionId, reasonWords(entry.reason));
  }
  if (entry.size > LONGEST_BYTES) {
    return vscode.l10n.t("This file is too long to be shown: {0}.\nSHA-256 {1}", formatBytes(entry.size), entry.hash);
  }
  const content = await snapshots.read(manifest, path);
  return content === undefined ? "" : textOf(content, entry);
}

async function textOf(content: Uint8Array, { kind, size, hash }: EntryState): Promise<string> {
  if (kind === "symlink") return vscode.l10n.t("Symbolic link to {0}", Buffer.from(content).toString());
  try {
    return await vscode.workspace.decode(content);
  } catch {
    // Says what changed between two versions, though not how.
    return vscode.l10n.t("This file is binary: {0}.\nSHA-256 {1}", formatBytes(size), hash);
  }
}
