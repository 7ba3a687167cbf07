/** Takes the pictures of the README: the same scenes in three themes, made with a scripted model that waits. */
import { mkdir } from "node:fs/promises";
import path from "node:path";
import type { Frame } from "playwright-core";
import { createGate } from "../gate.ts";
import { planOf, step } from "../goalScenarios.ts";
import { say, stall, useTool } from "../modelServerReplies.ts";
import { byAgent } from "../modelServerScripts.ts";
import type { ColourTheme } from "./colourTheme.ts";
import { productId, startProduct } from "./product.ts";
import { takePlugin } from "./pluginScenes.ts";
import { takeSnapshots, type Shot } from "./snapshotScenes.ts";
import type { Workbench } from "./workbench.ts";

const GOAL = "Write release notes for version 2.0";
const SIZE = { width: 1440, height: 900 };
const THEMES: readonly ColourTheme[] = ["light", "dark", "highContrast"];

const FILES = {
  "README.md": "# Tide tables\n\nComputes tide tables.\n",
  "CHANGES.md": "# Changes\n\n- Harmonic constants are cached.\n- The command line takes several stations.\n",
  "src/tides.ts": "export function height(hours: number): number {\n  return Math.cos(hours / 12.42);\n}\n",
};

/** Those that the README shows. */
const SHOWN = new Set([
  "approval-dark",
  "changes-light",
  "restore-dark",
  "plugin-light",
  "charts-light",
  "empty-light",
]);

const [folder, wanted] = process.argv.slice(2);
if (folder === undefined) throw new Error("Say into which folder the pictures go.");
await mkdir(folder, { recursive: true });
for (const theme of THEMES) await takeAll(theme, folder);

async function takeAll(theme: ColourTheme, into: string): Promise<void> {
  const shot = async (workbench: Workbench, name: string): Promise<void> => {
    if (wanted !== "all" && !SHOWN.has(`${name}-${theme}`)) return;
    // The pointer would leave a tooltip or a highlight in the picture.
    await workbench.page.mouse.move(SIZE.width / 2, SIZE.height - 1);
    await workbench.page.screenshot({ path: path.join(into, `${name}-${theme}.png`) });
  };
  await takeEmpty(theme, shot);
  await takeRun(theme, shot);
  await takeSnapshots(theme, shot);
  await takePlugin(theme, shot);
}

async function takeEmpty(theme: ColourTheme, shot: Shot): Promise<void> {
  await using product = await startProduct({ model: "none", files: FILES });
  product.vscode.useTheme(theme);
  const workbench = await product.vscode.open({ folder: product.workspace.path }, { size: SIZE });
  await workbench.openContainer("AI Orchestrator");
  await workbench.page.getByRole("button", { name: "Run Demo Goal" }).waitFor();
  await shot(workbench, "empty");
  await workbench.typeIntoPalette("AI Orchestrator: Run");
  await workbench.page.getByRole("option", { name: /Run Goal…/ }).waitFor();
  await shot(workbench, "palette");
  await workbench.close();
}

async function takeRun(theme: ColourTheme, shot: Shot): Promise<void> {
  await using product = await startProduct({ files: FILES });
  product.vscode.useTheme(theme);
  const held = createGate();
  product.play(
    byAgent({
      planner: [
        planOf(
          { ...step("changes"), title: "Collect what changed", agentType: "researcher" },
          { ...step("code"), title: "Look at the code", agentType: "analyst" },
          {
            ...step("notes"),
            title: "Write the notes",
            agentType: "writer",
            dependsOn: ["changes", "code"],
            outputFile: "RELEASE-NOTES.md",
          },
        ),
      ],
      steps: {
        [step("changes").description]: [
          [say("I read the list of changes first."), useTool("read", { file_path: "CHANGES.md" })],
          stall(
            8,
            held,
            say(
              "Two things changed for users: harmonic constants are cached now, and the command line takes several stations at once.",
            ),
          ),
        ],
        [step("code").description]: [
          [say("The height is computed in one place."), useTool("bash", { command: "git log --oneline -5" })],
          say("One function computes the height; its signature did not change."),
        ],
        [step("notes").description]: [
          say("# Version 2.0\n\n- Harmonic constants are cached.\n- Several stations at once."),
        ],
      },
    }),
  );
  const workbench = await product.vscode.open({ folder: product.workspace.path }, { size: SIZE });
  await workbench.openContainer("AI Orchestrator");
  await workbench.runCommand("AI Orchestrator: Run Goal…");
  await workbench.answer("Run Goal", GOAL);
  await held.reached(1);
  const monitor: Frame = await workbench.webview(productId);
  await monitor.locator("approval-request").waitFor();
  await workbench.expand(/^Sessions/, "Write release notes");
  await workbench.notification(/git log/).waitFor();
  await shot(workbench, "approval");
  await workbench
    .notification(/git log/)
    .getByRole("button", { name: "Deny" })
    .click();
  await monitor.locator("approval-request").waitFor({ state: "detached" });
  await workbench.page.getByRole("button", { name: "Agents Section" }).click();
  await workbench.treeItem(/^Agents/, "Running").waitFor();
  await shot(workbench, "running");
  held.open();
  await monitor.locator(".fact.status", { hasText: "Completed" }).waitFor();
  await workbench.notification(/The goal is reached/).waitFor();
  await workbench.treeItem(/^Sessions/, "Today").waitFor();
  await shot(workbench, "finished");
  for (const tab of ["Timeline", "Charts", "Events"]) {
    await monitor.getByRole("tab", { name: tab }).click();
    await monitor.getByRole("tabpanel", { name: tab }).waitFor();
    await shot(workbench, tab.toLowerCase());
  }
  await workbench.runCommand("AI Orchestrator: Show Output");
  await workbench.page.getByText("[session] completed").first().waitFor();
  await shot(workbench, "output");
  await workbench.close();
}
