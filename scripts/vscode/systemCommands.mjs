/** Programs of the machine: finding them, running them, and installing the few that tests need. */
import { spawn } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import path from "node:path";

const KEPT_OUTPUT_CHARACTERS = 8_000;
/** Twenty times what the slowest step takes on two cores; without a network npm may try for ever. */
const LONGEST_MS = 10 * 60_000;

/**
 * The absolute path of the first of `names` that is on the search path.
 *
 * @param {readonly string[]} names without `.exe`
 * @returns {string | undefined}
 */
export function findOnPath(names) {
  const folders = (process.env["PATH"] ?? "").split(path.delimiter).filter(Boolean);
  const endings = process.platform === "win32" ? [".exe", ".cmd"] : [""];
  const candidates = names.flatMap((name) =>
    folders.flatMap((folder) => endings.map((ending) => path.join(folder, name + ending))),
  );
  return candidates.find(isExecutable);
}

/** @param {string} file */
function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Runs a program to its end, without input.
 *
 * @param {string} program
 * @param {readonly string[]} parameters
 * @param {{ folder?: string, environment?: NodeJS.ProcessEnv, timeoutMs?: number, onStart?: (pid: number) => void }} [options]
 * @returns {Promise<void>}
 * @throws {Error} naming the command, how it ended, and the end of what it said
 */
export function runProgram(program, parameters, { folder, environment, timeoutMs = LONGEST_MS, onStart } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, parameters, {
      cwd: folder,
      env: environment ?? process.env,
      timeout: timeoutMs,
      killSignal: "SIGKILL",
      stdio: ["ignore", "pipe", "pipe"],
    });
    if (child.pid !== undefined) onStart?.(child.pid);
    let said = "";
    const keep = (/** @type {string} */ text) => {
      said = (said + text).slice(-KEPT_OUTPUT_CHARACTERS);
    };
    child.stdout.setEncoding("utf8").on("data", keep);
    child.stderr.setEncoding("utf8").on("data", keep);
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (code === 0) return resolve();
      const end = signal === "SIGKILL" ? `was ended after ${timeoutMs / 1000} s` : `ended with ${signal ?? code}`;
      reject(new Error(`${[program, ...parameters].join(" ")} ${end}.\n${said.trim()}`));
    });
  });
}

/**
 * Installs Debian packages where that needs nobody's password: as root, on a Debian or Ubuntu.
 *
 * @param {readonly string[]} packages
 * @returns {Promise<boolean>} false where it cannot be done
 */
export async function installDebianPackages(packages) {
  if (process.getuid?.() !== 0 || !existsSync("/etc/debian_version") || findOnPath(["apt-get"]) === undefined) {
    return false;
  }
  const environment = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const install = ["-o", "DPkg::Lock::Timeout=300", "install", "-y", "--no-install-recommends", ...packages];
  process.stderr.write(`Installing ${packages.join(", ")} with apt-get…\n`);
  try {
    await runProgram("apt-get", install, { environment }).catch(async () => {
      // A fresh container knows no package until its lists are read.
      await runProgram("apt-get", ["update"], { environment });
      await runProgram("apt-get", install, { environment });
    });
    return true;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return false;
  }
}
