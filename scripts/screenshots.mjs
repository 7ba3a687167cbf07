/**
 * `npm run screenshots`: the pictures of the README, in a real VS Code; `npm run screenshots -- FOLDER`: all there are, in
 * light, dark and high contrast.
 */
import { spawn } from "node:child_process";
import path from "node:path";
import { prepare } from "./prepare.mjs";
import { root, toolEnvironment } from "./project.mjs";

const node = await prepare({ withBuild: true });
const given = process.argv[2];
const folder = path.resolve(given ?? path.join(root, "media", "screenshots"));
const script = path.join(root, "test/support/workbench/takeScreenshots.ts");
const child = spawn(node, [script, folder, given === undefined ? "shown" : "all"], {
  cwd: root,
  env: toolEnvironment(node),
  stdio: "inherit",
});
child.on("close", (code) => (process.exitCode = code ?? 1));
