/**
 * One process at a time sets up this folder, and a process that died cannot keep the others waiting.
 *
 * The lock is the file with the highest number in a folder. It is taken by creating the next number,
 * which only one process can do, and never by removing somebody else's file: two that find the same
 * dead owner can therefore not both win.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import path from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { readOrEmpty } from "./project.mjs";

const HEARTBEAT_MS = 2_000;
/** An owner that looks alive (its pid may have been given to another process) but shows no heartbeat is gone. */
const SILENT_MS = 30_000;
const FREE = "free";

/**
 * @typedef {object} Lock
 * @property {(pid: number) => void} addProcess Names a child that must end too before others may go on.
 * @property {() => boolean} isHeld False once others took this process for gone (it was stopped for long).
 * @property {() => void} release
 */

/**
 * Waits for the lock in `folder`. `onWait` is called once if somebody else holds it.
 *
 * @param {string} folder
 * @param {() => void} [onWait]
 * @returns {Promise<Lock>}
 */
export async function acquireLock(folder, onWait) {
  mkdirSync(folder, { recursive: true });
  const watch = { number: 0, heartbeat: 0, since: 0 };
  let waited = false;
  for (;;) {
    const newest = newestNumber(folder);
    if (newest === 0 || isFree(folder, newest, watch)) {
      const lock = take(folder, newest + 1);
      if (lock) return lock;
      continue;
    }
    if (!waited) onWait?.();
    waited = true;
    await sleep(100);
  }
}

/**
 * @param {string} folder
 * @param {number} number
 * @returns {Lock | undefined}
 */
function take(folder, number) {
  const file = path.join(folder, String(number));
  let owner = `${hostname()} ${process.pid}`;
  try {
    writeFileSync(file, owner, { flag: "wx" });
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === "EEXIST") return undefined;
    throw error;
  }
  if (newestNumber(folder) !== number) {
    // The number had been used and cleaned away between our look and now.
    rmSync(file, { force: true });
    return undefined;
  }
  for (const older of numbers(folder)) {
    if (older < number) rmSync(path.join(folder, String(older)), { force: true });
  }
  const isHeld = () => newestNumber(folder) === number;
  const heartbeat = setInterval(() => {
    const now = new Date();
    if (isHeld()) utimesSync(file, now, now);
  }, HEARTBEAT_MS);
  heartbeat.unref();
  return {
    isHeld,
    addProcess(pid) {
      owner += ` ${pid}`;
      if (isHeld()) writeFileSync(file, owner);
    },
    release() {
      clearInterval(heartbeat);
      if (isHeld()) writeFileSync(file, FREE);
    },
  };
}

/**
 * @param {string} folder
 * @param {number} number
 * @param {{ number: number, heartbeat: number, since: number }} watch what this process has seen of the owner so far
 */
function isFree(folder, number, watch) {
  const file = path.join(folder, String(number));
  let text;
  let heartbeat;
  try {
    text = readFileSync(file, "utf8");
    heartbeat = statSync(file).mtimeMs;
  } catch {
    return false; // Replaced by a newer number; look again.
  }
  if (text === FREE) return true;
  if (watch.number !== number || watch.heartbeat !== heartbeat) {
    Object.assign(watch, { number, heartbeat, since: performance.now() });
  } else if (performance.now() - watch.since > SILENT_MS) {
    return true;
  }
  const [host, ...pids] = text.split(" ");
  // A pid says nothing on another machine or in another container that shares the folder.
  return host === hostname() && pids.length > 0 && !pids.some((pid) => isAlive(Number(pid)));
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code !== "ESRCH";
  }
  // A process that has ended counts as alive until its parent asks; some containers have none that does.
  const [, state] = /^\d+ \(.*\) (\S)/s.exec(readOrEmpty(`/proc/${pid}/stat`)) ?? [];
  return state !== "Z";
}

/** @param {string} folder */
function numbers(folder) {
  return readdirSync(folder)
    .map(Number)
    .filter((number) => Number.isInteger(number) && number > 0);
}

/** @param {string} folder */
function newestNumber(folder) {
  return Math.max(0, ...numbers(folder));
}
