/** `npm run screenshots [FOLDER]`: pictures of the product in a real VS Code, in light, dark and high contrast. */
import { spawn } from "node:child_process";
import path from "node:path";
import { prepare } from "./prepare.mjs";
import { root, toolEnvironment } from "./project.mjs";

const node = await prepare({ withBuild: true });
const folder = path.resolve(process.argv[2] ?? path.join(root, "media", "screenshots"));
const child = spawn(node, [path.join(root, "test/support/workbench/takeScreenshots.ts"), folder], {
  cwd: root,
  env: toolEnvironment(node),
  stdio: "inherit",
});
child.on("close", (code) => (process.exitCode = code ?? 1));
