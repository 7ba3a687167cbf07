/** Turns the folders a person named into a session's workspace folders, or says why they cannot be. */
import { constants } from "node:fs";
import { access, realpath, stat } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { OrchestratorError } from "./errors.ts";
import type { WorkspaceFolder } from "./ports.ts";
import { refuseOverlap } from "./settings/home.ts";

/**
 * Absolute, existing, readable and writable folders with unique names (`app`, `app-2`).
 *
 * @throws OrchestratorError `workspace.missing`, `.notAFolder`, `.notReadable`, `.notWritable`, `.duplicate`,
 *   `home.insideWorkspace` or
 *   `workspace.insideHome`
 */
export async function checkWorkspaceFolders(paths: readonly string[], home: string): Promise<WorkspaceFolder[]> {
  const folders: WorkspaceFolder[] = [];
  const names = new Set<string>();
  const realPaths = new Set<string>();
  for (const given of paths) {
    const path = resolve(given);
    const real = await checkFolder(path);
    if (realPaths.has(real)) throw new OrchestratorError("workspace.duplicate", { path });
    realPaths.add(real);
    folders.push({ name: uniqueName(basename(real) || "workspace", names), path });
  }
  await refuseOverlap(home, folders);
  return folders;
}

async function checkFolder(path: string): Promise<string> {
  const info = await stat(path).catch(() => undefined);
  if (!info) throw new OrchestratorError("workspace.missing", { path });
  if (!info.isDirectory()) throw new OrchestratorError("workspace.notAFolder", { path });
  await access(path, constants.R_OK | constants.X_OK).catch(() => {
    throw new OrchestratorError("workspace.notReadable", { path });
  });
  await access(path, constants.W_OK).catch(() => {
    throw new OrchestratorError("workspace.notWritable", { path });
  });
  return realpath(path);
}

function uniqueName(wanted: string, taken: Set<string>): string {
  let name = wanted;
  for (let number = 2; taken.has(name); number++) name = `${wanted}-${number}`;
  taken.add(name);
  return name;
}
