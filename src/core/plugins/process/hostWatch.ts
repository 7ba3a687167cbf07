/**
 * Ends this process when its host is gone, even while the plugin's code keeps the thread busy: what listens is a
 * thread of its own. It helps against a plugin that is broken, not against one that means it, which can do
 * whatever the user can.
 */
import { once } from "node:events";
import { Worker } from "node:worker_threads";

/** The host never writes to this descriptor; it closes when the host ends, however that happens. */
const DESCRIPTOR = 4;

const WATCH = `
const { Socket } = require("node:net");
const end = () => process.kill(process.pid, "SIGKILL");
new Socket({ fd: ${DESCRIPTOR} }).on("error", end).on("close", end).resume();
`;

/** Resolves when it watches. */
export async function watchHost(): Promise<void> {
  const worker = new Worker(WATCH, { eval: true, env: {} });
  worker.unref();
  await once(worker, "online");
}
