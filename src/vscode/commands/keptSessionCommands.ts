/** Commands on sessions that are kept: carried to another machine and taken from one, deleted, cleaned up, examined. */
import { randomUUID } from "node:crypto";
import { rename, stat } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import * as vscode from "vscode";
import { visibleLine } from "../../core/policy/visibleText.ts";
import type { SessionRow } from "../../core/store/sessionStore.ts";
import type { EngineHost } from "../engineHost.ts";
import { showSettledWork, showWork } from "../longWork.ts";
import { shortGoal, withoutIcons, withoutLinks } from "../notificationText.ts";
import { formatBytes } from "../snapshots/snapshotWords.ts";
import { pickSession } from "../views/pickSession.ts";
import { isRunning, sessionIdOf, type SessionTarget } from "../views/sessionNodes.ts";
import { workspaceFolders } from "../workspaceFolders.ts";
import { storeReportUri } from "./storeReport.ts";

export interface KeptSessionCommandsOptions {
  readonly host: EngineHost;
  /** Shows what is different now. */
  readonly refresh: () => void;
  readonly showSession: (sessionId: string) => void;
}

/** Exported sessions end so. */
const EXTENSION = "session";
/** What the question about old sessions begins with. */
const USUAL_DAYS = "30";

export class KeptSessionCommands {
  readonly #options: KeptSessionCommandsOptions;

  constructor(options: KeptSessionCommandsOptions) {
    this.#options = options;
  }

  async exportSession(target?: SessionTarget): Promise<void> {
    const row = await this.#session(target, vscode.l10n.t("Export which session?"));
    if (row) await this.#export(row);
  }

  async importSession(): Promise<void> {
    const { host, refresh, showSession } = this.#options;
    const [uri] =
      (await vscode.window.showOpenDialog({
        title: vscode.l10n.t("Import Session"),
        openLabel: vscode.l10n.t("Import"),
        filters: filters(),
      })) ?? [];
    if (!uri) return;
    const name = visibleLine(path.basename(uri.fsPath));
    const imported = await showWork(vscode.l10n.t("Importing {0}", name), async ({ signal }) =>
      (await host.get()).importer.import({ file: uri.fsPath, signal }),
    );
    if (!imported) return;
    refresh();
    const { sessionId, originalId, events } = imported;
    const show = vscode.l10n.t("Show");
    const words = [
      vscode.l10n.t("Imported {0} with {1} events.", sessionId, events),
      sessionId === originalId ? "" : vscode.l10n.t("The id {0} was taken.", originalId),
      vscode.l10n.t("It belongs to no folder until you resume it in one."),
    ];
    const offer = async (): Promise<void> => {
      const choice = await vscode.window.showInformationMessage(words.filter(Boolean).join(" "), show);
      if (choice === show) showSession(sessionId);
    };
    void offer();
  }

  async deleteSession(target?: SessionTarget): Promise<void> {
    const { host, refresh } = this.#options;
    const row = await this.#session(target, vscode.l10n.t("Delete which session?"));
    if (!row) return;
    const remove = vscode.l10n.t("Delete");
    const exportFirst = vscode.l10n.t("Export First…");
    const detail = [
      vscode.l10n.t(
        "What was planned, said and done, what it cost, and its {0} snapshots are gone for good, here and in every other window.",
        row.versions,
      ),
      vscode.l10n.t("The files in your folder stay as they are."),
    ];
    const choice = await vscode.window.showWarningMessage(
      vscode.l10n.t("Delete the session “{0}”?", titleOf(row)),
      { modal: true, detail: detail.join("\n\n") },
      remove,
      exportFirst,
    );
    if (choice === exportFirst) {
      if (await this.#export(row)) await this.deleteSession(row.sessionId);
      return;
    }
    if (choice !== remove) return;
    await (await host.get()).sessions.deleteSession(row.sessionId);
    refresh();
  }

  /** Asks for an age, lists what is older, and removes what stays ticked. */
  async cleanUp(): Promise<void> {
    const { host, refresh } = this.#options;
    const typed = await vscode.window.showInputBox({
      title: vscode.l10n.t("Clean Up Old Sessions"),
      prompt: vscode.l10n.t("Sessions untouched for more than so many days. You see which before any is removed."),
      value: USUAL_DAYS,
      validateInput: (text) => (daysOf(text) === undefined ? vscode.l10n.t("Type a number of days, 0 or more.") : null),
    });
    const olderThanDays = typed === undefined ? undefined : daysOf(typed);
    if (olderThanDays === undefined) return;
    const { sessions } = await host.get();
    const { removed, running } = await sessions.cleanUp({ olderThanDays, dryRun: true });
    if (removed.length === 0) {
      const still = running.length > 0 ? ` ${vscode.l10n.t("Running ones stay: {0}.", running.length)}` : "";
      void vscode.window.showInformationMessage(
        vscode.l10n.t("No session is older than {0} days.", olderThanDays) + still,
      );
      return;
    }
    const items = removed.map(({ sessionId, title, updatedAt }) => ({
      label: withoutIcons(shortGoal(title || sessionId)),
      description: new Date(updatedAt).toLocaleString(),
      picked: true,
      sessionId,
    }));
    const picked = await vscode.window.showQuickPick(items, {
      title: vscode.l10n.t("Clean Up Old Sessions"),
      placeHolder: vscode.l10n.t("Ticked sessions are removed for good; the files in your folders stay"),
      canPickMany: true,
      ignoreFocusOut: true,
      matchOnDescription: true,
    });
    if (!picked || picked.length === 0) return;
    const only = new Set(picked.map(({ sessionId }) => sessionId));
    const remove = vscode.l10n.t("Remove");
    const question = vscode.l10n.t("Remove {0} sessions for good?", only.size);
    const detail = vscode.l10n.t("Their logs and snapshots are gone in every window. The files in your folders stay.");
    if ((await vscode.window.showWarningMessage(question, { modal: true, detail }, remove)) !== remove) return;
    const removing = sessions.cleanUp({ olderThanDays, only });
    const done = await showSettledWork(vscode.l10n.t("Removing old sessions"), removing);
    refresh();
    const stayed = only.size - done.removed.length;
    const words = vscode.l10n.t("{0} sessions are removed.", done.removed.length);
    const rest = stayed > 0 ? ` ${vscode.l10n.t("{0} stay, because somebody went on with them.", stayed)}` : "";
    void vscode.window.showInformationMessage(words + rest);
  }

  /** The report is a document, which examines the store when it is opened. */
  async doctor(): Promise<void> {
    const location = vscode.ProgressLocation.Window;
    await vscode.window.withProgress({ location, title: vscode.l10n.t("Checking the session store") }, async () => {
      const document = await vscode.workspace.openTextDocument(storeReportUri(Date.now()));
      await vscode.window.showTextDocument(document, { preview: true });
    });
    this.#options.refresh();
  }

  /** True when the file is there. */
  async #export(row: SessionRow): Promise<boolean> {
    const { host } = this.#options;
    const [folder] = workspaceFolders();
    const uri = await vscode.window.showSaveDialog({
      title: vscode.l10n.t("Export Session"),
      saveLabel: vscode.l10n.t("Export"),
      defaultUri: vscode.Uri.file(path.join(folder?.path ?? homedir(), `${row.sessionId}.${EXTENSION}`)),
      filters: filters(),
    });
    if (!uri) return false;
    const file = uri.fsPath;
    const result = await showWork(vscode.l10n.t("Exporting “{0}”", titleOf(row)), async ({ signal }) => {
      const { exporter } = await host.get();
      const isThere = await stat(file).then(
        () => true,
        () => false,
      );
      if (!isThere) return exporter.export({ sessionId: row.sessionId, file, signal });
      // The dialog has asked; the old file is replaced by a new one that is whole, or not at all.
      const draft = `${file}.${randomUUID()}`;
      const made = await exporter.export({ sessionId: row.sessionId, file: draft, signal });
      await rename(draft, file);
      return made;
    });
    if (!result) return false;
    const { events, blobs, bytes, withheld } = result;
    const words = [
      vscode.l10n.t("Exported {0} events and {1} contents, {2}.", events, blobs, formatBytes(bytes)),
      withheld > 0 ? vscode.l10n.t("{0} contents stayed behind: they hold a secret or cannot be read.", withheld) : "",
    ];
    const reveal = vscode.l10n.t("Show in Folder");
    const offer = async (): Promise<void> => {
      const choice = await vscode.window.showInformationMessage(words.filter(Boolean).join(" "), reveal);
      if (choice === reveal) await vscode.commands.executeCommand("revealFileInOS", uri);
    };
    void offer();
    return true;
  }

  async #session(target: SessionTarget, placeHolder: string): Promise<SessionRow | undefined> {
    const { host } = this.#options;
    const nothing = vscode.l10n.t("There is no session yet. Run a goal first.");
    const sessionId =
      sessionIdOf(target) ?? (await pickSession(host, { placeHolder, nothing, fits: (row) => !isRunning(row) }));
    return sessionId === undefined ? undefined : (await host.get()).sessions.getSession(sessionId);
  }
}

function titleOf(row: SessionRow): string {
  return withoutLinks(shortGoal(row.title || row.goal || row.sessionId));
}

function filters(): Record<string, string[]> {
  return { [vscode.l10n.t("Sessions")]: [EXTENSION], [vscode.l10n.t("All files")]: ["*"] };
}

/** Undefined for what is no number of days. */
function daysOf(text: string): number | undefined {
  const days = text.trim() === "" ? Number.NaN : Number(text);
  return days >= 0 && days <= 100_000 ? days : undefined;
}
