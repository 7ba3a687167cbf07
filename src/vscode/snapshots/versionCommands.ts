/** Commands that make snapshots, keep them and give them up. */
import * as vscode from "vscode";
import type { VersionReference } from "../../core/sessions/sessionFiles.ts";
import type { SessionRow } from "../../core/store/sessionStore.ts";
import type { EngineHost } from "../engineHost.ts";
import { showWork } from "../longWork.ts";
import type { Messages } from "../messages.ts";
import { pickSession } from "../views/pickSession.ts";
import { sessionIdOf, type SessionTarget } from "../views/sessionNodes.ts";
import { withFolders } from "./boundFolders.ts";
import { titleOf } from "./compareCommands.ts";
import { filesWords } from "./snapshotWords.ts";

export interface VersionCommandsOptions {
  readonly host: EngineHost;
  readonly messages: Messages;
  /** Shows what is different now. */
  readonly refresh: () => void;
}

export class VersionCommands {
  readonly #options: VersionCommandsOptions;

  constructor(options: VersionCommandsOptions) {
    this.#options = options;
  }

  /** Captures the folders as they are now, under a name if the person gives one. */
  async create(target?: SessionTarget): Promise<string | undefined> {
    const { host, messages, refresh } = this.#options;
    const row = await this.#session(target, vscode.l10n.t("A snapshot for which session?"));
    if (!row) return undefined;
    const label = await vscode.window.showInputBox({
      title: vscode.l10n.t("Create Snapshot"),
      prompt: vscode.l10n.t("What shall it be called? Leave it empty for no name."),
      placeHolder: vscode.l10n.t("Before the redesign"),
    });
    if (label === undefined) return undefined;
    const { sessionId } = row;
    const made = await withFolders(row, messages, (workspaceFolders) =>
      showWork(vscode.l10n.t("Creating a snapshot of {0}", titleOf(row)), async (options) => {
        const { versions } = await host.get();
        return versions.create({
          ...options,
          sessionId,
          origin: "VS Code",
          ...(label.trim() ? { label: label.trim() } : {}),
          ...(workspaceFolders ? { workspaceFolders } : {}),
        });
      }),
    );
    if (!made) return undefined;
    refresh();
    const { versionId, files } = made;
    void vscode.window.showInformationMessage(
      files === null
        ? vscode.l10n.t("Snapshot {0} is there.", versionId)
        : vscode.l10n.t("Snapshot {0} is there: {1} differ from the one before.", versionId, filesWords(files)),
    );
    return versionId;
  }

  /** Keeps the files of a snapshot when space is short, or no longer. */
  async pin(target: SessionTarget, pinned: boolean): Promise<void> {
    const version = referenceOf(target);
    if (!version) return;
    const { versions } = await this.#options.host.get();
    await versions.pin({ ...version, pinned });
    this.#options.refresh();
  }

  /** Gives up the files of one version, or of all of a session but the pinned ones. The session stays. */
  async remove(target?: SessionTarget): Promise<void> {
    const { host, refresh } = this.#options;
    const version = referenceOf(target);
    const row = await this.#session(target, vscode.l10n.t("Delete the snapshots of which session?"));
    if (!row) return;
    const { sessionId } = row;
    const request = { sessionId, ...(version ? { versionIds: [version.versionId] } : {}) };
    const { versions } = await host.get();
    const { removed, pinned } = await versions.removeSnapshots({ ...request, dryRun: true });
    if (removed.length === 0) {
      void vscode.window.showInformationMessage(vscode.l10n.t("This session has no snapshots that could be deleted."));
      return;
    }
    const ask =
      removed.length === 1
        ? vscode.l10n.t("Delete the files of {0}?", removed[0] ?? "")
        : vscode.l10n.t("Delete the files of {0} snapshots of “{1}”?", removed.length, titleOf(row));
    const detail = [
      vscode.l10n.t("The session stays, with its plan and everything its agents said and did."),
      vscode.l10n.t("What these snapshots hold can no longer be compared or restored; your folder stays as it is."),
      pinned.length > 0 ? vscode.l10n.t("Pinned ones stay: {0}.", pinned.join(", ")) : "",
    ];
    const remove = vscode.l10n.t("Delete");
    const modal = { modal: true, detail: detail.filter(Boolean).join("\n\n") };
    if ((await vscode.window.showWarningMessage(ask, modal, remove)) !== remove) return;
    await versions.removeSnapshots(request);
    refresh();
  }

  async #session(target: SessionTarget, placeHolder: string): Promise<SessionRow | undefined> {
    const { host } = this.#options;
    const nothing = vscode.l10n.t("There is no session yet. Run a goal first.");
    const sessionId = sessionIdOf(target) ?? (await pickSession(host, { placeHolder, nothing }));
    return sessionId === undefined ? undefined : (await host.get()).sessions.getSession(sessionId);
  }
}

function referenceOf(target: SessionTarget): VersionReference | undefined {
  if (typeof target !== "object" || target.kind !== "version") return undefined;
  return { sessionId: target.row.sessionId, versionId: target.version.versionId };
}
