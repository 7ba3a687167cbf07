/** What a file held before and after a tool call, as read-only documents named by the hash of their content. */
import { posix } from "node:path";
import * as vscode from "vscode";
import type { Engine } from "../../core/engine.ts";
import type { Effect } from "../../core/events/event.ts";
import { visibleLine } from "../../core/policy/visibleText.ts";
import type { EngineHost } from "../engineHost.ts";
import type { Messages } from "../messages.ts";
import { formatBytes } from "../snapshots/snapshotWords.ts";

export const CONTENT_SCHEME = "ai-orchestrator-content";

/** Longer text makes an editor slow, and nobody reads it there. */
const LONGEST_BYTES = 16 * 1024 * 1024;

export interface ContentDocumentsOptions {
  readonly host: EngineHost;
  readonly messages: Messages;
}

export class ContentDocuments implements vscode.TextDocumentContentProvider {
  readonly #options: ContentDocumentsOptions;

  constructor(options: ContentDocumentsOptions) {
    this.#options = options;
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const { host, messages } = this.#options;
    if (uri.query === NOTHING) return "";
    try {
      const engine = await host.get();
      return await textOf(await engine.files.contentOf(uri.query));
    } catch (error) {
      return `${messages.words(error)}\n`;
    }
  }
}

/**
 * Compares a file before and after a tool call. False when not all of it is there any more, or was never kept.
 */
export async function showEffect(engine: Engine, effect: Effect): Promise<boolean> {
  const { path, change, before, after } = effect;
  const needed = [...(change === "created" ? [] : [before]), ...(change === "deleted" ? [] : [after])];
  try {
    for (const hash of needed) {
      if (hash === undefined) return false;
      await engine.files.contentOf(hash);
    }
  } catch {
    return false;
  }
  const name = visibleLine(posix.basename(path));
  const title = {
    created: vscode.l10n.t("{0} (created)", name),
    modified: vscode.l10n.t("{0} (before ↔ after)", name),
    deleted: vscode.l10n.t("{0} (deleted)", name),
  }[change];
  const left = contentUri(path, change === "created" ? undefined : before);
  const right = contentUri(path, change === "deleted" ? undefined : after);
  await vscode.commands.executeCommand("vscode.diff", left, right, title, { viewColumn: vscode.ViewColumn.One });
  return true;
}

/** In the place of a hash: there was no file. */
const NOTHING = "nothing";

/** The path is for eyes, icons and the language. */
function contentUri(path: string, hash = NOTHING): vscode.Uri {
  return vscode.Uri.from({ scheme: CONTENT_SCHEME, path: `/${visibleLine(path)}`, query: hash });
}

async function textOf(content: Uint8Array): Promise<string> {
  const size = formatBytes(content.length);
  if (content.length > LONGEST_BYTES) return vscode.l10n.t("This file is too long to be shown: {0}.", size);
  try {
    return await vscode.workspace.decode(content);
  } catch {
    return vscode.l10n.t("This file is binary: {0}.", size);
  }
}
