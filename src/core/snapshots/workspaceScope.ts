/** The folders of a workspace: which of them a path is in, and what of each is captured. */
import { realpath } from "node:fs/promises";
import path from "node:path";
import { OrchestratorError } from "../errors.ts";
import type { WorkspaceFolder } from "../ports.ts";
import { contains } from "../settings/home.ts";
import type { Settings } from "../settings/settings.ts";
import type { FolderScope } from "./snapshotWork.ts";

const MEGABYTE = 1024 * 1024;

/** A path and the folder it is in. */
export interface FolderPath {
  readonly folder: WorkspaceFolder;
  /** Relative to the folder; empty for the folder itself. */
  readonly path: string;
}

export class WorkspaceScope {
  readonly folders: readonly WorkspaceFolder[];
  readonly #settings: Settings;
  #elsewhere: Promise<ReadonlyMap<string, readonly string[]>> | undefined;

  constructor(folders: readonly WorkspaceFolder[], settings: Settings) {
    this.folders = folders;
    this.#settings = settings;
  }

  /** Part of a request when there is one folder; see CaptureRequest. */
  get onlyFolder(): { readonly onlyFolder?: string } {
    const [only, ...others] = this.folders;
    return only && others.length === 0 ? { onlyFolder: only.name } : {};
  }

  /** What of the folder is captured, by the settings of this moment. */
  async of(folder: WorkspaceFolder): Promise<FolderScope> {
    this.#elsewhere ??= foldersWithin(this.folders);
    const elsewhere = await this.#elsewhere;
    return {
      path: folder.path,
      maxFileBytes: Math.floor(this.#settings.get("snapshots.maxFileSizeMb") * MEGABYTE),
      exclude: this.#settings.get("snapshots.exclude"),
      elsewhere: elsewhere.get(folder.name) ?? [],
    };
  }

  /** Where a workspace path leads. Throws `path.unknownFolder`. */
  locate(workspacePath: string): FolderPath {
    const [only, ...others] = this.folders;
    if (only && others.length === 0) return { folder: only, path: workspacePath === "." ? "" : workspacePath };
    const folder = this.folders
      .filter(({ name }) => workspacePath === name || workspacePath.startsWith(`${name}/`))
      .toSorted((one, other) => other.name.length - one.name.length)[0];
    if (folder) return { folder, path: workspacePath.slice(folder.name.length + 1) };
    throw new OrchestratorError("path.unknownFolder", { path: workspacePath, folders: this.#names() });
  }

  /** The paths of each folder, relative to it. Throws `path.unknownFolder`. */
  byFolder(workspacePaths: readonly string[]): Map<WorkspaceFolder, string[]> {
    const paths = new Map<WorkspaceFolder, string[]>();
    for (const workspacePath of workspacePaths) {
      const { folder, path: relative } = this.locate(workspacePath);
      paths.set(folder, [...(paths.get(folder) ?? []), relative]);
    }
    return paths;
  }

  /** The workspace path of something in a folder. */
  workspacePath(folder: WorkspaceFolder, relative: string): string {
    return this.folders.length > 1 ? `${folder.name}/${relative}` : relative;
  }

  /** The folder here that a snapshot calls `name`: the one of that name, or the only one of a snapshot of one. */
  counterpart(name: string, folderCount: number): WorkspaceFolder {
    const [only] = this.folders;
    if (only && this.folders.length === 1 && folderCount === 1) return only;
    const folder = this.folders.find((candidate) => candidate.name === name);
    if (folder) return folder;
    throw new OrchestratorError("path.unknownFolder", { path: name, folders: this.#names() });
  }

  #names(): string {
    return this.folders.map(({ name }) => name).join(", ");
  }
}

/** By name: where other workspace folders lie inside a folder. Of folders within each other the inner one owns a path. */
async function foldersWithin(folders: readonly WorkspaceFolder[]): Promise<ReadonlyMap<string, readonly string[]>> {
  const real = await Promise.all(
    folders.map(async (folder) => ({ name: folder.name, path: await realpath(folder.path).catch(() => folder.path) })),
  );
  return new Map(
    real.map((outer) => [
      outer.name,
      real
        .filter((inner) => inner.path !== outer.path && contains(outer.path, inner.path))
        .map((inner) => path.relative(outer.path, inner.path).split(path.sep).join("/")),
    ]),
  );
}
