/** The dashboard's pages in a browser, served by the server itself over the real engine. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { DashboardServer } from "../../src/dashboard/dashboardServer.ts";
import { dashboardOf } from "../support/dashboardClient.ts";
import { createGate } from "../support/gate.ts";
import { oneStep } from "../support/goalScenarios.ts";
import { say, slow, useTool } from "../support/modelServerReplies.ts";
import { expectSoon } from "../support/expectSoon.ts";
import { startChromium } from "../support/monitorPreview/previewBrowser.ts";
import { TestEngine } from "../support/testEngine.ts";

let browser: Browser;
let engine: TestEngine;
let server: DashboardServer;
let context: BrowserContext;
let page: Page;
let gate = createGate();
/** What the console called an error, or the policy blocked. */
let troubles: string[] = [];

beforeAll(async () => {
  browser = await startChromium();
});

afterAll(async () => {
  await browser.close();
});

beforeEach(async () => {
  gate = createGate();
  engine = await TestEngine.start({
    script: oneStep([useTool("glob", { pattern: "*" }), slow({ hold: gate }, say("The end."))]),
  });
  server = dashboardOf(engine.engine, { control: true });
  context = await browser.newContext({ viewport: { width: 900, height: 700 } });
  page = await watched(await context.newPage());
});

afterEach(async () => {
  gate.open();
  await context.close();
  await server.stop();
  await engine[Symbol.asyncDispose]();
});

async function watched(opened: Page): Promise<Page> {
  troubles = [];
  opened.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") troubles.push(message.text());
  });
  opened.on("pageerror", (error) => troubles.push(String(error)));
  return opened;
}

/** A run that waits for its second answer. */
async function startHeld() {
  const running = await engine.engine.orchestrator.start({
    goal: "Write the yearly report",
    sessionId: "session_test",
    workspaceFolders: engine.folders,
  });
  await gate.reached();
  return running;
}

const rows = () => page.locator(".session-row");
const status = () => page.locator("session-header .status");

describe("the key", () => {
  test("comes with the link, leaves the address, stays with the tab, and is nowhere else", async () => {
    await page.goto(await server.start());
    await page.getByText("No sessions yet").waitFor();
    expect(page.url()).toBe(`${server.origin}/`);
    await page.reload();
    await page.getByText("No sessions yet").waitFor();
    expect(await context.cookies()).toEqual([]);
    expect(await page.evaluate("Object.keys(localStorage).length")).toBe(0);
    const other = await context.newPage();
    await other.goto(`${server.origin}/`);
    await other.getByText("This address lacks its key").waitFor();
    expect(troubles).toEqual([]);
  });

  test("is missing: the page of a session says how to open it, and asks the server for nothing", async () => {
    await server.start();
    const asked: string[] = [];
    page.on("request", (request) => asked.push(new URL(request.url()).pathname));
    await page.goto(`${server.origin}/sessions/session_test`);
    await page.getByText("ai-orchestrator --dashboard").waitFor();
    expect(await page.locator("orchestrator-monitor").isVisible()).toBe(false);
    expect(asked.filter((path) => path.startsWith("/api/"))).toEqual([]);
    expect(troubles).toEqual([]);
  });

  test("of a server that was started anew fits no more, and the page says so", async () => {
    await page.goto(`${await server.start()}x`);
    await page.getByText("The dashboard was started anew").waitFor();
    await page.reload();
    await page.getByText("This address lacks its key").waitFor();
    expect(await page.evaluate("sessionStorage.length")).toBe(0);
  });
});

describe("the list", () => {
  test("shows what runs, follows it, filters, and leads to the session", async () => {
    await engine.engine.sessions.createSession({ sessionId: "kept_by_api" });
    await page.goto(await server.start());
    await rows().first().waitFor();
    const running = await startHeld();
    const row = rows().filter({ hasText: "Write the yearly report" });
    await row.getByText("1 agent at work").waitFor();
    await expectSoon(() => row.innerText()).toMatch(/Running\s+0 of 1 steps/);
    await page.getByLabel("Filter sessions").fill("YEARLY");
    await expectSoon(() => rows().count()).toBe(1);
    await page.getByLabel("Filter sessions").fill("nothing like it");
    await page.getByText("No session fits the filter.").waitFor();
    await page.getByLabel("Filter sessions").fill("");
    gate.open();
    await running.ended;
    await row.getByText("Completed", { exact: true }).waitFor();
    await row.focus();
    await page.keyboard.press("Enter");
    await status().getByText("Completed").first().waitFor();
    expect(page.url()).toBe(`${server.origin}/sessions/session_test`);
    await expectSoon(() => page.title()).toBe("Write the yearly report · AI Orchestrator");
    await page.getByRole("link", { name: "All sessions" }).click();
    await rows().first().waitFor();
    expect(troubles).toEqual([]);
  });

  test("says so when the server stops, and goes on when it is back", async () => {
    await page.goto(await server.start());
    await page.getByText("No sessions yet").waitFor();
    await server.stop();
    await page.getByRole("alert").getByText("The dashboard does not answer").waitFor();
    await page.getByRole("button", { name: "Try now" }).click();
    await engine.engine.sessions.createSession({ sessionId: "made_meanwhile" });
    await server.start();
    await rows().first().waitFor();
    await expectSoon(() => page.getByRole("alert").count()).toBe(0);
  });
});

describe("a tab nobody looks at", () => {
  const hide = (opened: Page, isHidden: boolean) =>
    opened.evaluate(`Object.defineProperty(document, "hidden", { configurable: true, get: () => ${isHidden} });
      document.dispatchEvent(new Event("visibilitychange"));`);

  test("says so when it is looked at again and the server is gone meanwhile, and finds back", async () => {
    await page.clock.install();
    await page.goto(await server.start());
    await page.getByText("No sessions yet").waitFor();
    const stream = page.waitForEvent("requestfailed");
    await hide(page, true);
    await page.clock.fastForward(11_000);
    await stream;
    await server.stop();
    await engine.engine.sessions.createSession({ sessionId: "made_meanwhile" });
    await hide(page, false);
    await page.getByRole("alert").getByText("The dashboard does not answer").waitFor();
    await server.start();
    // It tries again by itself.
    await rows().first().waitFor();
    await expectSoon(() => page.getByRole("alert").count()).toBe(0);
  });

  test("gives its connection back, though it was never seen", async () => {
    await page.clock.install();
    await page.addInitScript(`Object.defineProperty(document, "hidden", { configurable: true, get: () => true });`);
    await page.goto(await server.start());
    await page.getByText("No sessions yet").waitFor();
    const stream = page.waitForEvent("requestfailed");
    await page.clock.fastForward(11_000);
    await stream;
    await engine.engine.sessions.createSession({ sessionId: "made_meanwhile" });
    await hide(page, false);
    await rows().first().waitFor();
    expect(troubles).toEqual([]);
  });
});

describe("a session", () => {
  test("is followed to its end, and can be stopped where control was given", async () => {
    const running = await startHeld();
    await page.goto(await server.start());
    await rows().click();
    await status().getByText("Running").first().waitFor();
    await page.getByRole("button", { name: "Stop" }).click();
    await status().getByText("Interrupted").first().waitFor();
    await running.ended;
    expect((await Array.fromAsync(running.events())).at(-1)).toMatchObject({ by: "dashboard" });
    expect(troubles).toEqual([]);
  });

  test("goes on where it was after the server was away, with what happened meanwhile", async () => {
    const running = await startHeld();
    await page.goto(await server.start());
    await rows().click();
    await status().getByText("Running").first().waitFor();
    await server.stop();
    await page.getByRole("alert").getByText("What you see may be out of date").waitFor();
    await expectSoon(() => status().innerText()).toContain("Running");
    gate.open();
    await running.ended;
    await server.start();
    // It finds back by itself.
    await status().getByText("Completed").first().waitFor();
    await expectSoon(() => page.getByRole("alert").count()).toBe(0);
  });

  test("that is deleted while it is watched is gone, and the way back is there", async () => {
    await engine.engine.sessions.createSession({ sessionId: "kept" });
    await page.goto(await server.start());
    await rows().click();
    await page.locator("session-header").waitFor();
    await engine.engine.sessions.deleteSession("kept");
    await page.getByText("This session is no longer there").waitFor();
    await page.getByRole("link", { name: "All sessions" }).click();
    await page.getByText("No sessions yet").waitFor();
    expect(troubles).toEqual([]);
  });

  test("is only shown where control was not given", async () => {
    await server.stop();
    server = dashboardOf(engine.engine);
    await startHeld();
    await page.goto(await server.start());
    await rows().click();
    await status().getByText("Running").first().waitFor();
    await page.getByText("Read only").waitFor();
    expect(await page.getByRole("button", { name: "Stop" }).count()).toBe(0);
  });
});

describe("looks", () => {
  test.each([
    ["light", "no-preference", "rgb(255, 255, 255)", "vscode-light"],
    ["dark", "no-preference", "rgb(18, 19, 20)", "vscode-dark"],
    ["light", "more", "rgb(255, 255, 255)", "vscode-high-contrast-light"],
    ["dark", "more", "rgb(0, 0, 0)", "vscode-high-contrast"],
  ] as const)("it has colours of its own: %s, contrast %s", async (colorScheme, contrast, background, kind) => {
    await page.emulateMedia({ colorScheme, contrast });
    await startHeld();
    await page.goto(await server.start());
    await rows().click();
    await page.getByRole("button", { name: "Stop" }).waitFor();
    const colours = "[getComputedStyle(document.body).backgroundColor, document.body.className]";
    expect(await page.evaluate<[string, string]>(colours)).toEqual([background, kind]);
    const style = await page.evaluate<string[]>(`(() => {
      const { color, backgroundColor } = getComputedStyle(document.querySelector("session-header vscode-button"));
      return [color, backgroundColor];
    })()`);
    expect(new Set(style).size).toBe(2);
  });

  test.each([
    ["light", "no-preference"],
    ["dark", "no-preference"],
    ["dark", "more"],
  ] as const)("axe finds nothing to complain about: %s, contrast %s", async (colorScheme, contrast) => {
    const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
    const complaints = async (): Promise<unknown[]> => {
      await page.evaluate(axe);
      const { violations } = await page.evaluate<AxeResults>("axe.run(document)");
      return violations.map(({ id, nodes }) => [id, nodes.map(({ html, failureSummary }) => [html, failureSummary])]);
    };
    await page.emulateMedia({ colorScheme, contrast });
    const link = await server.start();
    await page.goto(`${server.origin}/`);
    await page.getByText("This address lacks its key").waitFor();
    expect(await complaints()).toEqual([]);
    await startHeld();
    await page.goto(link);
    await rows().waitFor();
    expect(await complaints()).toEqual([]);
    await rows().click();
    await status().waitFor();
    expect(await complaints()).toEqual([]);
    await server.stop();
    await page.getByRole("alert").waitFor();
    expect(await complaints()).toEqual([]);
  });

  test("a session a program keeps does not seem to run", async () => {
    await engine.engine.sessions.createSession({ sessionId: "kept" });
    await page.goto(await server.start());
    await rows().getByText("Kept", { exact: true }).waitFor();
    expect(await page.getByRole("heading", { name: "Running" }).count()).toBe(0);
    await rows().click();
    await status().getByText("Kept").first().waitFor();
    expect(await page.locator("session-header elapsed-time").count()).toBe(0);
    expect(await page.getByRole("button", { name: "Stop" }).count()).toBe(0);
  });

  test("nothing is wider than a page of 300 pixels", async () => {
    await startHeld();
    await page.setViewportSize({ width: 300, height: 600 });
    await page.goto(await server.start());
    await rows().waitFor();
    const overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth";
    expect(await page.evaluate(overflow)).toBe(0);
    await rows().click();
    await status().waitFor();
    expect(await page.evaluate(overflow)).toBe(0);
  });
});
