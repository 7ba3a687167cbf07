/** Everything that must be there before the product or its tests can run. */
import path from "node:path";
import { build, isBuilt } from "./build.mjs";
import { install, isInstalled } from "./install.mjs";
import { acquireLock } from "./lock.mjs";
import { productNode, root } from "./project.mjs";

/**
 * Installs and builds what is missing or out of date. Says what it does on stderr only: stdout belongs
 * to the program that runs next.
 *
 * @param {{ withBuild: boolean }} wanted
 * @returns {Promise<string>} path of the Node that runs the product
 * @throws {import("./project.mjs").SetUpError}
 */
export async function prepare({ withBuild }) {
  const isReady = () => isInstalled() && (!withBuild || isBuilt());
  if (isReady()) return productNode();
  const lock = await acquireLock(path.join(root, ".cache", "set-up"), () => {
    process.stderr.write("Another process is setting up this folder; waiting for it…\n");
  });
  try {
    if (!isInstalled()) await install(lock);
    const node = productNode();
    if (!isReady()) await build();
    return node;
  } finally {
    lock.release();
  }
}
