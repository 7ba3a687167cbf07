/** Lets the person choose a snapshot where a command was not given one. */
import * as vscode from "vscode";
import type { EngineHost } from "../engineHost.ts";
import { withoutIcons } from "../notificationText.ts";
import { pickSession } from "../views/pickSession.ts";
import { filesWords, versionLabel } from "./snapshotWords.ts";
import { isKept, keptBefore, type KeptVersion, type VersionInSession } from "./versionFiles.ts";

/** A version whose folders can be looked at. */
export interface KeptInSession extends VersionInSession {
  readonly version: KeptVersion;
}

export interface VersionChoice {
  readonly placeHolder: string;
  /** Asked for when absent. */
  readonly sessionId?: string | undefined;
  /** Offers to look into another session too. */
  readonly orOther?: boolean;
  /** Not offered. */
  readonly except?: KeptInSession | undefined;
}

/** Undefined when cancelled, or when there is none, which is told. */
export async function pickVersion(host: EngineHost, choice: VersionChoice): Promise<KeptInSession | undefined> {
  const { placeHolder, orOther = false, except } = choice;
  const sessionId = choice.sessionId ?? (await pickSessionWithVersions(host));
  if (sessionId === undefined) return undefined;
  const found = await versionsOf(host, sessionId);
  const versions = found.filter(({ version, row }) => !isSame(except, { version, row }));
  if (versions.length === 0 && !orOther) {
    void vscode.window.showInformationMessage(
      vscode.l10n.t("This session has no snapshot whose files are kept. One is made with every finished step."),
    );
    return undefined;
  }
  const items: (vscode.QuickPickItem & { found?: KeptInSession })[] = versions.map((found) => ({
    label: withoutIcons(versionLabel(found)),
    description: [
      found.before && found.version.files !== null ? filesWords(found.version.files) : "",
      new Date(found.version.createdAt).toLocaleString(),
    ]
      .filter(Boolean)
      .join(" · "),
    found,
  }));
  if (orOther) items.push({ label: vscode.l10n.t("Another session…"), iconPath: new vscode.ThemeIcon("list-tree") });
  const picked = await vscode.window.showQuickPick(items, { placeHolder, matchOnDescription: true });
  if (!picked) return undefined;
  return picked.found ?? pickVersion(host, { placeHolder, except });
}

/** The versions of a session whose folders are kept, newest first. */
export async function versionsOf(host: EngineHost, sessionId: string): Promise<KeptInSession[]> {
  const { sessions } = await host.get();
  const [row, versions, { workflow }] = await Promise.all([
    sessions.getSession(sessionId),
    sessions.listVersions(sessionId),
    sessions.getActiveSession(sessionId),
  ]);
  return versions
    .filter(isKept)
    .toReversed()
    .map((version) => ({
      row,
      version,
      before: keptBefore(versions, version),
      stepTitle: version.stepId === null ? undefined : workflow.steps[version.stepId]?.title,
    }));
}

function pickSessionWithVersions(host: EngineHost): Promise<string | undefined> {
  return pickSession(host, {
    fits: ({ versions, folders }) => versions > 0 && folders.length > 0,
    placeHolder: vscode.l10n.t("Of which session?"),
    nothing: vscode.l10n.t("There is no session with snapshots yet. Run a goal first."),
  });
}

function isSame(one: KeptInSession | undefined, other: Pick<KeptInSession, "row" | "version">): boolean {
  return one?.row.sessionId === other.row.sessionId && one.version.versionId === other.version.versionId;
}
