/** A folder that a person names for files that are to be put there: it is empty, or does not exist yet. */
import { constants } from "node:fs";
import { access, mkdir, readdir, rm, stat } from "node:fs/promises";
import path from "node:path";
import { messageOf, OrchestratorError } from "./errors.ts";
import { refuseOverlap } from "./settings/home.ts";

/** A folder that was made for files to be put there. */
export interface NewFolder {
  readonly path: string;
  /** Takes it away again with everything in it; what was there before, an empty folder, stays. */
  remove(): Promise<void>;
}

/**
 * Looks whether the folder can be used, and changes nothing.
 *
 * @throws OrchestratorError `newFolder.notEmpty`, `workspace.notAFolder`, `workspace.notWritable`,
 *   `workspace.insideHome`, `home.insideWorkspace`
 */
export async function checkNewFolder(given: string, home: string): Promise<void> {
  const folder = path.resolve(given);
  await refuseOverlap(home, [{ path: folder }]);
  const info = await stat(folder).catch(() => undefined);
  if (info && !info.isDirectory()) throw new OrchestratorError("workspace.notAFolder", { path: folder });
  if (info && (await entriesOf(folder)).length > 0) throw new OrchestratorError("newFolder.notEmpty", { path: folder });
  const place = info ? folder : await existingParent(folder);
  await access(place, constants.W_OK | constants.X_OK).catch(() => {
    throw new OrchestratorError("workspace.notWritable", { path: place });
  });
}

/** @throws OrchestratorError what `checkNewFolder` throws */
export async function makeNewFolder(given: string, home: string): Promise<NewFolder> {
  await checkNewFolder(given, home);
  const folder = path.resolve(given);
  // The first one that had to be made, if any had to.
  const made = await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw new OrchestratorError("workspace.notWritable", { path: folder }, { cause: error });
  });
  return {
    path: folder,
    remove: async () => {
      if (made !== undefined) return rm(made, { recursive: true, force: true });
      for (const name of await entriesOf(folder)) await rm(path.join(folder, name), { recursive: true, force: true });
    },
  };
}

async function entriesOf(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    throw new OrchestratorError("workspace.notReadable", { path: folder }, { cause: messageOf(error) });
  }
}

async function existingParent(folder: string): Promise<string> {
  const parent = path.dirname(folder);
  const info = await stat(parent).catch(() => undefined);
  if (info && !info.isDirectory()) throw new OrchestratorError("workspace.notAFolder", { path: parent });
  return info || parent === folder ? parent : existingParent(parent);
}
