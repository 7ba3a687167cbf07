/** Says once, when a window learns of it, that sessions of its folders were interrupted; resumes none by itself. */
import * as vscode from "vscode";
import type { SessionRow } from "../core/store/sessionStore.ts";
import { shortGoal } from "./notificationText.ts";
import type { SessionFeed } from "./views/sessionFeed.ts";
import { workspaceFolders } from "./workspaceFolders.ts";

/** Session ids already told of, so that a reload does not ask again. */
const TOLD_KEY = "interruptedSessionsTold";
const REMEMBERED = 200;

export function offerInterruptedSessions(
  feed: SessionFeed,
  memory: vscode.Memento,
  resume: (sessionId: string) => unknown,
): vscode.Disposable {
  return feed.onDidLoad(async () => {
    const told = memory.get<string[]>(TOLD_KEY, []);
    const { rows } = await feed.rows();
    const fresh = rows.filter((row) => isOfThisWindow(row) && !told.includes(row.sessionId));
    const [first] = fresh;
    if (!first || !vscode.workspace.isTrusted) return;
    await memory.update(TOLD_KEY, [...fresh.map((row) => row.sessionId), ...told].slice(0, REMEMBERED));
    const resumeIt = vscode.l10n.t("Resume");
    const words =
      fresh.length === 1
        ? vscode.l10n.t(
            'The session "{0}" was interrupted. What it had finished is kept.',
            shortGoal(first.title || first.goal),
          )
        : vscode.l10n.t(
            '{0} sessions were interrupted, the newest is "{1}". What they had finished is kept.',
            fresh.length,
            shortGoal(first.title || first.goal),
          );
    if ((await vscode.window.showInformationMessage(words, resumeIt)) === resumeIt) await resume(first.sessionId);
  });
}

function isOfThisWindow(row: SessionRow): boolean {
  if (row.effectiveStatus !== "interrupted") return false;
  const folders = new Set(workspaceFolders().map(({ path }) => path));
  return row.folders.every(({ path }) => folders.has(path));
}
