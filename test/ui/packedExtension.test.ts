/** The packed extension, installed as a person installs it, in a VS Code that knows nothing of this project's folder. */
import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { createTemporaryFolder } from "../support/temporaryFolder.ts";
import { productFolder } from "../support/workbench/product.ts";
import { expectSoon } from "../support/expectSoon.ts";
import { monitorOf, openProduct, productForTest } from "../support/workbench/productWindow.ts";

const run = promisify(execFile);

it("runs the demo goal", async () => {
  await using folder = await createTemporaryFolder();
  const file = folder.join("packed.vsix");
  const { stdout } = await run(process.execPath, [path.join(productFolder, "scripts/package.mjs"), file]);
  process.stdout.write(stdout);

  const product = await productForTest({ model: "none", vsixFile: file, files: { "README.md": "# Sample\n" } });
  const { extensionsFolder } = product.vscode.server;
  const installed = await readdir(extensionsFolder, { recursive: true });
  expect(installed).toContainEqual(expect.stringContaining("dist/extension.js"));
  expect(installed).toContainEqual(expect.stringContaining("dist/THIRD-PARTY-NOTICES.txt"));
  // What runs a plugin, and the types a new one is written against: the only declarations that are packed.
  for (const name of ["pluginProcess.js", "pluginGuest.js", "pluginZod.js", "plugin.js", "plugin.d.ts", "quickjs.wasm"])
    expect(installed).toContainEqual(expect.stringContaining(`dist/${name}`));
  expect(installed.filter((name) => /node_modules|\.map$|(?<!\/plugin\.d)\.ts$|cli\.js$/.test(name))).toEqual([]);
  const workbench = await openProduct(product);
  await workbench.runCommand("AI Orchestrator: Run Demo Goal");
  const monitor = await monitorOf(workbench);
  await expectSoon(() => monitor.locator(".fact.status").textContent()).toContain("Completed");
  const session = await product.newestSession();
  expect(session).toMatchObject({ effectiveStatus: "completed", demo: true });
  expect((await product.workspace.files()).filter((name) => name.startsWith("demo-report-"))).toHaveLength(1);
});
