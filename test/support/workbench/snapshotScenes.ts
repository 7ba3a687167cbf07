/** Pictures of a session's snapshots: what a step changed, and the question before a restore. */
import { RELEASE_FILES, RELEASE_GOAL, releaseScript } from "../releaseGoal.ts";
import type { ColourTheme } from "./colourTheme.ts";
import { startProduct } from "./product.ts";
import type { Workbench } from "./workbench.ts";

export type Shot = (workbench: Workbench, name: string) => Promise<void>;

const SIZE = { width: 1440, height: 900 };

export async function takeSnapshots(theme: ColourTheme, shot: Shot): Promise<void> {
  await using product = await startProduct({
    files: RELEASE_FILES,
    settings: { "aiOrchestrator.monitor.openOnRun": false },
  });
  product.vscode.useTheme(theme);
  product.play(releaseScript());
  const workbench = await product.vscode.open({ folder: product.workspace.path }, { size: SIZE });
  const { page } = workbench;
  await workbench.openContainer("AI Orchestrator");
  await workbench.runCommand("AI Orchestrator: Run Goal…");
  await workbench.answer("Run Goal", RELEASE_GOAL);
  await workbench.notification("The goal is reached").waitFor();
  await workbench.runCommand("Notifications: Clear All Notifications");
  await workbench.expand(/^Sessions/, RELEASE_GOAL);
  await workbench.expand(/^Sessions/, "Snapshots");
  await workbench.treeItem(/^Sessions/, "v1 as the session found it").waitFor();
  for (const key of ["ArrowDown", "ArrowDown", "ArrowRight"]) await page.keyboard.press(key);
  await workbench.treeItem(/^Sessions/, "src/tides.ts, modified").waitFor();
  await workbench.treeItem(/^Sessions/, 'v2 after "Correct the tides"').click();
  await page.getByText("Height in metres").first().waitFor();
  await shot(workbench, "changes");
  await product.workspace.write({ "src/tides.ts": "// mine\n" });
  const first = workbench.treeItem(/^Sessions/, "v1 as the session found it");
  await first.hover();
  await first.getByRole("button", { name: "Restore Snapshot…" }).click();
  await page.getByPlaceholder(/^Ticked files are restored/).waitFor();
  await shot(workbench, "restore");
  await page.keyboard.press("Enter");
  await page.getByPlaceholder(/^Conflict 1 of 1: src\/tides\.ts/).waitFor();
  await shot(workbench, "conflict");
  await workbench.close();
}
