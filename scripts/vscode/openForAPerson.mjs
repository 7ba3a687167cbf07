/**
 * `npm run vscode [-- FOLDER]`: opens the extension, built from these sources, for a person to try. In the
 * desktop VS Code if the command `code` is found, else in a served one, whose address is printed.
 */
import { spawn } from "node:child_process";
import { createServer } from "node:net";
import path from "node:path";
import { prepare } from "../prepare.mjs";
import { root, SetUpError } from "../project.mjs";
import { testCacheFolder } from "./installOnce.mjs";
import { startServedWorkbench } from "./servedWorkbench.mjs";
import { findOnPath } from "./systemCommands.mjs";

/** The same at every start where it can be: a browser keeps layout and secrets per address. */
const usualPort = 8460;

/** @param {string} folder */
async function open(folder) {
  await prepare({ withBuild: true });
  const code = findOnPath(["code"]);
  if (code === undefined) await serve(folder);
  else openOnDesktop(code, folder);
}

/**
 * @param {string} code
 * @param {string} folder
 */
function openOnDesktop(code, folder) {
  process.stdout.write(`Opening ${folder} in VS Code (${code}).\n`);
  const parameters = ["--new-window", `--extensionDevelopmentPath=${root}`, folder];
  // On Windows code is a .cmd file, which only a shell can start, as one line.
  const windows = process.platform === "win32";
  const command = windows ? [code, ...parameters].map((part) => `"${part}"`).join(" ") : code;
  const child = spawn(command, windows ? [] : parameters, { stdio: "inherit", shell: windows });
  child.on("error", (error) => {
    process.stderr.write(`${code} could not be started: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.on("close", (status) => {
    process.exitCode = status ?? 1;
  });
}

/** @param {string} folder */
async function serve(folder) {
  const server = await startServedWorkbench({
    dataFolder: path.join(testCacheFolder(), "vscode"),
    extensionFolders: [root],
    workspaceTrust: true,
    port: (await isFree(usualPort)) ? usualPort : 0,
    // Tests do without a marketplace; a person may want one.
    environment: { EXTENSIONS_GALLERY: undefined },
  });
  const address = new URL(server.url);
  address.searchParams.set("tkn", server.token);
  address.searchParams.set("folder", folder);
  process.stdout.write(
    `The command code was not found, so VS Code is served to your browser:\n\n    ${address.href}\n\nCtrl-C ends it.\n`,
  );
}

/**
 * @param {number} port
 * @returns {Promise<boolean>}
 */
function isFree(port) {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });
}

try {
  await open(path.resolve(process.env["INIT_CWD"] ?? ".", process.argv[2] ?? "."));
} catch (error) {
  if (!(error instanceof SetUpError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
