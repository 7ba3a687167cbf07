/** `npm run test:electron [-- SUITE…]`: the suites of test/host inside a desktop VS Code, which is downloaded if need be. */
import { spawnSync } from "node:child_process";
import path from "node:path";
import { prepare } from "../prepare.mjs";
import { root, SetUpError, toolEnvironment } from "../project.mjs";

try {
  const node = await prepare({ withBuild: true });
  const parameters = [path.join(root, "test", "host", "electron.ts"), ...process.argv.slice(2)];
  const { status } = spawnSync(node, parameters, { cwd: root, env: toolEnvironment(node), stdio: "inherit" });
  process.exitCode = status ?? 1;
} catch (error) {
  if (!(error instanceof SetUpError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
