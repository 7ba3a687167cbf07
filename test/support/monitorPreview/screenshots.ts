/**
 * `node test/support/monitorPreview/screenshots.ts FOLDER [SCENARIO[:VIEW]…]`: pictures of the preview in every theme
 * and width. A view is one of the monitor's tabs.
 */
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { openMonitor, startChromium } from "./previewBrowser.ts";
import { PREVIEW_THEMES } from "./previewThemes.ts";
import { PreviewServer } from "./previewServer.ts";

const WIDTHS = [300, 900, 1600];
const THEMES = process.env["THEMES"]?.split(",") ?? PREVIEW_THEMES;
const [folder = "screenshots", ...wanted] = process.argv.slice(2);
const scenarios = wanted.length > 0 ? wanted : ["loading", "running", "approval", "failed", "finished"];

await mkdir(folder, { recursive: true });
await using server = await PreviewServer.start();
const browser = await startChromium();
try {
  for (const wish of scenarios) {
    const [scenario = "", view] = wish.split(":");
    for (const theme of THEMES) {
      for (const width of WIDTHS) {
        const monitor = await openMonitor(
          browser,
          server,
          { scenario, theme },
          { width, height: width < 500 ? 1400 : 900 },
        );
        if (view !== undefined) await monitor.frame.locator(`#tab-${view}`).click();
        const file = path.join(folder, `${wish.replace(":", "-")}-${theme}-${width}.png`);
        await monitor.page.screenshot({ path: file });
        for (const trouble of await monitor.troubles()) process.stderr.write(`${path.basename(file)}: ${trouble}\n`);
        await monitor.page.context().close();
      }
    }
  }
} finally {
  await browser.close();
}
