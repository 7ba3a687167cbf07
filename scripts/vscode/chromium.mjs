/** The browser that shows the served VS Code to tests. */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { SetUpError } from "../project.mjs";
import { findOnPath, installDebianPackages, runProgram } from "./systemCommands.mjs";

const DOWNLOAD_TIMEOUT_MS = 5 * 60_000;
const START_TIMEOUT_MS = 30_000;

const programNames = ["google-chrome", "google-chrome-stable", "chromium", "chromium-browser", "chrome", "msedge"];

/**
 * Makes the browser call nobody. Playwright adds what running without a screen and as root needs.
 *
 * @type {readonly string[]}
 */
export const chromiumFlags = [
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-gpu",
  "--disable-quic",
  "--disable-sync",
  "--no-first-run",
];

/**
 * The path of a Chrome or Chromium: `CHROME_PATH`, else an installed one, else Playwright's download, else
 * the system's package where that needs nobody's password.
 *
 * @returns {Promise<string>}
 * @throws {SetUpError} saying how to install one
 */
export async function findChromium() {
  const named = process.env["CHROME_PATH"];
  if (named) {
    if (existsSync(named)) return named;
    throw new SetUpError(`CHROME_PATH names ${named}, which does not exist.`);
  }
  for (const find of [installedBrowser, earlierDownload, download, systemPackage]) {
    const program = await find();
    if (program !== undefined && (await starts(program))) return program;
  }
  throw new SetUpError(
    "The tests in VS Code need Chrome or Chromium. Install one (Debian: sudo apt-get install chromium), or name it in CHROME_PATH.",
  );
}

/**
 * A name on the search path may be an empty promise (Ubuntu's snap stub), and a download may lack libraries.
 *
 * @param {string} program
 */
async function starts(program) {
  // Elsewhere neither happens, and on Windows the question would open a window.
  if (process.platform !== "linux") return true;
  return await runProgram(program, ["--version"], { timeoutMs: START_TIMEOUT_MS }).then(
    () => true,
    () => false,
  );
}

function installedBrowser() {
  return findOnPath(programNames) ?? usualPlaces().find((file) => existsSync(file));
}

function usualPlaces() {
  if (process.platform === "darwin") {
    return ["Google Chrome", "Chromium", "Microsoft Edge"].map(
      (name) => `/Applications/${name}.app/Contents/MacOS/${name}`,
    );
  }
  if (process.platform !== "win32") return [];
  const folders = ["PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"].map((name) => process.env[name] ?? "");
  return folders
    .filter(Boolean)
    .flatMap((folder) => [
      path.join(folder, "Google", "Chrome", "Application", "chrome.exe"),
      path.join(folder, "Microsoft", "Edge", "Application", "msedge.exe"),
    ]);
}

/** Playwright's own browser, if a project on this machine has downloaded it before. */
function earlierDownload() {
  const file = playwright()?.chromium.executablePath();
  return file !== undefined && existsSync(file) ? file : undefined;
}

async function download() {
  if (playwright() === undefined) return undefined;
  process.stderr.write("No Chrome or Chromium found; downloading one with Playwright…\n");
  const manifest = createRequire(import.meta.url).resolve("playwright-core/package.json");
  const parameters = [path.join(path.dirname(manifest), "cli.js"), "install", "--no-shell", "chromium"];
  try {
    await runProgram(process.execPath, parameters, { timeoutMs: DOWNLOAD_TIMEOUT_MS });
    return earlierDownload();
  } catch (error) {
    const lines = (error instanceof Error ? error.message : String(error)).split("\n");
    process.stderr.write(`${lines.find((line) => line.startsWith("Error:")) ?? lines[0]}\n`);
    return undefined;
  }
}

async function systemPackage() {
  return (await installDebianPackages(["chromium", "fonts-dejavu-core"])) ? findOnPath(programNames) : undefined;
}

/**
 * Playwright may not be installed yet, and this file must load without it.
 *
 * @returns {{ chromium: { executablePath: () => string } } | undefined}
 */
function playwright() {
  try {
    return createRequire(import.meta.url)("playwright-core");
  } catch {
    return undefined;
  }
}
