/** A person meets a plugin: is told of it, looks at what it could do, grants it, and is asked again when it changed. */
import { expect, test } from "vitest";
import { openProduct, productForTest } from "../support/workbench/productWindow.ts";
import { pluginText } from "../support/pluginText.ts";

const FILE = ".ai-orchestrator/plugins/notes.js";

test("a plugin is reviewed, granted, changed and reviewed again", async () => {
  const text = (version: string, ...permissions: string[]) =>
    pluginText({ name: "notes", version, permissions, execute: "return 1" });
  const product = await productForTest({ files: { [FILE]: text("1.0.0", "files:read:docs/**") } });
  const workbench = await openProduct(product);
  const plugin = (words: RegExp) => workbench.page.getByRole("treeitem", { name: words });
  await workbench.openContainer("AI Orchestrator");
  await workbench.runCommand("AI Orchestrator: Focus on Plugins View");
  await plugin(/^notes, 1\.0\.0 · not granted/).waitFor();

  await workbench
    .notification(/The plugin notes is not used/)
    .getByRole("button", { name: "Review…" })
    .click();
  const first = workbench.modal("Let the plugin notes 1.0.0 run?");
  await first.waitFor();
  expect(await first.textContent()).toContain("Read the files docs/** of the workspace.");
  await first.getByRole("button", { name: "Grant", exact: true }).click();
  await plugin(/^notes, 1\.0\.0 · running/).waitFor();

  await product.workspace.write({ [FILE]: text("1.1.0", "files:read:docs/**", "files:write") });
  await plugin(/^notes, 1\.1\.0 · changed since it was granted/).waitFor();
  await workbench.runCommand("AI Orchestrator: Review and Grant Plugin…");
  await workbench.choose("notes");
  const second = workbench.modal(/The plugin notes 1\.1\.0 changed since you granted it/);
  await second.waitFor();
  expect(await second.textContent()).toContain("New: Change and create all files of the workspace");
  await second.getByRole("button", { name: "Show Difference" }).click();
  await workbench.page.getByRole("tab", { name: /notes 1\.1\.0\.diff/ }).waitFor();
  await plugin(/^notes, 1\.1\.0 · changed since it was granted/).waitFor();
});
