/**
 * Runs the suites inside the extension host of a desktop VS Code: `node test/host/electron.ts [SUITE…]`.
 * `VSCODE_EXECUTABLE` names the program; without it the newest VS Code is downloaded. Restricted suites
 * run only in the served VS Code: here trust is off, because nobody could answer the question for it.
 */
import { spawn } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { downloadAndUnzipVSCode } from "@vscode/test-electron";
import { testCacheFolder } from "../../scripts/vscode/installOnce.mjs";
import { createTemporaryFolder } from "../support/temporaryFolder.ts";
import { HostRecord, type HostRun } from "../support/workbench/hostRecord.ts";
import { bundleSuites } from "./bundleSuites.ts";
import { preparePlace } from "./places.ts";
import { printRun } from "./printRun.ts";
import { chooseSuites, type HostSuite } from "./suites.ts";

/** What test-electron itself starts VS Code with, and nothing of the person's: no data, no extensions. */
const flags = [
  "--disable-extensions",
  "--disable-gpu",
  "--disable-gpu-sandbox",
  "--disable-updates",
  "--disable-workspace-trust",
  "--no-cached-data",
  "--no-sandbox",
  "--skip-release-notes",
  "--skip-welcome",
];

const suites = chooseSuites(process.argv.slice(2)).filter(({ restricted }) => !restricted);
const testsFileOf = await bundleSuites(suites);
const program =
  process.env["VSCODE_EXECUTABLE"] ??
  (await downloadAndUnzipVSCode({ cachePath: join(testCacheFolder(), "vscode-desktop") }));
let failed = 0;
for (const suite of suites) {
  const run = await runOne(suite);
  failed += run.failed.length;
  printRun(suite.name, run);
}
process.exitCode = failed > 0 || suites.length === 0 ? 1 : 0;

async function runOne(suite: HostSuite): Promise<HostRun> {
  await using folder = await createTemporaryFolder({ prefix: "ai-orchestrator-workspace" });
  await using data = await createTemporaryFolder({ prefix: "ai-orchestrator-vscode" });
  await mkdir(data.join("home"), { mode: 0o700 });
  const place = await preparePlace(folder, suite);
  const opened = place === "nothing" ? [] : ["folder" in place ? place.folder : place.workspaceFile];
  return await runVsCode(
    [
      ...opened,
      ...flags,
      `--user-data-dir=${data.join("user")}`,
      `--extensions-dir=${data.join("extensions")}`,
      `--extensionDevelopmentPath=${suite.extensionFolder}`,
      `--extensionTestsPath=${testsFileOf(suite)}`,
    ],
    data.join("home"),
  );
}

async function runVsCode(parameters: string[], home: string): Promise<HostRun> {
  // VS Code's own variables, as they are in its terminal, would tie this one to that window.
  const hidden = /^(ANTHROPIC_(API_KEY|AUTH_TOKEN|BASE_URL)$|VSCODE_|ELECTRON_)/;
  const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !hidden.test(name)));
  const record = new HostRecord();
  const child = spawn(program, parameters, {
    env: { ...environment, AI_ORCHESTRATOR_HOME: home },
    stdio: ["ignore", "pipe", "pipe"],
  });
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => record.add(line));
  }
  const exit = await new Promise<number | string>((resolve) => {
    child.on("error", (error) => resolve(`could not be started: ${error.message}`));
    child.on("close", (code, signal) => resolve(code ?? `ended by ${signal}`));
  });
  return record.end(exit);
}
