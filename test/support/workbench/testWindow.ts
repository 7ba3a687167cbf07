import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { testCacheFolder } from "../../../scripts/vscode/installOnce.mjs";
import type { Place } from "./place.ts";
import type { VsCodeForTests, WindowOptions } from "./vscodeForTests.ts";
import type { Workbench } from "./workbench.ts";

/** Opens a window for the running test: closed when it ends, and if it fails, photographed before. */
export async function openForTest(vscode: VsCodeForTests, place: Place, options?: WindowOptions): Promise<Workbench> {
  const workbench = await vscode.open(place, options);
  onTestFinished(async ({ task }) => {
    if (task.result?.state === "fail") await photograph(workbench, task.name);
    await workbench.close();
  });
  return workbench;
}

async function photograph(workbench: Workbench, testName: string): Promise<void> {
  const folder = join(testCacheFolder(), "ui-failures");
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${testName.replaceAll(/[^a-zA-Z0-9]+/g, "-").slice(0, 80)}.png`);
  await workbench.screenshot(file);
  process.stderr.write(`How the window looked when "${testName}" failed: ${file}\n`);
}
