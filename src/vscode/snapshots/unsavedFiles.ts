/** Files of a session's folders that are open here with changes nobody has saved. */
import { realpath } from "node:fs/promises";
import path from "node:path";
import * as vscode from "vscode";
import type { WorkspaceFolder } from "../../core/ports.ts";

/** By workspace path. */
export async function unsavedFiles(folders: readonly WorkspaceFolder[]): Promise<Map<string, vscode.Uri>> {
  const found = new Map<string, vscode.Uri>();
  const roots = await Promise.all(folders.map(async ({ name, path }) => ({ name, path: await real(path) })));
  for (const uri of dirtyUris()) {
    if (uri.scheme !== "file") continue;
    const file = await real(uri.fsPath);
    for (const { name, path: root } of roots) {
      const relative = path.relative(root, file);
      if (relative === "" || /^\.\.(?:[\\/]|$)/.test(relative) || path.isAbsolute(relative)) continue;
      const within = relative.split(path.sep).join("/");
      found.set(folders.length > 1 ? `${name}/${within}` : within, uri);
    }
  }
  return found;
}

/** Saves them as the person would. Gives those that could not be. */
export async function saveFiles(uris: Iterable<vscode.Uri>): Promise<vscode.Uri[]> {
  const failed: vscode.Uri[] = [];
  for (const uri of uris) {
    const document = vscode.workspace.textDocuments.find((open) => open.uri.toString() === uri.toString());
    const saved = document ? await document.save() : (await vscode.workspace.save(uri)) !== undefined;
    if (!saved) failed.push(uri);
  }
  return failed;
}

/** Of text, notebooks, and what other extensions edit. */
function dirtyUris(): vscode.Uri[] {
  const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs).filter(({ isDirty }) => isDirty);
  const uris = [
    ...vscode.workspace.textDocuments.filter(({ isDirty }) => isDirty).map(({ uri }) => uri),
    ...vscode.workspace.notebookDocuments.filter(({ isDirty }) => isDirty).map(({ uri }) => uri),
    ...tabs.flatMap(({ input }) => (input instanceof vscode.TabInputCustom ? [input.uri] : [])),
  ];
  return [...new Map(uris.map((uri) => [uri.toString(), uri])).values()];
}

/** A file that is not there any more is where its folder is. */
async function real(file: string): Promise<string> {
  return realpath(file).catch(async () => {
    const parent = path.dirname(file);
    return parent === file ? file : path.join(await real(parent), path.basename(file));
  });
}
