/** The monitor's views as axe sees them, in a dark, a light and a high-contrast theme. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import type { Browser, Frame } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openMonitor, startChromium } from "../support/monitorPreview/previewBrowser.ts";
import { PreviewServer } from "../support/monitorPreview/previewServer.ts";

const THEMES = ["dark", "light", "highContrast"] as const;

let browser: Browser;
let server: PreviewServer;
let axe: string;

beforeAll(async () => {
  browser = await startChromium();
  server = await PreviewServer.start();
  axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
});
afterAll(async () => {
  await browser.close();
  await server[Symbol.asyncDispose]();
});

/** What is done to see more, one after the other on the same page. */
type Stage = readonly [name: string, prepare: (frame: Frame) => Promise<void>];

const tab = (name: string): Stage => [name, (frame) => frame.locator(`#tab-${name}`).click()];
const clicks = (name: string, selector: string): Stage => [name, (frame) => frame.locator(selector).first().click()];

/** Every view, by the scenario it is shown with. */
const SCENARIO_STAGES: Readonly<Record<string, readonly Stage[]>> = {
  loading: [],
  missing: [],
  planning: [],
  running: [
    clicks("a step that was chosen", ".plan-node"),
    tab("timeline"),
    tab("charts"),
    tab("team"),
    clicks("a link that may be opened", ".markdown-link"),
  ],
  approval: [],
  question: [],
  watchingQuestion: [],
  failed: [
    clicks("the plan as a list", "plan-view .icon-button"),
    tab("events"),
    ["an event", (frame) => openEvent(frame)],
  ],
  interrupted: [],
  finished: [
    clicks("an agent that has ended", ".folded-agents summary"),
    ["tool calls", (frame) => openCalls(frame)],
    tab("charts"),
    clicks("values of the charts", ".chart-table summary"),
    ["a moment of the past", (frame) => goToBeginning(frame)],
  ],
  hostile: [],
};

async function openEvent(frame: Frame): Promise<void> {
  await frame.locator(".log-line").first().click();
  await frame.locator(".log-detail pre").waitFor();
}

async function openCalls(frame: Frame): Promise<void> {
  await frame.locator("agent-card summary", { hasText: "writer_1012" }).click();
  await frame.locator("tool-calls summary").last().click();
}

async function goToBeginning(frame: Frame): Promise<void> {
  await frame.locator(".time-slider").focus();
  await frame.page().keyboard.press("Home");
  await frame.locator(".is-past").waitFor();
}

describe.each(THEMES)("in the theme %s", (theme) => {
  test.each(Object.entries(SCENARIO_STAGES))("%s: axe finds nothing to complain about", async (scenario, stages) => {
    const { frame, page } = await openMonitor(browser, server, { scenario, theme }, { width: 1000, height: 900 });
    try {
      await frame.evaluate(axe);
      expect(await complaints(frame)).toEqual([]);
      for (const [name, prepare] of stages) {
        await prepare(frame);
        expect(await complaints(frame), name).toEqual([]);
      }
    } finally {
      await page.context().close();
    }
  });
});

async function complaints(frame: Frame): Promise<unknown[]> {
  const { violations, passes } = await frame.evaluate<AxeResults>("axe.run(document)");
  // Otherwise it has looked at nothing.
  expect(passes.length).toBeGreaterThan(5);
  return violations.map(({ id, nodes }) => [id, nodes.map(({ html, failureSummary }) => [html, failureSummary])]);
}
