import { findChromium } from "../../scripts/vscode/chromium.mjs";
import { installServedWorkbench } from "../../scripts/vscode/servedInstall.mjs";

/** Installs before the first test, which therefore measures no download. */
export async function setup(): Promise<void> {
  await Promise.all([installServedWorkbench(), findChromium()]);
}
