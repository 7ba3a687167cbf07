/** The live monitor's panels: one per session, restored after a reload from nothing but the session's id. */
import * as vscode from "vscode";
import type { Logger } from "../../core/ports.ts";
import type { EngineHost } from "../engineHost.ts";
import type { Messages } from "../messages.ts";
import { sessionIdOf, type SessionTarget } from "../views/sessionNodes.ts";
import { pickSession } from "../views/pickSession.ts";
import type { MonitorPanel } from "./monitorPanel.ts";

export interface MonitorPanelsOptions {
  readonly host: EngineHost;
  readonly messages: Messages;
  readonly logger: Logger;
  readonly extensionUri: vscode.Uri;
  /** Brings a session into view where sessions are listed. */
  readonly showSession: (sessionId: string) => void;
}

interface AdoptedPanel {
  readonly panel: vscode.WebviewPanel;
  readonly opened: Promise<MonitorPanel>;
}

/** What of a session's monitor should come into view. */
export interface MonitorTarget {
  readonly agentId?: string;
}

export class MonitorPanels implements vscode.WebviewPanelSerializer, vscode.Disposable {
  static readonly viewType = "aiOrchestrator.monitor";

  readonly #options: MonitorPanelsOptions;
  readonly #panels = new Map<string, AdoptedPanel>();

  readonly #closed = new vscode.EventEmitter<string>();

  /** Fires with the session's id when its panel is closed. */
  readonly onDidClose = this.#closed.event;

  constructor(options: MonitorPanelsOptions) {
    this.#options = options;
  }

  /** Opens the monitor of a session beside the editor, or brings it to the front. */
  open(sessionId: string, target: MonitorTarget = {}): void {
    const known = this.#panels.get(sessionId);
    if (known) void known.opened.then((opened) => opened.reveal(target));
    else {
      const panel = vscode.window.createWebviewPanel(
        MonitorPanels.viewType,
        vscode.l10n.t("Live Monitor"),
        { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true },
        monitorOptions(this.#options.extensionUri),
      );
      this.#adopt(panel, sessionId, target);
    }
  }

  /** Opens what was clicked, else the session that runs here, else lets the person choose. */
  async openFor(target: SessionTarget, running: string | undefined, view?: MonitorTarget): Promise<void> {
    const sessionId =
      sessionIdOf(target) ??
      running ??
      (await pickSession(this.#options.host, {
        placeHolder: vscode.l10n.t("Which session should be shown?"),
        nothing: vscode.l10n.t("There is no session yet. Run a goal first."),
      }));
    if (sessionId) this.open(sessionId, view);
  }

  /** Called by VS Code after a reload, with what the page had kept. */
  async deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const sessionId = (state as { sessionId?: unknown } | undefined)?.sessionId;
    if (typeof sessionId !== "string" || this.#panels.has(sessionId)) {
      panel.dispose();
      return;
    }
    panel.webview.options = monitorOptions(this.#options.extensionUri);
    this.#adopt(panel, sessionId, {});
  }

  /** Leaves the panels themselves to VS Code: closed at the end of a window, they would not come back with the next. */
  dispose(): void {
    for (const { opened } of this.#panels.values()) void opened.then((monitor) => monitor.dispose());
    this.#panels.clear();
    this.#closed.dispose();
  }

  #adopt(panel: vscode.WebviewPanel, sessionId: string, target: MonitorTarget): void {
    // The protocol's schemas are loaded with the first panel, not with the window.
    const opening = import("./monitorPanel.ts").then(
      (module) => new module.MonitorPanel({ ...this.#options, sessionId, panel, target }),
    );
    const adopted: AdoptedPanel = { panel, opened: opening };
    this.#panels.set(sessionId, adopted);
    panel.onDidDispose(() => {
      this.#panels.delete(sessionId);
      this.#closed.fire(sessionId);
      void opening.then((opened) => opened.dispose());
    });
  }
}

function monitorOptions(extensionUri: vscode.Uri): vscode.WebviewPanelOptions & vscode.WebviewOptions {
  return { enableScripts: true, localResourceRoots: [vscode.Uri.joinPath(extensionUri, "dist", "webview")] };
}
