/** What the monitor says when its session is gone or cannot be read. */
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { openMonitor, startChromium } from "../support/monitorPreview/previewBrowser.ts";
import type { OpenMonitor } from "../support/monitorPreview/previewBrowser.ts";
import { PreviewServer } from "../support/monitorPreview/previewServer.ts";

let browser: Browser;
let server: PreviewServer;
const opened: OpenMonitor[] = [];

beforeAll(async () => {
  browser = await startChromium();
  server = await PreviewServer.start();
});
afterEach(async () => {
  for (const { page } of opened.splice(0)) await page.context().close();
});
afterAll(async () => {
  await browser.close();
  await server[Symbol.asyncDispose]();
});

async function open(scenario: string, view?: string): Promise<OpenMonitor> {
  const place = { scenario, theme: "dark" };
  const monitor = await openMonitor(browser, server, place, { width: 1200, height: 900 });
  opened.push(monitor);
  if (view !== undefined) await monitor.frame.locator(`#tab-${view}`).click();
  return monitor;
}

/** What a page comes to show; the limit is only reached by a fault. */
function expectEventually<Value>(read: () => Promise<Value>) {
  return expect.poll(read, { timeout: 20_000 });
}

describe("a session that is deleted", () => {
  test("while it is watched is said to be gone", async () => {
    const { frame, page } = await open("running", "events");
    await page.evaluate("window.preview.send({ type: 'delete the session' })");
    await expectEventually(() => frame.locator("h1").allTextContents()).toEqual(["This session is no longer there"]);
  });
});

describe("a session that cannot be read", () => {
  test("is said to be out of date until it can", async () => {
    const { frame, page } = await open("running");
    await page.evaluate("window.preview.send({ type: 'break the store' })");
    const alert = frame.getByRole("alert");
    await expectEventually(() => alert.allTextContents()).toEqual([
      expect.stringMatching(
        /tried again.\s+What you see may be out of date.\s+Error: The session store cannot be read./,
      ),
    ]);
    expect(await frame.locator("agent-card").count()).toBeGreaterThan(0);
    await page.evaluate("window.preview.send({ type: 'mend the store' })");
    await expectEventually(() => alert.count()).toBe(0);
  });
});

describe("an event that cannot be read", () => {
  test("says so, and is read when one tries again", async () => {
    const { frame, page } = await open("finished", "events");
    await frame.locator(".log-line").first().waitFor();
    await page.evaluate("window.preview.send({ type: 'break the store' })");
    await frame.locator(".log-line").last().click();
    const detail = frame.locator(".log-detail");
    await detail.getByText("It could not be read.").waitFor();
    await page.evaluate("window.preview.send({ type: 'mend the store' })");
    await detail.getByRole("button", { name: "Try again" }).click();
    await expectEventually(() => detail.locator("pre").textContent()).toContain("workflow_completed");
    await frame.locator(".log-filter select").selectOption("tools");
    await expectEventually(() => frame.locator(".log-line").count()).toBeGreaterThan(0);
    await page.evaluate("window.preview.send({ type: 'break the store' })");
    await frame.locator(".log-filter select").selectOption("money");
    const list = frame.locator(".log-scroller");
    await list.getByText("The events could not be read.").waitFor();
    await page.evaluate("window.preview.send({ type: 'mend the store' })");
    await list.getByRole("button", { name: "Try again" }).click();
    await expectEventually(() => list.locator(".log-line").count()).toBeGreaterThan(0);
  });
});
