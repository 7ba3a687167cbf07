/** Folders of the test cache that are filled once and then found complete. */
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { acquireLock } from "../lock.mjs";
import { readOrEmpty, root, SetUpError } from "../project.mjs";

/** Written last, into a folder that gets its name only afterwards. */
const stampName = ".installed";

/** Where tests keep what they download: `AI_ORCHESTRATOR_TEST_CACHE`, else `.cache` in the project. */
export function testCacheFolder() {
  return process.env["AI_ORCHESTRATOR_TEST_CACHE"] || path.join(root, ".cache");
}

/**
 * Fills `folder` unless it already bears `stamp`.
 *
 * The folder appears whole or not at all: it is filled under another name beside its place and renamed
 * at the end, so an interrupted install leaves nothing that looks finished. Of two processes that want
 * the same folder one works and the other waits.
 *
 * @param {string} folder
 * @param {string} stamp names what is installed, for which platform, and how
 * @param {(emptyFolder: string, lock: import("../lock.mjs").Lock) => Promise<void>} fill
 */
export async function installOnce(folder, stamp, fill) {
  const isInstalled = () => readOrEmpty(path.join(folder, stampName)) === stamp;
  if (isInstalled()) return;
  const lock = await acquireLock(`${folder}.lock`, () => {
    process.stderr.write(`Another process is installing ${folder}; waiting for it…\n`);
  });
  try {
    if (isInstalled()) return;
    const partial = `${folder}.partial`;
    rmSync(partial, { recursive: true, force: true });
    mkdirSync(partial, { recursive: true });
    await fill(partial, lock);
    if (!lock.isHeld())
      throw new SetUpError(`Another process took over installing ${folder}. Run the same command again.`);
    writeFileSync(path.join(partial, stampName), stamp);
    if (existsSync(folder)) rmSync(folder, { recursive: true });
    renameSync(partial, folder);
  } finally {
    lock.release();
  }
}
