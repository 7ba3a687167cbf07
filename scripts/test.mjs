/**
 * `npm test`, or `npm test -- unit cli`: sets up what is missing, then runs the parts in the order of the
 * table below, every one even if another failed. The last line is `N passed, N failed`; exit code 1 if
 * anything failed or nothing was tested, 2 for a part that does not exist.
 */
import { spawn } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import { performance } from "node:perf_hooks";
import { prepare } from "./prepare.mjs";
import { readOrEmpty, root, SetUpError, toolEnvironment } from "./project.mjs";

/**
 * @typedef {object} Counts
 * @property {number} passed
 * @property {number} failed
 *
 * @typedef {object} Part
 * @property {string} name
 * @property {(node: string) => Promise<Counts>} run
 */

/** @type {Part[]} */
const parts = [
  { name: "build", run: runBuild },
  check("format", ["oxfmt/bin/oxfmt", "--check"]),
  check("lint", ["oxlint/bin/oxlint"]),
  // The monitor's page is a world of its own: a browser's types and none of Node's.
  check("types", ["typescript/bin/tsc", "-p", "tsconfig.json"], ["typescript/bin/tsc", "-p", "webview/tsconfig.json"]),
  suite("unit", "test/unit"),
  suite("cli", "test/cli"),
  suite("durability", "test/durability", "--config=test/durability/vitest.config.ts"),
  { name: "host", run: (node) => runReporting(node, "host", (report) => ["../test/host/main.ts", "--report", report]) },
  suite("ui", "test/ui", "--config=test/ui/vitest.config.ts"),
];

/**
 * Tools that find everything in order or fail; together they count as one test.
 *
 * @param {string} name
 * @param {...[script: string, ...parameters: string[]]} commands
 * @returns {Part}
 */
function check(name, ...commands) {
  return {
    name,
    async run(node) {
      let ok = true;
      for (const [script, ...parameters] of commands) {
        if ((await runTool(node, script, parameters)) !== 0) ok = false;
      }
      return ok ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
    },
  };
}

/** @returns {Promise<Counts>} */
async function runBuild() {
  try {
    await prepare({ withBuild: true });
    return { passed: 1, failed: 0 };
  } catch (error) {
    if (!(error instanceof SetUpError)) throw error;
    process.stdout.write(`${error.message}\n`);
    return { passed: 0, failed: 1 };
  }
}

/**
 * The tests of one folder.
 *
 * @param {string} name
 * @param {string} folder
 * @param {...string} options of vitest
 * @returns {Part}
 */
function suite(name, folder, ...options) {
  return {
    name,
    run: (node) =>
      runReporting(node, name, (report) => [
        "vitest/vitest.mjs",
        "run",
        `--dir=${folder}`,
        "--reporter=default",
        "--reporter=json",
        `--outputFile.json=${report}`,
        ...options,
      ]),
  };
}

/**
 * Runs something that writes a report as vitest does, and counts by it.
 *
 * @param {string} node
 * @param {string} name
 * @param {(report: string) => [script: string, ...parameters: string[]]} command
 * @returns {Promise<Counts>}
 */
async function runReporting(node, name, command) {
  const report = path.join(root, ".cache", "test", `${name}-${process.pid}.json`);
  mkdirSync(path.dirname(report), { recursive: true });
  try {
    const [script, ...parameters] = command(report);
    const code = await runTool(node, script, parameters);
    return countsOf(readOrEmpty(report), code);
  } finally {
    rmSync(report, { force: true });
  }
}

/**
 * @param {string} report vitest's JSON report, empty when it did not get that far
 * @param {number} code
 * @returns {Counts}
 */
function countsOf(report, code) {
  if (report === "") return { passed: 0, failed: 1 };
  const { numPassedTests, numFailedTests, testResults } = JSON.parse(report);
  // A file that does not load has failed, though none of its tests could be counted.
  const unloaded = testResults.filter(
    (/** @type {{ status: string, assertionResults: { status: string }[] }} */ file) =>
      file.status === "failed" && !file.assertionResults.some(({ status }) => status === "failed"),
  ).length;
  const failed = numFailedTests + unloaded;
  // Nothing to run, or an error outside every test, is a failure too.
  const unexplained = failed === 0 && (code !== 0 || numPassedTests === 0);
  return { passed: numPassedTests, failed: unexplained ? 1 : failed };
}

/**
 * @param {string} node
 * @param {string} script below node_modules, started without npm's shims, which differ between platforms
 * @param {string[]} parameters
 * @returns {Promise<number>} exit code
 */
function runTool(node, script, parameters) {
  return new Promise((resolve) => {
    const child = spawn(node, [path.join(root, "node_modules", script), ...parameters], {
      cwd: root,
      env: toolEnvironment(node),
      stdio: ["ignore", "inherit", "inherit"],
    });
    child.on("error", () => resolve(1));
    child.on("close", (code) => resolve(code ?? 1));
  });
}

/** @param {string[]} names */
async function main(names) {
  const unknown = names.filter((name) => !parts.some((part) => part.name === name));
  if (unknown.length > 0) {
    process.stderr.write(
      `There is no part ${unknown.join(", ")}. Parts: ${parts.map(({ name }) => name).join(", ")}.\n`,
    );
    return 2;
  }
  // The tests run what was built, so the build belongs to every choice.
  const chosen = parts.filter(({ name }) => names.length === 0 || name === "build" || names.includes(name));
  const total = { passed: 0, failed: 0 };
  const lines = [];
  let startedAt = performance.now();
  const node = await prepare({ withBuild: false });
  lines.push(line("set-up", "", startedAt));
  for (const part of chosen) {
    process.stdout.write(`\n— ${part.name}\n`);
    startedAt = performance.now();
    const { passed, failed } = await part.run(node);
    total.passed += passed;
    total.failed += failed;
    lines.push(line(part.name, `${passed} passed${failed === 0 ? "" : `, ${failed} failed`}`, startedAt));
  }
  process.stdout.write(`\n${lines.join("\n")}\n\n${total.passed} passed, ${total.failed} failed\n`);
  return total.failed > 0 || total.passed === 0 ? 1 : 0;
}

/**
 * @param {string} name
 * @param {string} outcome
 * @param {number} startedAt
 */
function line(name, outcome, startedAt) {
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  return `${name.padEnd(10)}${seconds.padStart(6)} s  ${outcome}`.trimEnd();
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof SetUpError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.stdout.write("0 passed, 1 failed\n");
  process.exitCode = 1;
}
