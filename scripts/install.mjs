/** The packages of package-lock.json, installed only when it changed since the last complete install. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import {
  findProductNode,
  hasBundledNode,
  needsBundledNode,
  personalEnvironment,
  readOrEmpty,
  root,
  runsOwnNode,
  SetUpError,
} from "./project.mjs";

/** Written last, so that an interrupted install is never taken for a complete one. */
const stampFile = path.join(root, "node_modules", ".installed");

export function isInstalled() {
  // The machine's own Node may have become older since.
  return readOrEmpty(stampFile) === wantedStamp() && findProductNode() !== undefined;
}

/** @param {import("./lock.mjs").Lock} lock */
export async function install(lock) {
  const stamp = wantedStamp();
  rmSync(stampFile, { force: true });
  if (!isComplete()) {
    process.stderr.write("Installing packages (once, about 10 s)…\n");
    if (process.platform === "win32" && runsOwnNode()) moveOwnNodeAside();
    // No package's install script is needed, so none is run: less to trust, and the same with every npm.
    await npm(["ci", "--ignore-scripts", "--include=dev", "--include=optional"], lock);
  }
  if (needsBundledNode() && !hasBundledNode()) await installNode(lock);
  if (!lock.isHeld()) throw new SetUpError("Another process took over the set-up. Run the same command again.");
  writeFileSync(stampFile, stamp);
}

/** Has somebody run `npm install` themselves? npm notes what it installed, as its last act. */
function isComplete() {
  try {
    /** @typedef {{ packages: Record<string, { version?: string, optional?: boolean }> }} Lockfile */
    const read = (/** @type {string} */ file) =>
      /** @type {Lockfile} */ (JSON.parse(readFileSync(path.join(root, file), "utf8")));
    const installed = read("node_modules/.package-lock.json").packages;
    return Object.entries(read("package-lock.json").packages).every(
      ([place, { version, optional }]) =>
        place === "" || (installed[place] ? installed[place].version === version : optional === true),
    );
  } catch {
    return false;
  }
}

/**
 * The npm package `node` fetches the binary for this platform when it is rebuilt. Where there is none,
 * productNode() decides whether the machine's own Node will do.
 *
 * @param {import("./lock.mjs").Lock} lock
 */
async function installNode(lock) {
  try {
    await npm(["rebuild", "node", "--ignore-scripts=false"], lock);
  } catch (error) {
    if (!(error instanceof SetUpError)) throw error;
    process.stderr.write(`Node 24 was not installed: ${error.message}\n`);
  }
}

/** The install is that of this lockfile on this platform (a folder may be shared with a container). */
function wantedStamp() {
  const lockfile = readFileSync(path.join(root, "package-lock.json"));
  return `${createHash("sha256").update(lockfile).digest("hex")} ${process.platform}-${process.arch}\n`;
}

/** Windows cannot delete the program of a running process, but it can move it. */
function moveOwnNodeAside() {
  if (!existsSync(process.execPath)) return;
  const aside = path.join(root, ".cache", "old-node");
  mkdirSync(aside, { recursive: true });
  renameSync(process.execPath, path.join(aside, `node-${process.pid}.exe`));
}

/**
 * Runs npm silently; what it said is shown only when it failed.
 *
 * @param {string[]} parameters
 * @param {import("./lock.mjs").Lock} lock
 */
async function npm(parameters, lock) {
  // A log level of our own: under `npm start --silent` the child would say nothing, not even why it failed.
  // Retries after 2 and 10 s, not npm's 10 and 60, or somebody without a network waits a minute to hear of it.
  const retries = ["--fetch-retry-mintimeout=2000", "--fetch-retry-maxtimeout=10000"];
  const all = [...parameters, ...retries, "--loglevel=error", "--no-audit", "--no-fund", "--no-progress"];
  // npm is a .cmd file on Windows, which only a shell can start; no parameter holds a character it could take amiss.
  const windows = process.platform === "win32";
  const command = windows ? ["npm", ...all].join(" ") : "npm";
  const child = spawn(command, windows ? [] : all, {
    cwd: root,
    env: personalEnvironment(),
    shell: windows,
    stdio: ["ignore", "pipe", "pipe"],
  });
  if (child.pid !== undefined) lock.addProcess(child.pid);
  let said = "";
  const collect = (/** @type {Buffer} */ chunk) => {
    said += chunk.toString("utf8");
  };
  child.stdout.on("data", collect);
  child.stderr.on("data", collect);
  /** @type {{ code: number | null, signal: NodeJS.Signals | null, error?: NodeJS.ErrnoException }} */
  const end = await new Promise((resolve) => {
    child.on("error", (error) => resolve({ code: null, signal: null, error }));
    child.on("close", (code, signal) => resolve({ code, signal }));
  });
  if (end.code === 0) return;
  if (end.error?.code === "ENOENT") throw new SetUpError("npm was not found. It comes with Node: https://nodejs.org");
  const outcome = end.error?.message ?? end.signal ?? `exit code ${end.code}`;
  throw new SetUpError(`npm ${parameters[0]} failed (${outcome}).\n${head(said)}${nextStep(said)}`);
}

/** @param {string} said */
function nextStep(said) {
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ERR_SOCKET_TIMEOUT/.test(said)) {
    return "The package registry could not be reached. Check the network (behind a proxy: npm config set proxy URL), then run the same command again.";
  }
  if (/ENOSPC/.test(said)) return "The disk is full. Free about 500 MB, then run the same command again.";
  if (/EACCES|EPERM|EROFS/.test(said))
    return `This user may not write in ${root}. Give it the right to, then run the same command again.`;
  if (/EUSAGE/.test(said))
    return "package.json and package-lock.json do not fit each other. Run npm install, then the same command again.";
  return "Run the same command again; it starts the installation from the beginning.";
}

/**
 * The first lines tell what failed; stack frames and npm's usage text follow.
 *
 * @param {string} said
 */
function head(said) {
  const lines = said.split("\n").filter((line) => !/^(npm error)?\s*(at .*)?$/.test(line));
  return lines
    .slice(0, 6)
    .map((line) => `${line}\n`)
    .join("");
}
