/** VS Code, served on this machine: for tests, for screenshots, and for a person without a desktop VS Code. */
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { productNode, readOrEmpty } from "../project.mjs";
import { installServedWorkbench } from "./servedInstall.mjs";
import { startServer } from "./serverProcess.mjs";
import { runProgram } from "./systemCommands.mjs";

/** A VS Code that shows itself and the extensions it was given, and nothing of its own accord. */
const quietSettings = {
  "chat.disableAIFeatures": true,
  "extensions.autoCheckUpdates": false,
  "extensions.autoUpdate": "off",
  "extensions.ignoreRecommendations": true,
  "git.openRepositoryInParentFolders": "never",
  "remote.autoForwardPorts": false,
  "telemetry.telemetryLevel": "off",
  "update.mode": "none",
  "update.showReleaseNotes": false,
  "workbench.enableExperiments": false,
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "workbench.startupEditor": "none",
};

/** `/vscode-ipc-`, a UUID and `.sock`; and the longest path a socket may have on macOS (Linux: 107). */
const SOCKET_NAME_LENGTH = 53;
const LONGEST_SOCKET_PATH = 103;

/**
 * How a served VS Code is started. Everything is optional.
 *
 * @typedef {object} ServedWorkbenchOptions
 * @property {string} [dataFolder] Keeps settings, extensions and user data here and leaves them afterwards.
 *   Default: a temporary folder, removed by `dispose`.
 * @property {readonly string[]} [extensionFolders] Extensions to install by linking their folders: VS Code takes
 *   them for installed ones. Absolute paths.
 * @property {readonly string[]} [vsixFiles] Packed extensions to install. Absolute paths.
 * @property {boolean} [workspaceTrust] Whether folders are restricted until trusted. Default false: all are trusted
 *   and nobody asks.
 * @property {boolean} [testDriver] Whether a page may name an extension in development and tests to run in its
 *   extension host. VS Code then shows no notifications of its own accord (they are in the notification centre)
 *   and answers dialogs by itself while tests run. Default false.
 * @property {Readonly<Record<string, unknown>>} [settings] User settings, on top of those that keep VS Code quiet.
 * @property {Readonly<Record<string, string | undefined>>} [environment] On top of this process's own; `undefined`
 *   removes a variable.
 * @property {number} [port] TCP port on 127.0.0.1. Default: a free one.
 */

/**
 * A running VS Code and the places it keeps things in, absolute paths.
 *
 * @typedef {object} ServedWorkbench
 * @property {string} url `http://127.0.0.1:PORT`, without a slash at the end.
 * @property {string} token What a page must bring, as `?tkn=TOKEN`: any web page can reach a port of this machine.
 * @property {string} dataFolder holds all the others
 * @property {string} userDataFolder
 * @property {string} extensionsFolder
 * @property {string} settingsFile
 * @property {(changes: Readonly<Record<string, unknown>>) => void} changeSettings Merges into the user
 *   settings, for windows opened or reloaded from now on.
 * @property {() => string} log The end of what the server wrote, at most 20,000 characters.
 * @property {() => Promise<void>} dispose Ends the server with everything it started; removes its temporary data.
 */

/**
 * Starts the served VS Code, installing it first if need be, and waits until it answers. It ends with
 * `dispose`, and at the latest with this process, however that ends.
 *
 * @param {ServedWorkbenchOptions} [options]
 * @returns {Promise<ServedWorkbench>}
 * @throws {Error} with the end of the server's log if it does not start
 */
export async function startServedWorkbench(options = {}) {
  const serverMain = path.join(await installServedWorkbench(), "out", "server-main.js");
  const dataFolder = options.dataFolder ?? mkdtempSync(path.join(tmpdir(), "ai-orchestrator-vscode-"));
  const places = placesIn(dataFolder);
  const removeData = () => {
    if (options.dataFolder === undefined) {
      rmSync(dataFolder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    }
  };
  try {
    const environment = serverEnvironment(places, options.environment ?? {});
    await prepareData(places, options, serverMain, environment);
    const server = await startServer(serverMain, serverFlags(places, options), environment, dataFolder);
    return {
      url: `http://127.0.0.1:${server.port}`,
      token: readFileSync(places.tokenFile, "utf8"),
      dataFolder,
      userDataFolder: places.userDataFolder,
      extensionsFolder: places.extensionsFolder,
      settingsFile: places.settingsFile,
      changeSettings: (changes) => changeSettings(places.settingsFile, changes),
      log: server.log,
      dispose: async () => {
        await server.end();
        removeData();
      },
    };
  } catch (error) {
    removeData();
    throw error;
  }
}

/** @param {string} dataFolder */
function placesIn(dataFolder) {
  const userDataFolder = path.join(dataFolder, "user");
  return {
    serverDataFolder: path.join(dataFolder, "server"),
    tokenFile: path.join(dataFolder, "token"),
    temporaryFolder: path.join(dataFolder, "tmp"),
    extensionsFolder: path.join(dataFolder, "extensions"),
    userDataFolder,
    settingsFile: path.join(userDataFolder, "User", "settings.json"),
  };
}

/**
 * @param {ReturnType<typeof placesIn>} places
 * @param {ServedWorkbenchOptions} options
 * @param {string} serverMain
 * @param {NodeJS.ProcessEnv} environment
 */
async function prepareData(places, options, serverMain, environment) {
  rmSync(places.temporaryFolder, { recursive: true, force: true });
  for (const folder of [places.extensionsFolder, places.temporaryFolder, path.dirname(places.settingsFile)]) {
    mkdirSync(folder, { recursive: true });
  }
  if (!existsSync(places.tokenFile)) writeFileSync(places.tokenFile, randomBytes(16).toString("hex"), { mode: 0o600 });
  changeSettings(places.settingsFile, { ...quietSettings, ...readSettings(places.settingsFile), ...options.settings });
  // VS Code believes its copy of the manifests; those of linked extensions change behind its back.
  rmSync(path.join(places.userDataFolder, "CachedProfilesData"), { recursive: true, force: true });
  for (const folder of options.extensionFolders ?? []) {
    const manifest = readFileSync(path.join(folder, "package.json"), "utf8");
    const { publisher, name } = /** @type {Record<string, string>} */ (JSON.parse(manifest));
    const link = path.join(places.extensionsFolder, `${publisher}.${name}`);
    rmSync(link, { recursive: true, force: true });
    symlinkSync(folder, link, "dir");
  }
  for (const vsixFile of options.vsixFiles ?? []) {
    const parameters = [serverMain, "--install-extension", vsixFile, "--force", ...folderFlags(places)];
    await runProgram(productNode(), parameters, { environment });
  }
}

/**
 * @param {string} settingsFile
 * @param {Readonly<Record<string, unknown>>} changes
 */
function changeSettings(settingsFile, changes) {
  writeFileSync(settingsFile, JSON.stringify({ ...readSettings(settingsFile), ...changes }, undefined, 2));
}

/**
 * @param {string} settingsFile
 * @returns {Record<string, unknown>}
 */
function readSettings(settingsFile) {
  return JSON.parse(readOrEmpty(settingsFile) || "{}");
}

/** @param {ReturnType<typeof placesIn>} places */
function folderFlags({ serverDataFolder, userDataFolder, extensionsFolder }) {
  return [
    `--server-data-dir=${serverDataFolder}`,
    `--user-data-dir=${userDataFolder}`,
    `--extensions-dir=${extensionsFolder}`,
  ];
}

/**
 * @param {ReturnType<typeof placesIn>} places
 * @param {ServedWorkbenchOptions} options
 */
function serverFlags(places, options) {
  return [
    // Without it VS Code ignores, without a word, which extension and which tests a page names.
    ...(options.testDriver === true ? ["--enable-smoke-test-driver"] : []),
    ...(options.workspaceTrust === true ? [] : ["--disable-workspace-trust"]),
    "--host=127.0.0.1",
    `--port=${options.port ?? 0}`,
    `--connection-token-file=${places.tokenFile}`,
    "--accept-server-license-terms",
    "--telemetry-level=off",
    ...folderFlags(places),
  ];
}

/**
 * @param {ReturnType<typeof placesIn>} places
 * @param {Readonly<Record<string, string | undefined>>} wanted
 */
function serverEnvironment(places, wanted) {
  const socketsFit = places.temporaryFolder.length + SOCKET_NAME_LENGTH <= LONGEST_SOCKET_PATH;
  const environment = {
    ...process.env,
    // No marketplace: nothing is looked up outside this machine.
    EXTENSIONS_GALLERY: '{"serviceUrl":""}',
    // What VS Code leaves in the temporary folder goes with the data.
    ...(socketsFit ? { TMPDIR: places.temporaryFolder } : {}),
    ...wanted,
  };
  // In a terminal of VS Code these would tie the server to that window.
  return Object.fromEntries(
    Object.entries(environment).filter(([name, value]) => value !== undefined && !/^(VSCODE|ELECTRON)_/.test(name)),
  );
}
