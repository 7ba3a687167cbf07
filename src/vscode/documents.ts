/** The product's read-only documents, each kind under an address of its own. */
import * as vscode from "vscode";
import { REPORT_SCHEME, StoreReports } from "./commands/storeReport.ts";
import type { EngineHost } from "./engineHost.ts";
import type { Messages } from "./messages.ts";
import { CONTENT_SCHEME, ContentDocuments } from "./monitor/contentDocuments.ts";
import { ChangeDecorations } from "./snapshots/changeDecorations.ts";
import { SnapshotDocuments } from "./snapshots/snapshotDocuments.ts";
import { SNAPSHOT_SCHEME } from "./snapshots/snapshotUri.ts";
import { AgentDocuments } from "./views/agentDocuments.ts";
import { AGENT_SCHEME } from "./views/agentsView.ts";

export interface DocumentsOptions {
  readonly host: EngineHost;
  readonly messages: Messages;
  /** Absolute path of AI_ORCHESTRATOR_HOME. */
  readonly home: string;
}

/** Lets editors show them, and trees mark files of snapshots. */
export function registerDocuments(options: DocumentsOptions): vscode.Disposable {
  const { registerTextDocumentContentProvider: register } = vscode.workspace;
  return vscode.Disposable.from(
    register(AGENT_SCHEME, new AgentDocuments(options.host)),
    register(SNAPSHOT_SCHEME, new SnapshotDocuments(options)),
    register(CONTENT_SCHEME, new ContentDocuments(options)),
    register(REPORT_SCHEME, new StoreReports(options)),
    vscode.window.registerFileDecorationProvider(new ChangeDecorations()),
  );
}
