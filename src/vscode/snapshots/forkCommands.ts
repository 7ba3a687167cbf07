/** Commands that go on from a snapshot: as a session of its own, or as the same one. */
import path from "node:path";
import * as vscode from "vscode";
import type { Plan } from "../../core/events/event.ts";
import type { ForkRequest } from "../../core/orchestrator/forking.ts";
import type { WorkspaceChoice } from "../../core/orchestrator/versionPlaces.ts";
import type { RunProgress } from "../commands/runProgress.ts";
import type { EngineHost } from "../engineHost.ts";
import type { Messages } from "../messages.ts";
import type { StartedRun, WindowRuns } from "../runs.ts";
import { isRunning, sessionIdOf, type SessionTarget } from "../views/sessionNodes.ts";
import { withFolders } from "./boundFolders.ts";
import { titleOf } from "./compareCommands.ts";
import { askWhatIsOther } from "./forkQuestions.ts";
import { pickVersion, versionsOf, type KeptInSession } from "./pickVersion.ts";

export interface ForkCommandsOptions {
  readonly host: EngineHost;
  readonly runs: WindowRuns;
  readonly progress: RunProgress;
  readonly messages: Messages;
  /** Restores with a preview; false when the person gave that up. */
  readonly restore: (version: KeptInSession) => Promise<boolean>;
}

export class ForkCommands {
  readonly #options: ForkCommandsOptions;

  constructor(options: ForkCommandsOptions) {
    this.#options = options;
  }

  /** Begins a session of its own where this one was. Resolves with its id, or undefined when cancelled. */
  async fork(target?: SessionTarget): Promise<string | undefined> {
    const { host, runs, messages } = this.#options;
    const from = await this.#version(target, vscode.l10n.t("Fork from which snapshot?"));
    if (!from) return undefined;
    const title = vscode.l10n.t("Fork from {0} of “{1}”", from.version.versionId, titleOf(from.row));
    const other = await askWhatIsOther(title, await this.#planOf(from));
    if (!other) return undefined;
    const workspace = await this.#askForPlace(from, title);
    if (!workspace) return undefined;
    const request: ForkRequest = {
      sessionId: from.row.sessionId,
      versionId: from.version.versionId,
      workspace,
      ...other,
    };
    const started = await withFolders(from.row, messages, (workspaceFolders) =>
      runs.fork({ ...request, ...(workspaceFolders ? { workspaceFolders } : {}) }),
    );
    return started && this.#accompany(started, workspace, await host.get());
  }

  /** Goes on with the same session from here; what was done after it counts no more. */
  async resume(target?: SessionTarget): Promise<string | undefined> {
    const { host, runs, messages } = this.#options;
    const from = await this.#version(target, vscode.l10n.t("Go on from which snapshot?"));
    if (!from) return undefined;
    const { sessionId } = from.row;
    const { versionId } = from.version;
    const title = vscode.l10n.t("Go on from {0} of “{1}”", versionId, titleOf(from.row));
    const workspace = await this.#askForPlace(from, title);
    if (!workspace) return undefined;
    const started = await withFolders(from.row, messages, (workspaceFolders) =>
      runs.resume({ sessionId, versionId, workspace, ...(workspaceFolders ? { workspaceFolders } : {}) }),
    );
    return started && this.#accompany(started, workspace, await host.get());
  }

  /** What the folder shall be. A restore is done here, with its preview, so that it only has to be kept. */
  async #askForPlace(from: KeptInSession, title: string): Promise<WorkspaceChoice | undefined> {
    const { versionId } = from.version;
    const now = {
      label: vscode.l10n.t("Leave the folder as it is"),
      iconPath: new vscode.ThemeIcon("folder"),
      description: vscode.l10n.t("agents begin with what is there now"),
    };
    const then = {
      label: vscode.l10n.t("Restore the folder to {0}…", versionId),
      iconPath: new vscode.ThemeIcon("discard"),
      description: vscode.l10n.t("with a preview; what is there is kept first"),
    };
    const elsewhere = {
      label: vscode.l10n.t("Put the files of {0} into a new folder…", versionId),
      iconPath: new vscode.ThemeIcon("new-folder"),
      description: vscode.l10n.t("this folder is not touched"),
    };
    // While somebody works in the folder nothing else may.
    const offered = isRunning(from.row) ? [elsewhere] : [then, elsewhere, now];
    const placeHolder = vscode.l10n.t("What shall the folder be?");
    const picked = await vscode.window.showQuickPick(offered, { title, placeHolder, ignoreFocusOut: true });
    if (picked === elsewhere) return askForNewFolder(from, title);
    if (picked === then) return (await this.#options.restore(from)) ? { kind: "keep" } : undefined;
    return picked && { kind: "keep" };
  }

  async #accompany(
    started: StartedRun,
    workspace: WorkspaceChoice,
    { sessions }: { readonly sessions: Pick<Awaited<ReturnType<EngineHost["get"]>>["sessions"], "getSession"> },
  ): Promise<string> {
    const { sessionId } = started.running;
    const { goal, folders } = await sessions.getSession(sessionId);
    this.#options.progress.accompany(goal, started, folders);
    if (workspace.kind === "newFolder") void offerFolder(workspace.path);
    return sessionId;
  }

  /** As it was then. */
  async #planOf({ row, version }: KeptInSession): Promise<Plan | undefined> {
    const { sessions } = await this.#options.host.get();
    return (await sessions.resumeSession({ sessionId: row.sessionId, versionId: version.versionId })).workflow.plan;
  }

  async #version(target: SessionTarget, placeHolder: string): Promise<KeptInSession | undefined> {
    const { host } = this.#options;
    const sessionId = sessionIdOf(target);
    if (typeof target === "object" && target.kind === "version" && sessionId !== undefined) {
      const { versionId } = target.version;
      return (await versionsOf(host, sessionId)).find(({ version }) => version.versionId === versionId);
    }
    return pickVersion(host, { sessionId, placeHolder });
  }
}

async function askForNewFolder({ row, version }: KeptInSession, title: string): Promise<WorkspaceChoice | undefined> {
  const [folder] = row.folders;
  const typed = await vscode.window.showInputBox({
    title,
    prompt: vscode.l10n.t("A folder that is empty or not there yet"),
    value: folder ? `${folder.path}-${version.versionId}` : "",
    ignoreFocusOut: true,
    validateInput: (text) =>
      path.isAbsolute(text.trim()) ? null : vscode.l10n.t("Type the whole path of the folder."),
  });
  return typed === undefined ? undefined : { kind: "newFolder", path: typed.trim() };
}

async function offerFolder(folder: string): Promise<void> {
  const open = vscode.l10n.t("Open in New Window");
  const words = vscode.l10n.t("The agents work in {0}.", folder);
  if ((await vscode.window.showInformationMessage(words, open)) !== open) return;
  await vscode.commands.executeCommand("vscode.openFolder", vscode.Uri.file(folder), { forceNewWindow: true });
}
