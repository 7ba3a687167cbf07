/** Commands that show what differs: within a session, between two, and from the folder as it is now. */
import * as vscode from "vscode";
import type { SessionRow } from "../../core/store/sessionStore.ts";
import type { EngineHost } from "../engineHost.ts";
import { showWork } from "../longWork.ts";
import type { Messages } from "../messages.ts";
import { shortGoal } from "../notificationText.ts";
import { outputUri } from "../views/sessionItems.ts";
import { sessionIdOf, type ChangeNode, type SessionNode, type SessionTarget } from "../views/sessionNodes.ts";
import { withFolders } from "./boundFolders.ts";
import { pickVersion, type KeptInSession } from "./pickVersion.ts";
import { showDifference, showDifferences, type Side } from "./showDifferences.ts";
import { snapshotUri } from "./snapshotUri.ts";
import { isKept, type KeptVersion, type VersionFiles, type VersionInSession } from "./versionFiles.ts";

export interface CompareCommandsOptions {
  readonly host: EngineHost;
  readonly files: VersionFiles;
  readonly messages: Messages;
}

export class CompareCommands {
  readonly #options: CompareCommandsOptions;

  constructor(options: CompareCommandsOptions) {
    this.#options = options;
  }

  /** Everything a version changed. */
  async openSnapshot(node?: VersionInSession): Promise<void> {
    if (!isKept(node?.version) || !node?.before) return;
    const { row, version, before } = node;
    const changes = await this.#options.files.changes(before.manifest, version.manifest);
    await showDifferences(changes, {
      title: `${before.versionId} ↔ ${version.versionId} · ${titleOf(row)}`,
      before: sideOf(node, before),
      after: sideOf(node, version),
    });
  }

  /** What a version changed in one file. */
  async openChange(node?: ChangeNode): Promise<void> {
    if (!node) return;
    const { version, before, change } = node;
    await showDifference(change, {
      title: `${before.versionId} ↔ ${version.versionId}`,
      before: sideOf(node, before),
      after: sideOf(node, version),
    });
  }

  /** A file as a version has it; as it was before, when the version deleted it. */
  async openFile(node?: ChangeNode): Promise<void> {
    if (!node) return;
    const { version, before, change } = node;
    const uri = sideOf(node, change.after ? version : before)(change.path);
    await vscode.window.showTextDocument(uri, { preview: true });
  }

  /** From a version, or from one file of it, to the folder as it is now. */
  async compareWithWorkspace(target?: SessionTarget): Promise<void> {
    const { host, messages } = this.#options;
    const from = await this.#versionOf(target, vscode.l10n.t("Compare which snapshot with the folder?"));
    if (!from) return;
    const { row, version } = from;
    const title = vscode.l10n.t("Comparing {0} with the folder", version.versionId);
    const reference = { sessionId: row.sessionId, versionId: version.versionId };
    const found = await withFolders(row, messages, (workspaceFolders) =>
      showWork(title, async (options) => {
        const { files } = await host.get();
        return files.changesInWorkspace(reference, { ...options, ...(workspaceFolders ? { workspaceFolders } : {}) });
      }),
    );
    if (!found) return;
    const { folders, manifest, changes } = found;
    const after = folderSide({ folders, sessionId: row.sessionId }, manifest);
    const comparison = {
      title: vscode.l10n.t("{0} ↔ the folder now", version.versionId),
      before: sideOf(from, version, after),
      after,
    };
    if (typeof target === "object" && target.kind === "change") await showDifference(target.change, comparison);
    else await showDifferences(changes, comparison);
  }

  /** Any two versions, of one session or of two. */
  async compareSnapshots(target?: SessionTarget): Promise<void> {
    const { host, files } = this.#options;
    const one = await this.#versionOf(target, vscode.l10n.t("Compare which snapshot?"));
    if (!one) return;
    const other = await pickVersion(host, {
      sessionId: one.row.sessionId,
      placeHolder: vscode.l10n.t("Compare {0} with which snapshot?", one.version.versionId),
      orOther: true,
      except: one,
    });
    if (!other) return;
    const isOneSession = one.row.sessionId === other.row.sessionId;
    const [before, after] = isOneSession && one.version.seq > other.version.seq ? [other, one] : [one, other];
    const nameOf = ({ row, version }: KeptInSession): string =>
      isOneSession ? version.versionId : `${version.versionId} · ${titleOf(row)}`;
    const title = `${nameOf(before)} ↔ ${nameOf(after)}`;
    const changes = await showWork(vscode.l10n.t("Comparing {0}", title), () =>
      files.changes(before.version.manifest, after.version.manifest),
    );
    if (!changes) return;
    await showDifferences(changes, {
      title: isOneSession ? `${title} · ${titleOf(one.row)}` : title,
      before: sideOf(before, before.version),
      after: sideOf(after, after.version),
    });
  }

  async #versionOf(target: SessionTarget, placeHolder: string): Promise<KeptInSession | undefined> {
    const node: SessionNode | undefined = typeof target === "object" ? target : undefined;
    if (node?.kind === "version" || node?.kind === "change") {
      const { row, version, before, stepTitle } = node;
      return isKept(version) ? { row, version, before, stepTitle } : undefined;
    }
    return pickVersion(this.#options.host, { sessionId: sessionIdOf(target), placeHolder });
  }
}

/** Files as a version has them; `beside` is what they are compared with. */
export function sideOf(
  { row }: Pick<VersionInSession, "row">,
  { manifest, versionId }: Pick<KeptVersion, "manifest" | "versionId">,
  beside?: Side,
): Side {
  return (path) => snapshotUri({ manifest, versionId, sessionId: row.sessionId, path }, beside?.(path));
}

/** Files as they are on the disk; those whose names no address can hold, as they were captured just now. */
export function folderSide(session: Pick<SessionRow, "folders" | "sessionId">, manifest: string): Side {
  return (path) =>
    (path.isWellFormed() ? outputUri(session, path) : undefined) ??
    snapshotUri({ manifest, versionId: vscode.l10n.t("the folder"), sessionId: session.sessionId, path });
}

export function titleOf(row: Pick<SessionRow, "title" | "goal">): string {
  return shortGoal(row.title || row.goal);
}
