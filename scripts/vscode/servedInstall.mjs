/**
 * A VS Code to test in, from the package registry: the npm package code-server contains the real
 * workbench and extension host, served to a browser. It stays out of the project's own dependencies.
 */
import { readFile, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import path from "node:path";
import { personalEnvironment, productNode, SetUpError } from "../project.mjs";
import { installOnce, testCacheFolder } from "./installOnce.mjs";
import { findOnPath, installDebianPackages, runProgram } from "./systemCommands.mjs";

/** VS Code 1.139.1. */
const servedPackage = "code-server@4.139.1";
/** Raised when the steps below change, so that older installs are made anew. */
const recipe = 2;
const nativeModules = ["@vscode/spdlog", "@vscode/native-watchdog", "@parcel/watcher", "node-pty"];

/**
 * Its language server is not in the package, and it complains of that in every window that shows such a file, in front
 * of whatever else there is to see.
 */
const brokenExtensions = ["typescript-language-features"];

/** Debian package → the programs it, or another one, may bring. */
const buildTools = { "g++": ["g++", "c++", "clang++"], make: ["make", "gmake"], python3: ["python3", "python"] };

/**
 * Installs the served VS Code into the test cache, once: about half a minute the first time.
 *
 * @returns {Promise<string>} the folder that holds `out/server-main.js`
 * @throws {SetUpError} naming the missing tool, or the step that failed
 */
export async function installServedWorkbench() {
  if (process.platform === "win32") {
    throw new SetUpError(
      "VS Code cannot be served on Windows. Use npm run test:electron, which downloads VS Code, or WSL.",
    );
  }
  const folder = path.join(testCacheFolder(), servedPackage.replace("@", "-"));
  const stamp = `${servedPackage} ${process.platform}-${process.arch} recipe ${recipe}\n`;
  await installOnce(folder, stamp, async (emptyFolder, lock) => {
    process.stderr.write(`Installing a VS Code to test in (${servedPackage}; once, about half a minute)…\n`);
    await requireBuildTools();
    try {
      await fill(emptyFolder, lock.addProcess);
    } catch (error) {
      throw new SetUpError(`VS Code could not be installed. ${error instanceof Error ? error.message : String(error)}`);
    }
  });
  return vscodeFolderIn(folder);
}

/**
 * @param {string} folder
 * @param {(pid: number) => void} onStart
 */
async function fill(folder, onStart) {
  const npm = (/** @type {string} */ where, /** @type {string[]} */ ...parameters) =>
    runProgram("npm", [...parameters, "--loglevel=error", "--no-audit", "--no-fund", "--no-progress"], {
      folder: where,
      environment: installEnvironment(),
      onStart,
    });
  await writeFile(path.join(folder, "package.json"), JSON.stringify({ private: true }));
  await npm(folder, "install", servedPackage, "--ignore-scripts", "--no-package-lock");
  const vscode = vscodeFolderIn(folder);
  for (const name of brokenExtensions) await rm(path.join(vscode, "extensions", name), { recursive: true });
  await allowScripts(vscode);
  await npm(vscode, "install", "--omit=dev", "--ignore-scripts");
  const rebuild = ["rebuild", ...nativeModules, "--ignore-scripts=false"];
  await npm(vscode, ...rebuild).catch(async (/** @type {unknown} */ error) => {
    // The headers of Node could not be downloaded. These modules use only its stable interface, so the
    // headers of any Node that is installed will do.
    const prefix = [path.dirname(path.dirname(process.execPath)), "/usr/local", "/usr", "/opt/homebrew"].find(
      (candidate) => existsSync(path.join(candidate, "include", "node", "node_api.h")),
    );
    if (prefix === undefined) throw error;
    await npm(vscode, ...rebuild, `--nodedir=${prefix}`);
  });
  // npm may be told to leave out install scripts without a word; a server without these fails much later.
  const load = nativeModules.map((name) => `require(${JSON.stringify(name)});`).join("");
  await runProgram(productNode(), ["-e", load], { folder: vscode, onStart });
}

/** @param {string} folder */
function vscodeFolderIn(folder) {
  return path.join(folder, "node_modules", "code-server", "lib", "vscode");
}

async function requireBuildTools() {
  const missing = () =>
    Object.entries(buildTools)
      .filter(([, programs]) => findOnPath(programs) === undefined)
      .map(([name]) => name);
  if (missing().length > 0) await installDebianPackages(missing());
  if (missing().length === 0) return;
  throw new SetUpError(
    `VS Code has two modules to compile, and ${missing().join(", ")} cannot be found.\n` +
      "Debian and Ubuntu: sudo apt-get install g++ make python3 · Fedora: sudo dnf install gcc-c++ make python3 · macOS: xcode-select --install",
  );
}

/**
 * npm wants an explicit word before it runs a package's install script.
 *
 * @param {string} vscode
 */
async function allowScripts(vscode) {
  const file = path.join(vscode, "package.json");
  const manifest = /** @type {Record<string, unknown>} */ (JSON.parse(await readFile(file, "utf8")));
  const allowed = Object.fromEntries(nativeModules.map((name) => [name, true]));
  await writeFile(file, JSON.stringify({ ...manifest, allowScripts: allowed }, undefined, 2));
}

/** What npm sets for the scripts of this project is not meant for the installation of another. */
function installEnvironment() {
  const own = /^npm_(package|lifecycle)_|^npm_config_(local_prefix|save|omit|include|ignore_scripts)/;
  return Object.fromEntries(Object.entries(personalEnvironment()).filter(([name]) => !own.test(name)));
}
