/** Where the folders of a session are on this machine. */
import { OrchestratorError } from "../errors.ts";
import type { WorkspaceFolder } from "../ports.ts";
import type { SessionRow } from "../store/sessionStore.ts";
import { checkWorkspaceFolders } from "../workspaceFolders.ts";
import { isTreePath } from "./lastWritten.ts";

export interface FolderRequest {
  readonly home: string;
  /** Names of the folders the session's paths begin with, when its row has none: an import is bound to no folder. */
  readonly names: readonly string[];
  /**
   * Instead of the session's own: those that were moved or renamed. Named as the session names them they may come in
   * any order, else there are as many and in the session's order.
   */
  readonly workspaceFolders?: readonly WorkspaceFolder[];
}

/**
 * The folders, there and usable, with the names the session's paths begin with.
 *
 * @throws OrchestratorError `session.noFolder`, `session.otherFolders`, `session.folderGone` (which offers to name
 *   another), `workspace.*`, `home.insideWorkspace`
 */
export async function foldersOf(row: SessionRow, request: FolderRequest): Promise<WorkspaceFolder[]> {
  const { home, workspaceFolders } = request;
  const names = row.folders.length > 0 ? row.folders.map(({ name }) => name) : request.names;
  const bound = boundFolders(row, names, workspaceFolders);
  try {
    const checked = await checkWorkspaceFolders(
      bound.map(({ path }) => path),
      home,
    );
    return checked.map(({ path }, index) => ({ path, name: bound[index]?.name ?? "" }));
  } catch (error) {
    const { code } = error as OrchestratorError;
    const isGone = code === "workspace.missing" || code === "workspace.notAFolder";
    if (!isGone || workspaceFolders !== undefined) throw error;
    const { path } = (error as OrchestratorError<"workspace.missing">).params;
    const params = { id: row.sessionId, path, names: names.join(", ") };
    throw new OrchestratorError("session.folderGone", params, { cause: error });
  }
}

/** Is the path one of these folders' paths? */
export function isPathIn(folders: readonly WorkspaceFolder[], path: string): boolean {
  if (!isTreePath(path)) return false;
  return folders.length === 1 || folders.some(({ name }) => path.startsWith(`${name}/`));
}

/** Are they somewhere else than the session had them? */
export function areMoved(row: SessionRow, folders: readonly WorkspaceFolder[]): boolean {
  return folders.length !== row.folders.length || folders.some(({ path }, index) => path !== row.folders[index]?.path);
}

/** As in FolderRequest, whether or not they are there. Throws `session.noFolder`, `session.otherFolders`. */
export function boundFolders(
  row: Pick<SessionRow, "sessionId" | "folders">,
  names: readonly string[],
  given: readonly WorkspaceFolder[] | undefined,
): readonly WorkspaceFolder[] {
  if (given === undefined) {
    if (row.folders.length > 0) return row.folders;
    throw new OrchestratorError("session.noFolder", { id: row.sessionId, names: names.join(", ") });
  }
  if (names.length === 0) return given;
  if (names.length !== given.length) {
    const params = { id: row.sessionId, count: names.length, names: names.join(", ") };
    throw new OrchestratorError("session.otherFolders", params);
  }
  const byName = names.map((name) => given.find((folder) => folder.name === name));
  const isNamed = new Set(byName).size === names.length && !byName.includes(undefined);
  return names.map((name, index) => ({ name, path: (isNamed ? byName : given)[index]?.path ?? "" }));
}
