/** Where a session's folders are not known here, or gone, the person says which ones to take. */
import * as vscode from "vscode";
import { isOrchestratorError } from "../../core/errors.ts";
import { visibleLine } from "../../core/policy/visibleText.ts";
import type { WorkspaceFolder } from "../../core/ports.ts";
import type { SessionRow } from "../../core/store/sessionStore.ts";
import type { Messages } from "../messages.ts";
import { workspaceFolders } from "../workspaceFolders.ts";

/** Does what needs the session's folders, once more with others if they cannot be used. Undefined when cancelled. */
export async function withFolders<Result>(
  row: Pick<SessionRow, "folders">,
  messages: Messages,
  work: (folders?: readonly WorkspaceFolder[]) => Promise<Result>,
): Promise<Result | undefined> {
  try {
    return await work();
  } catch (error) {
    const names = missingFolders(row, error);
    if (!names) throw error;
    const folders = await chooseFolders(names, messages.words(error));
    return folders && work(folders);
  }
}

/** Names of the folders that must be chosen; undefined when that would not help. */
function missingFolders({ folders }: Pick<SessionRow, "folders">, error: unknown): readonly string[] | undefined {
  if (!isOrchestratorError(error)) return undefined;
  switch (error.code) {
    case "workspace.missing":
    case "workspace.notAFolder":
      return folders.map(({ name }) => name);
    case "session.noFolder":
    case "session.folderGone":
    case "session.otherFolders": {
      // A name may have a comma in it: the words of the error are only for where the session has none here.
      if (folders.length > 0) return folders.map(({ name }) => name);
      const { names } = error.params as { readonly names: string };
      return names === "" ? [""] : names.split(", ");
    }
    default:
      return undefined;
  }
}

async function chooseFolders(names: readonly string[], why: string): Promise<WorkspaceFolder[] | undefined> {
  const chosen: WorkspaceFolder[] = [];
  for (const name of names) {
    const path = await chooseFolder(name, why);
    if (path === undefined) return undefined;
    chosen.push({ name: name || (path.split(/[\\/]/).at(-1) ?? path), path });
  }
  return chosen;
}

async function chooseFolder(name: string, why: string): Promise<string | undefined> {
  const open = workspaceFolders().map((folder) => ({
    label: folder.name,
    description: folder.path,
    path: folder.path as string | undefined,
  }));
  const other = {
    label: vscode.l10n.t("Another folder…"),
    iconPath: new vscode.ThemeIcon("folder-opened"),
    description: "",
    path: undefined,
  };
  const title = name
    ? vscode.l10n.t("Which folder is “{0}”?", visibleLine(name))
    : vscode.l10n.t("In which folder shall the session work?");
  const picked = await vscode.window.showQuickPick([...open, other], { title, placeHolder: why, ignoreFocusOut: true });
  if (!picked || picked.path !== undefined) return picked?.path;
  const [folder] =
    (await vscode.window.showOpenDialog({
      canSelectFolders: true,
      canSelectFiles: false,
      title,
      openLabel: vscode.l10n.t("Choose"),
    })) ?? [];
  return folder?.fsPath;
}
