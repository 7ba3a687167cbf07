/** Run Goal, Run Goal on Selection, Run Demo Goal and Stop. */
import * as vscode from "vscode";
import type { WorkspaceFolder } from "../../core/ports.ts";
import type { EngineHost } from "../engineHost.ts";
import type { Messages } from "../messages.ts";
import type { WindowRuns } from "../runs.ts";
import { isRunning, sessionIdOf, type SessionTarget } from "../views/sessionNodes.ts";
import { pickSession } from "../views/pickSession.ts";
import { hasOnlyVirtualFolders, workspaceFolders } from "../workspaceFolders.ts";
import { askForGoal } from "./goalInput.ts";
import { ensureModelAccess } from "./modelCommands.ts";
import type { RunProgress } from "./runProgress.ts";
import type { ApiKeys } from "../model/apiKeys.ts";
import type { VscodeSettings } from "../vscodeSettings.ts";

export interface RunCommandsOptions {
  readonly host: EngineHost;
  readonly runs: WindowRuns;
  readonly progress: RunProgress;
  readonly messages: Messages;
  readonly keys: ApiKeys;
  readonly settings: VscodeSettings;
}

const DEMO_GOAL = "Describe this folder: what it is, how it is built, and what is left to do";

export class RunCommands {
  readonly #options: RunCommandsOptions;

  constructor(options: RunCommandsOptions) {
    this.#options = options;
  }

  /** Asks for a goal if none is given, and runs it. Resolves with the session's id, or undefined if cancelled. */
  async runGoal(given?: unknown): Promise<string | undefined> {
    if (!this.#canRun()) return undefined;
    const goal = typeof given === "string" ? given : await askForGoal();
    return goal === undefined ? undefined : this.#run(goal, {});
  }

  /** Runs a goal about the selected text of the active editor. */
  async runGoalOnSelection(): Promise<string | undefined> {
    if (!this.#canRun()) return undefined;
    const editor = vscode.window.activeTextEditor;
    const selection = editor?.document.getText(editor.selection);
    if (!editor || !selection) {
      void vscode.window.showInformationMessage(
        vscode.l10n.t("Select the text the goal is about in an editor, then run this again."),
      );
      return undefined;
    }
    const wish = await askForGoal(vscode.l10n.t("What should be done with the selected text?"));
    if (wish === undefined) return undefined;
    const file = vscode.workspace.asRelativePath(editor.document.uri);
    const lines = `${editor.selection.start.line + 1}–${editor.selection.end.line + 1}`;
    return this.#run(`${wish}\n\nThis is about lines ${lines} of ${file}:\n\n\`\`\`\n${selection}\n\`\`\``, {});
  }

  /** Runs the built-in demo, offline and free, whatever model access is set up. */
  async runDemo(): Promise<string | undefined> {
    if (!this.#canRun()) return undefined;
    return this.#run(DEMO_GOAL, { demo: true });
  }

  /** Stops a session, whichever window or terminal runs it. */
  async stop(target?: SessionTarget): Promise<void> {
    const sessionId =
      sessionIdOf(target) ??
      (await pickSession(this.#options.host, {
        fits: isRunning,
        placeHolder: vscode.l10n.t("Which session should stop?"),
        nothing: vscode.l10n.t("No session is running."),
        takeOnly: true,
      }));
    if (!sessionId) return;
    try {
      const engine = await this.#options.host.get();
      await engine.control.stop(sessionId, "VS Code");
    } catch (error) {
      this.#options.messages.showError(error);
    }
  }

  /** What keeps agents from running is told with the way out of it; nobody waits for the answer. */
  #canRun(): boolean {
    const { messages } = this.#options;
    if (!vscode.workspace.isTrusted) {
      messages.showObstacle(
        vscode.l10n.t("Agents do not run in a folder you have not trusted. Sessions can be browsed."),
        { label: vscode.l10n.t("Manage Workspace Trust"), command: "workbench.trust.manage" },
      );
      return false;
    }
    if (workspaceFolders().length > 0) return true;
    messages.showObstacle(
      hasOnlyVirtualFolders()
        ? vscode.l10n.t("Agents need a folder on disk; this workspace is virtual. Open a local folder to run a goal.")
        : vscode.l10n.t("Open the folder the agents should work in, then run the goal."),
      { label: vscode.l10n.t("Open Folder"), command: "vscode.openFolder" },
    );
    return false;
  }

  async #run(goal: string, options: { demo?: boolean }): Promise<string | undefined> {
    const { host, runs, progress, messages, keys, settings } = this.#options;
    const folders = await pickFolders();
    if (!folders) return undefined;
    try {
      const engine = await host.get();
      const provider = options.demo ? "demo" : await ensureModelAccess(engine, keys, settings);
      if (!provider) return undefined;
      const started = await runs.start({
        goal,
        workspaceFolders: folders,
        ...(provider === "demo" ? { provider } : {}),
      });
      progress.accompany(goal, started, folders);
      return started.running.sessionId;
    } catch (error) {
      messages.showError(error);
      return undefined;
    }
  }
}

/** The folders to work in: the only one, or those the person picks. */
async function pickFolders(): Promise<WorkspaceFolder[] | undefined> {
  const folders = workspaceFolders();
  if (folders.length <= 1) return folders;
  const items = folders.map((folder) => ({ label: folder.name, description: folder.path, picked: true, folder }));
  const picked = await vscode.window.showQuickPick(items, {
    canPickMany: true,
    placeHolder: vscode.l10n.t("In which folders may the agents work?"),
  });
  return picked && picked.length > 0 ? picked.map(({ folder }) => folder) : undefined;
}
