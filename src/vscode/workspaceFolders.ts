import * as vscode from "vscode";
import type { WorkspaceFolder } from "../core/ports.ts";

/** The window's folders that lie on a disk; agents cannot work in virtual ones. */
export function workspaceFolders(): WorkspaceFolder[] {
  const names = new Set<string>();
  return (vscode.workspace.workspaceFolders ?? [])
    .filter((folder) => folder.uri.scheme === "file")
    .map((folder) => {
      // A name is the first segment of a path here, so it must not hold one itself.
      const wanted = folder.name.replaceAll(/[\\/]/g, "-");
      let name = wanted;
      for (let number = 2; names.has(name); number++) name = `${wanted}-${number}`;
      names.add(name);
      return { name, path: folder.uri.fsPath };
    });
}

/** Is there a folder, though none that agents could work in? */
export function hasOnlyVirtualFolders(): boolean {
  return (vscode.workspace.workspaceFolders?.length ?? 0) > 0 && workspaceFolders().length === 0;
}
