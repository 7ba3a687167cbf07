/** Pictures of what a person is asked about a plugin: before it runs at all, and when it wants more. */
import { pluginText } from "../pluginText.ts";
import type { ColourTheme } from "./colourTheme.ts";
import { startProduct } from "./product.ts";
import type { Shot } from "./snapshotScenes.ts";

const FILE = ".ai-orchestrator/plugins/word_statistics.js";
const SIZE = { width: 1440, height: 900 };

export async function takePlugin(theme: ColourTheme, shot: Shot): Promise<void> {
  const text = (version: string, ...permissions: string[]): string =>
    pluginText({ name: "word_statistics", version, permissions, execute: "return 1" });
  await using product = await startProduct({ files: { [FILE]: text("1.0.0", "files:read:docs/**") } });
  product.vscode.useTheme(theme);
  const workbench = await product.vscode.open({ folder: product.workspace.path }, { size: SIZE });
  const plugin = (words: RegExp) => workbench.page.getByRole("treeitem", { name: words });
  await workbench.openContainer("AI Orchestrator");
  await workbench.runCommand("AI Orchestrator: Focus on Plugins View");
  await workbench
    .notification(/The plugin word_statistics is not used/)
    .getByRole("button", { name: "Review…" })
    .click();
  const first = workbench.modal("Let the plugin word_statistics 1.0.0 run?");
  await first.waitFor();
  await shot(workbench, "plugin");
  await first.getByRole("button", { name: "Grant", exact: true }).click();
  await plugin(/^word_statistics, 1\.0\.0 · running/).waitFor();
  await plugin(/^word_statistics, 1\.0\.0 · running/).click();
  await shot(workbench, "plugins");
  await product.workspace.write({ [FILE]: text("1.1.0", "files:read:docs/**", "files:write") });
  await plugin(/^word_statistics, 1\.1\.0 · changed since it was granted/).waitFor();
  await workbench.runCommand("AI Orchestrator: Review and Grant Plugin…");
  await workbench.choose("word_statistics");
  await workbench.modal(/The plugin word_statistics 1\.1\.0 changed since you granted it/).waitFor();
  await shot(workbench, "plugin-changed");
  await workbench.close();
}
