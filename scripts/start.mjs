/** `npm start -- …`: sets up what is missing, then becomes the command line (dist/cli.js) under Node 24. */
import { spawn } from "node:child_process";
import path from "node:path";
import { prepare } from "./prepare.mjs";
import { personalEnvironment, root, SetUpError } from "./project.mjs";

/** Signals that a terminal sends to every process in the foreground, so the child has them already. */
const TERMINAL_SIGNALS = new Set(["SIGINT", "SIGQUIT", "SIGHUP"]);

/**
 * Runs the child to its end and ends as it did. Until then nothing ends this process: the child decides
 * what a signal means (Ctrl-C saves the session first).
 *
 * @param {string} command
 * @param {string[]} parameters
 */
function become(command, parameters) {
  const child = spawn(command, parameters, { stdio: "inherit", env: personalEnvironment() });
  const onTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  for (const signal of /** @type {NodeJS.Signals[]} */ (["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"])) {
    process.on(signal, () => {
      // Windows has no signals to pass on; a kill there would end the child before it could save.
      if (process.platform === "win32" || (onTerminal && TERMINAL_SIGNALS.has(signal))) return;
      child.kill(signal);
    });
  }
  child.on("error", (error) => {
    process.stderr.write(`${command} could not be started: ${error.message}\n`);
    process.exit(1);
  });
  child.on("close", (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

try {
  const node = await prepare({ withBuild: true });
  become(node, [path.join(root, "dist", "cli.js"), ...process.argv.slice(2)]);
} catch (error) {
  if (!(error instanceof SetUpError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
