/**
 * What a process that was killed in the middle of a write leaves behind: the file tools write beside the target
 * and then rename, so the half that was never renamed stays.
 */
import { lstat, readdir, rm } from "node:fs/promises";
import { join } from "node:path";

/** How the SDK's file tools name what they rename: the writing process, then a random UUID. */
export const DRAFT = /^\.tmp-(\d+)-[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;

/** Removes from a folder what processes that are gone had begun to write. */
export async function removeUnfinishedWrites(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    const writer = DRAFT.exec(name)?.[1];
    if (writer === undefined) continue;
    const file = join(folder, name);
    if (await isOrphan(file, Number(writer))) await rm(file, { force: true });
  }
}

async function isOrphan(file: string, writer: number): Promise<boolean> {
  if (writer !== process.pid) return !exists(writer);
  // In a container the next process often gets the number of the one before.
  const startedAt = Date.now() - process.uptime() * 1000;
  const changedAt = (await lstat(file).catch(() => undefined))?.mtimeMs ?? Infinity;
  return changedAt < startedAt;
}

function exists(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
