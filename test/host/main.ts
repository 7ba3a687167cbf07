/**
 * Runs the suites inside the extension host of the served VS Code:
 * `node test/host/main.ts [--report FILE] [SUITE…]`. Exit code 1 if anything failed.
 *
 * The report has the fields of vitest's JSON report that count: numPassedTests, numFailedTests, testResults.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { createTemporaryFolder } from "../support/temporaryFolder.ts";
import type { HostRun } from "../support/workbench/hostRecord.ts";
import { runHostTests } from "../support/workbench/hostTests.ts";
import { startVsCode, type VsCodeForTests } from "../support/workbench/vscodeForTests.ts";
import { bundleSuites } from "./bundleSuites.ts";
import { preparePlace } from "./places.ts";
import { printRun } from "./printRun.ts";
import { chooseSuites, type HostSuite } from "./suites.ts";

const { values, positionals } = parseArgs({ options: { report: { type: "string" } }, allowPositionals: true });
const chosen = chooseSuites(positionals);
const testsFileOf = await bundleSuites(chosen);
let passed = 0;
let failed = 0;
for (const restricted of [false, true]) {
  const suites = chosen.filter((suite) => suite.restricted === restricted);
  if (suites.length === 0) continue;
  await using vscode = await startVsCode({ testDriver: true, workspaceTrust: restricted });
  for (const suite of suites) {
    const run = await runOne(vscode, suite);
    passed += run.passed.length;
    failed += run.failed.length;
    printRun(suite.name, run);
  }
}
if (values.report !== undefined) {
  writeFileSync(values.report, JSON.stringify({ numPassedTests: passed, numFailedTests: failed, testResults: [] }));
}
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;

async function runOne(vscode: VsCodeForTests, suite: HostSuite): Promise<HostRun> {
  await using folder = await createTemporaryFolder({ prefix: "ai-orchestrator-workspace" });
  return await runHostTests(vscode, await preparePlace(folder, suite), {
    extensionFolder: suite.extensionFolder,
    testsFile: testsFileOf(suite),
  });
}
