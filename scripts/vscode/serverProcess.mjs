/** The process of VS Code's server, from the start to the end of everything it started. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { productNode } from "../project.mjs";

const START_TIMEOUT_MS = 60_000;
const END_TIMEOUT_MS = 5_000;
const KEPT_LOG_CHARACTERS = 20_000;

/** Process groups to end when this process ends. */
/** @type {Set<number>} */
const runningGroups = new Set();

/**
 * @param {string} serverMain
 * @param {readonly string[]} flags
 * @param {NodeJS.ProcessEnv} environment
 * @param {string} folder working directory
 * @returns {Promise<{ port: number, log: () => string, end: () => Promise<void> }>} once it answers
 * @throws {Error} with the end of its log
 */
export async function startServer(serverMain, flags, environment, folder) {
  const holder = fileURLToPath(new URL("serverHeldByParent.mjs", import.meta.url));
  const child = spawn(productNode(), [holder, serverMain, ...flags], {
    cwd: folder,
    env: environment,
    // A group of its own, so that extension hosts and terminals end with it.
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
  });
  const group = child.pid;
  if (group === undefined) throw new Error(`${productNode()} could not be started.`);
  runningGroups.add(group);
  endWithThisProcess();

  let said = "";
  const log = () => said.slice(-KEPT_LOG_CHARACTERS);
  const closed = new Promise((resolve) => child.once("close", resolve));
  const end = async () => {
    signalGroup(group, "SIGTERM");
    const impatience = setTimeout(() => signalGroup(group, "SIGKILL"), END_TIMEOUT_MS);
    await closed;
    clearTimeout(impatience);
    // Nothing that ignored the polite request may outlive the server.
    signalGroup(group, "SIGKILL");
    runningGroups.delete(group);
  };

  /** @type {Promise<number>} */
  const listening = new Promise((resolve, reject) => {
    const fail = (/** @type {string} */ what) => reject(new Error(`VS Code's server ${what}.\n${log().trim()}`));
    const timeout = setTimeout(() => fail(`was not ready after ${START_TIMEOUT_MS / 1000} s`), START_TIMEOUT_MS);
    timeout.unref();
    child.once("error", reject);
    child.once("close", () => fail("ended before it was ready"));
    const read = (/** @type {string} */ text) => {
      said = (said + text).slice(-2 * KEPT_LOG_CHARACTERS);
      // It stays alive without a port, and would not be heard of again.
      if (said.includes("EADDRINUSE")) fail("cannot have its port, which is in use");
      const port = /Extension host agent listening on (\d+)/.exec(said)?.[1];
      if (port === undefined) return;
      clearTimeout(timeout);
      resolve(Number(port));
    };
    child.stdout.setEncoding("utf8").on("data", read);
    child.stderr.setEncoding("utf8").on("data", read);
  });
  try {
    const port = await listening;
    const answer = await fetch(`http://127.0.0.1:${port}/version`);
    if (!answer.ok) throw new Error(`VS Code's server answers ${answer.status}.\n${log().trim()}`);
    return { port, log, end };
  } catch (error) {
    await end();
    throw error;
  }
}

/**
 * @param {number} group
 * @param {NodeJS.Signals} signal
 */
function signalGroup(group, signal) {
  try {
    process.kill(-group, signal);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== "ESRCH") throw error;
  }
}

let endsWithThisProcess = false;

/** Ctrl-C reaches only the terminal's own group, so it is passed on; after that this process ends as it would have. */
function endWithThisProcess() {
  if (endsWithThisProcess) return;
  endsWithThisProcess = true;
  const endAll = () => {
    for (const group of runningGroups) signalGroup(group, "SIGKILL");
  };
  process.on("exit", endAll);
  for (const signal of /** @type {NodeJS.Signals[]} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
    process.once(signal, () => {
      endAll();
      if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
    });
  }
}
