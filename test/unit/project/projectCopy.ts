/**
 * A project of one script per part, set up by the real scripts: what stands for npm, the build, the command
 * line and the tools is a few lines each, so a test sees only what the scripts do with them.
 */
import { chmod, cp } from "node:fs/promises";
import path from "node:path";
import { type RunningCli, startProgram } from "../../support/cliProcess.ts";
import { createTemporaryFolder, type TemporaryFolder } from "../../support/temporaryFolder.ts";

const projectFolder = path.join(import.meta.dirname, "../../..");

/** Notes its call, then does what the file `npm.todo` says: `fail`, `hang`, or (no file) install `packages/`. */
const npm = `#!${process.execPath}
const fs = require("node:fs");
const todo = fs.existsSync("npm.todo") ? fs.readFileSync("npm.todo", "utf8") : "install";
fs.rmSync("node_modules", { recursive: true, force: true });
fs.appendFileSync("npm.log", process.argv[2] + "\\n");
if (todo === "fail") {
  console.error("npm error code ENOTFOUND");
  process.exitCode = 1;
} else if (todo === "hang") {
  setInterval(() => undefined, 1000);
} else {
  fs.mkdirSync("node_modules");
  if (fs.existsSync("packages")) fs.cpSync("packages", "node_modules", { recursive: true });
}
`;

const bundler = `import { appendFileSync, cpSync, readFileSync } from "node:fs";
export async function bundle() {
  appendFileSync(new URL("build.log", import.meta.url), "built\\n");
  const source = new URL("src/cli.js", import.meta.url);
  if (readFileSync(source, "utf8").includes("does not build")) throw new Error("src/cli.js:1: a fault");
  cpSync(source, new URL("dist/cli.js", import.meta.url));
  return ["cli.js"];
}
`;

export const lockfile = `${JSON.stringify({ lockfileVersion: 3, packages: { "": {}, "node_modules/one": { version: "1.0.0" } } })}\n`;

/** `cli`: the source of the command line. `files`: further files of the project. */
export async function createProjectCopy(
  cli: string,
  files: Readonly<Record<string, string>> = {},
): Promise<TemporaryFolder> {
  const folder = await createTemporaryFolder();
  await cp(path.join(projectFolder, "scripts"), folder.join("scripts"), { recursive: true });
  await folder.write({
    "package.json": `{ "type": "module" }`,
    "package-lock.json": lockfile,
    "esbuild.mjs": bundler,
    "src/cli.js": cli,
    "bin/npm": npm,
    "bin/package.json": `{ "type": "commonjs" }`,
    ...files,
  });
  await chmod(folder.join("bin/npm"), 0o755);
  return folder;
}

/** Starts one of the project's scripts as npm does. */
export function startScript(
  folder: TemporaryFolder,
  script: "start.mjs" | "test.mjs",
  parameters: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<RunningCli> {
  return startProgram([process.execPath, folder.join("scripts", script), ...parameters], {
    cwd: folder.path,
    env: { PATH: [folder.join("bin"), "/usr/bin", "/bin"].join(path.delimiter), ...env },
  });
}

/** The lines of a log, none when there is no such file. */
export async function linesOf(folder: TemporaryFolder, name: "npm.log" | "build.log"): Promise<string[]> {
  const text = await folder.read(name).catch(() => "");
  return text.split("\n").filter(Boolean);
}
