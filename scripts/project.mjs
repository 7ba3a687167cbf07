/**
 * Where the project is and which Node runs it.
 *
 * Everything `npm start` and `npm test` load before the packages are there (project, lock, install,
 * build, prepare, start, test) runs on Node 20 with nothing installed.
 */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const root = path.resolve(fileURLToPath(new URL("..", import.meta.url)));

const bundledNode = path.join(root, "node_modules", "node", "bin", process.platform === "win32" ? "node.exe" : "node");

/** Set-up stopped for a reason a person can do something about; the message says what. */
export class SetUpError extends Error {}

/** Does this process run a Node from the project's own node_modules, which an install replaces? */
export function runsOwnNode() {
  return process.execPath.startsWith(path.join(root, "node_modules") + path.sep);
}

/** Must Node 24 be installed beside the packages, because the machine's own is older? */
export function needsBundledNode() {
  return runsOwnNode() || majorVersion() < 24;
}

export function hasBundledNode() {
  return existsSync(bundledNode);
}

/** The Node that runs the product, if there is one: this one if it is new enough, else the installed one. */
export function findProductNode() {
  if (majorVersion() >= 24 && existsSync(process.execPath)) return process.execPath;
  if (hasBundledNode()) return bundledNode;
  // 22.15 is the first Node with everything the product calls: node:sqlite without a flag, and zstd.
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  return major > 22 || (major === 22 && minor >= 15) ? process.execPath : undefined;
}

/**
 * @returns {string}
 * @throws {SetUpError} when there is none
 */
export function productNode() {
  const node = findProductNode();
  if (node !== undefined) return node;
  throw new SetUpError(
    `Node 24 could not be installed for ${process.platform}-${process.arch}, and this Node is ${process.version}.\n` +
      "Install Node 24 from https://nodejs.org and run the same command again.",
  );
}

/**
 * Environment for the project's tools, in which `node` is the Node that runs the product.
 *
 * @param {string} node
 */
export function toolEnvironment(node) {
  return withPath([path.dirname(node), ...searchPath()]);
}

/**
 * The environment of the person, without the folders npm puts before the search path: npm itself must
 * not run from the node_modules it replaces, and a command an agent runs must find the person's programs.
 */
export function personalEnvironment() {
  const added = new Set();
  for (let folder = root; ; folder = path.dirname(folder)) {
    added.add(path.join(folder, "node_modules", ".bin"));
    if (folder === path.dirname(folder)) break;
  }
  return withPath(searchPath().filter((folder) => !added.has(folder) && path.basename(folder) !== "node-gyp-bin"));
}

/** @param {string} file */
export function readOrEmpty(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function majorVersion() {
  return Number.parseInt(process.versions.node, 10);
}

function searchPath() {
  return (process.env["PATH"] ?? "").split(path.delimiter).filter(Boolean);
}

/**
 * @param {string[]} folders
 * @returns {NodeJS.ProcessEnv}
 */
function withPath(folders) {
  // Windows spells the variable Path; a copy of process.env is no longer case-insensitive.
  const others = Object.entries(process.env).filter(([name]) => name.toUpperCase() !== "PATH");
  return { ...Object.fromEntries(others), PATH: folders.join(path.delimiter) };
}
