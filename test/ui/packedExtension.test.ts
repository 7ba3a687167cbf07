/** The packed extension, installed as a person installs it, in a VS Code that knows nothing of this project's folder. */
import { execFile } from "node:child_process";
import { stat } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { createTemporaryFolder } from "../support/temporaryFolder.ts";
import { productFolder } from "../support/workbench/product.ts";
import { expectSoon, monitorOf, openProduct, productForTest } from "../support/workbench/productWindow.ts";

const run = promisify(execFile);

it("runs the demo goal", async () => {
  await using folder = await createTemporaryFolder();
  const file = folder.join("packed.vsix");
  const { stdout } = await run(process.execPath, [path.join(productFolder, "scripts/package.mjs"), file]);
  expect(stdout).toMatch(/loaded at activation: \d+ KB/);
  expect((await stat(file)).size).toBeGreaterThan(0);

  const product = await productForTest({ model: "none", vsixFile: file, files: { "README.md": "# Sample\n" } });
  const workbench = await openProduct(product);
  await workbench.runCommand("AI Orchestrator: Run Demo Goal");
  const monitor = await monitorOf(workbench);
  await expectSoon(() => monitor.locator(".fact.status").textContent()).toContain("Completed");
  const session = await product.newestSession();
  expect(session).toMatchObject({ effectiveStatus: "completed", demo: true });
  expect((await product.workspace.files()).filter((name) => name.startsWith("demo-report-"))).toHaveLength(1);
});
