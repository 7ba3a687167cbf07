/** The preview in Chromium. */
import { chromium } from "playwright-core";
import type { Browser, Frame, Page } from "playwright-core";
import { chromiumFlags, findChromium } from "../../../scripts/vscode/chromium.mjs";
import type { PreviewPlace, PreviewServer } from "./previewServer.ts";

export async function startChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: await findChromium(), args: [...chromiumFlags] });
}

export interface OpenMonitor {
  /** The page around the monitor. */
  readonly page: Page;
  /** The monitor itself. */
  readonly frame: Frame;
  /** What the policy blocked, and what the console called an error. */
  readonly troubles: () => Promise<string[]>;
  /** What the monitor said to its host so far. */
  readonly said: () => Promise<unknown[]>;
}

/** Opens a scenario and waits until it is drawn. */
export async function openMonitor(
  browser: Browser,
  server: PreviewServer,
  place: PreviewPlace,
  viewport: { readonly width: number; readonly height: number },
): Promise<OpenMonitor> {
  const context = await browser.newContext({
    viewport,
    reducedMotion: place.reduceMotion ? "reduce" : "no-preference",
  });
  const page = await context.newPage();
  const errors: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") errors.push(message.text());
  });
  page.on("pageerror", (error) => errors.push(String(error)));
  await page.goto(server.urlOf(place));
  const frame = page.frame({ url: /\/monitor/ });
  if (!frame) throw new Error("The page has no frame.");
  const isDrawn = place.scenario === "loading" || place.scenario === "missing" ? ".notice" : "session-header h1";
  await frame.waitForSelector(isDrawn, { state: "attached" });
  await frame.evaluate("document.fonts.ready.then(() => undefined)");
  return {
    page,
    frame,
    troubles: async () => [...errors, ...(await frame.evaluate<string[]>("window.policyViolations"))],
    said: () => page.evaluate<unknown[]>("window.preview.said"),
  };
}
