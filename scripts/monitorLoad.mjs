/** `npm run monitor:load [SECONDS]`: the monitor under load in Chromium, as the browser's own trace and heap tell it. */
import { spawn } from "node:child_process";
import path from "node:path";
import { prepare } from "./prepare.mjs";
import { root, toolEnvironment } from "./project.mjs";

const node = await prepare({ withBuild: true });
const child = spawn(node, [path.join(root, "test/support/monitorLoad/main.ts"), ...process.argv.slice(2)], {
  cwd: root,
  env: toolEnvironment(node),
  stdio: "inherit",
});
child.on("close", (code) => (process.exitCode = code ?? 1));
