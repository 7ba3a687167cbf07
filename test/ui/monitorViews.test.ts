/** The monitor's views: text as Markdown, plan, tool calls, timeline, charts, events, time slider, controls. */
import type { Browser, Frame } from "playwright-core";
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

async function open(scenario: string, options: { width?: number; view?: string } = {}): Promise<OpenMonitor> {
  const place = { scenario, theme: "dark" };
  const monitor = await openMonitor(browser, server, place, { width: options.width ?? 1200, height: 900 });
  opened.push(monitor);
  if (options.view !== undefined) await monitor.frame.locator(`#tab-${options.view}`).click();
  return monitor;
}

/** What a page comes to show; the limit is only reached by a fault. */
function expectEventually<Value>(read: () => Promise<Value>) {
  return expect.poll(read, { timeout: 20_000 });
}

/** What has the focus, by its name. */
function focused(frame: Frame): Promise<string> {
  return frame.evaluate<string>(
    `(() => { const it = document.activeElement; return (it.getAttribute("aria-label") ?? it.textContent).trim().replace(/\\s+/g, " "); })()`,
  );
}

describe("text of agents", () => {
  test("is Markdown: titles, lists, code and emphasis", async () => {
    const { frame } = await open("running");
    const text = frame.getByRole("group", { name: "Text of analyst_1005" });
    expect(await text.getByRole("heading").textContent()).toBe("From the router to the database");
    expect(await text.locator("ol > li").count()).toBe(3);
    expect(await text.locator("pre code").textContent()).toContain("await sessions.userOf(");
    expect(await text.locator("strong").textContent()).toBe("never");
  });

  test("shows where a link leads and opens it only on a yes", async () => {
    const { frame, page, said } = await open("running");
    const links = async (): Promise<unknown[]> =>
      (await said()).filter((message) => (message as { type: string }).type === "openLink");
    await frame.getByRole("button", { name: "the notes" }).focus();
    // The paragraph the link is in grows, and another follows it, which takes nothing from who is at the link.
    const text = frame.getByRole("group", { name: "Text of analyst_1005" });
    const length = async (): Promise<number> => ((await text.textContent()) ?? "").length;
    const before = await length();
    await expectEventually(async () => (await length()) > before + 300).toBe(true);
    expect(await focused(frame)).toBe("the notes");
    await page.keyboard.press("Enter");
    const dialog = frame.getByRole("dialog", { name: "Open this link?" });
    expect(await dialog.locator(".link-target").textContent()).toBe("https://example.org/notes");
    await page.keyboard.press("Escape");
    await expectEventually(() => dialog.count()).toBe(0);
    expect(await links()).toEqual([]);
    await frame.getByRole("button", { name: "the notes" }).click();
    await dialog.getByText("Open", { exact: true }).click();
    await expectEventually(links).toEqual([{ type: "openLink", url: "https://example.org/notes" }]);
  });

  test("of others makes nothing but text: no markup, no picture, no command, no file", async () => {
    const { frame, page, troubles } = await open("hostileMarkdown");
    const requests: string[] = [];
    page.on("request", (request) => requests.push(request.url()));
    const text = frame.locator(".live-text-content");
    await expectEventually(() => text.textContent()).toContain("The end of it.");
    expect(await text.locator(":is(script, img, iframe, a, form, input, style, svg, video, object)").count()).toBe(0);
    const within = `[...document.querySelectorAll(".live-text-content *")]`;
    const kinds = await frame.evaluate(`[...new Set(${within}.flatMap((it) => it.getAttributeNames()))].sort()`);
    expect(kinds).toEqual(["aria-level", "class", "data-url", "role", "start", "title", "type"]);
    const links = await frame.evaluate(`${within}.flatMap((it) => it.dataset.url ?? [])`);
    expect(links).toEqual([
      "https://example.org/beacon.png",
      "https://xn--exmple-4nf.org/",
      "mailto:a@example.org",
      "https://example.org",
    ]);
    expect(await frame.evaluate("document.title")).toBe("AI Orchestrator");
    expect(requests.filter((url) => !url.startsWith(server.origin))).toEqual([]);
    expect(await troubles()).toEqual([]);
  });

  test("is drawn from its end when it is long, and soon all of it", async () => {
    const { frame } = await open("long");
    await frame.locator("#tab-charts").click();
    await expectEventually(() => frame.locator("live-text").count()).toBe(0);
    await frame.evaluate(`window.drawn = [];
      new MutationObserver(() => {
        const text = document.querySelector(".live-text-content")?.textContent ?? "";
        if (text !== "" && text.length !== window.drawn.at(-1)?.length) window.drawn.push(text);
      }).observe(document.querySelector(".views"), { childList: true, characterData: true, subtree: true });`);
    await frame.locator("#tab-team").click();
    await expectEventually(() => frame.evaluate("window.drawn.at(-1)?.length ?? 0")).toBeGreaterThan(60_000);
    const [first = "", ...later] = await frame.evaluate<string[]>("window.drawn");
    expect(first.length).toBeLessThanOrEqual(8_192 + 4_096);
    expect(later.every((text) => text.endsWith(first))).toBe(true);
    const end = "document.querySelector('.live-text-scroller')";
    expect(await frame.evaluate(`${end}.scrollTop + ${end}.clientHeight >= ${end}.scrollHeight - 8`)).toBe(true);
  });

  test("of ten megabytes in one line does not hold the page up", async () => {
    const { frame } = await open("oneLine");
    await expectEventually(() => frame.locator(".live-text-content").textContent()).toContain("The end of it.");
    expect(await frame.evaluate("document.querySelector('.live-text-content').textContent.length")).toBeLessThan(
      80_000,
    );
    expect(await frame.evaluate("document.documentElement.scrollWidth")).toBe(1200);
  });
});

describe("the plan", () => {
  test("is a graph one walks through with the arrow keys, and a step tells more", async () => {
    const { frame, page } = await open("running");
    await frame.locator(".plan-node").first().focus();
    expect(await focused(frame)).toContain("Completed: 1. Survey the repository");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowDown");
    expect(await focused(frame)).toMatch(/Running: (?:3|4)\. .*after 1/);
    await page.keyboard.press("End");
    expect(await focused(frame)).toContain("6. Check the guide against the code");
    expect(await focused(frame)).toContain("on the critical path");
    await page.keyboard.press("Home");
    await page.keyboard.press("Enter");
    const details = frame.getByRole("group", { name: "Step 1" });
    await details.getByText("List the packages, their entry points").waitFor();
    await details.getByRole("button", { name: "researcher_1001" }).click();
    await expectEventually(() => focused(frame)).toContain("Completed: researcher_1001");
  });

  test("is a list where there is no room, and where one likes it better", async () => {
    const { frame: narrow } = await open("running", { width: 300 });
    await expectEventually(() => narrow.locator("plan-list").count()).toBe(1);
    expect(await narrow.locator("plan-graph").count()).toBe(0);
    const { frame } = await open("running");
    await frame.getByRole("button", { name: "Show the plan as a list" }).click();
    await expectEventually(() => frame.locator("plan-list .step").count()).toBe(6);
    await frame.getByRole("button", { name: "Show the plan as a graph" }).click();
    await expectEventually(() => frame.locator(".plan-node").count()).toBe(6);
  });

  test("of fifty steps is drawn whole and scrolls", async () => {
    const { frame } = await open("long");
    await expectEventually(() => frame.locator(".plan-node").count()).toBe(50);
    expect(await frame.evaluate("document.documentElement.scrollWidth")).toBe(1200);
  });
});

describe("what tools did", () => {
  test("is told call by call, and every change of a file opens", async () => {
    const { frame, said } = await open("finished");
    const card = frame.locator("agent-card", { hasText: "writer_1012" });
    await card.locator("summary").first().click();
    await card.getByText("1 tool call, 3 files changed").click();
    await card.locator(".effect").first().waitFor();
    const changes = await frame.evaluate(`[...document.querySelectorAll(".effect")].map((it) => it.title)`);
    expect(changes).toEqual(["Created: docs/contributing.md", "Changed: README.md", "Deleted: docs/old-notes.md"]);
    await card.getByRole("button", { name: "Changed: README.md" }).click();
    await expectEventually(said).toContainEqual({
      type: "openDiff",
      sessionId: "session_preview",
      toolUseId: "write_1",
      path: "README.md",
    });
    await frame.getByRole("alert").getByText("The preview compares no files: README.md of write_1").waitFor();
  });
});

describe("the timeline", () => {
  test("has a row for every step that began and every agent, and leads to its card", async () => {
    const { frame } = await open("finished", { view: "timeline" });
    await frame.locator(".time-rows").waitFor();
    const names = await frame.locator(".time-name-text").allTextContents();
    expect(names.map((name) => name.trim())).toEqual([
      "planner_1000",
      ...["1. Survey the repository", "researcher_1001", "2. Follow a request through the server", "analyst_1005"],
      ...["3. Find out how it is built and tested", "researcher_1005"],
      ...["4. Collect the conventions the code follows", "reviewer_1005"],
      ...["5. Write the contributor guide", "writer_1012", "6. Check the guide against the code", "reviewer_1016"],
    ]);
    await frame.getByRole("button", { name: "writer_1012" }).click();
    await expectEventually(() => focused(frame)).toContain("Completed: writer_1012");
  });

  test("moves no bar because somebody writes", async () => {
    const { frame, page, said } = await open("running", { view: "timeline" });
    await frame.locator(".time-rows").waitFor();
    await page.clock.install();
    await page.clock.pauseAt(Date.now() + 60_000);
    await frame.evaluate(`window.changes = 0;
      const all = { attributes: true, childList: true, characterData: true, subtree: true };
      const observer = new MutationObserver((changes) => (window.changes += changes.length));
      observer.observe(document.querySelector("time-line"), all);
      // The next tick is one of the real clock; a page that comes into sight sets another.
      document.dispatchEvent(new Event("visibilitychange"));`);
    const changes = (): Promise<number> => frame.evaluate<number>("window.changes");
    const drawn = async (): Promise<number> =>
      (await said()).filter((message) => (message as { type: string }).type === "ack").length;
    // Bars grow by the second: from the moment in which they did, a second is free of it.
    for (let waited = 0; (await changes()) === 0; waited += 20) {
      expect(waited).toBeLessThan(2_000);
      await page.clock.runFor(20);
    }
    await frame.evaluate("window.changes = 0");
    const before = await drawn();
    for (let waited = 0; (await drawn()) < before + 5; waited += 1) {
      expect(waited).toBeLessThan(900);
      await page.clock.runFor(1);
    }
    expect(await changes()).toBe(0);
  });
});

describe("the charts", () => {
  test("draw what the session used, and say the same in words and as a table", async () => {
    const { frame, troubles } = await open("finished", { view: "charts" });
    await expectEventually(() => frame.locator(".chart canvas").count()).toBe(3);
    const isDrawn = `[...document.querySelectorAll(".chart canvas")].every((it) => it.getContext("2d").getImageData(0, 0, it.width, it.height).data.some((value) => value > 0))`;
    await expectEventually(() => frame.evaluate(isDrawn)).toBe(true);
    expect(await frame.locator(".chart").last().textContent()).toContain("$0.48");
    await frame.getByText("The same as a table").click();
    const header = frame.locator(".chart-table thead th");
    await expectEventually(() => header.allTextContents()).toEqual(["After", "CPU", "Memory", "Tokens", "Cost"]);
    expect(await frame.locator(".chart-table tbody tr").count()).toBeGreaterThan(5);
    expect(await troubles()).toEqual([]);
  });

  test("say so when there is nothing to draw", async () => {
    const { frame } = await open("planning", { view: "charts" });
    await expectEventually(() => frame.locator("usage-charts").textContent()).toContain("There is nothing to draw yet");
  });
});

describe("the list of events", () => {
  test("is searched and filtered, and an event unfolds", async () => {
    const { frame, page } = await open("finished", { view: "events" });
    const types = frame.locator(".log-type");
    await expectEventually(() => types.last().textContent()).toContain("Session completed");
    await frame.getByRole("combobox", { name: /^Show/ }).selectOption("tools");
    await expectEventually(async () => [...new Set(await types.allTextContents())].toSorted()).toEqual([
      "Tool call",
      "Tool result",
    ]);
    await frame.getByRole("textbox", { name: "Search in events" }).fill("old-notes");
    await expectEventually(() => types.allTextContents()).toEqual(["Tool result"]);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await expectEventually(() => frame.locator(".log-detail pre").textContent()).toContain('"toolUseId": "write_1"');
    await frame.getByRole("textbox", { name: "Search in events" }).fill("no event has this");
    await frame.getByText("No event is like that.").waitFor();
  });

  test("of a long session holds few rows, goes back to the first and forth to the newest by keyboard", async () => {
    const { frame, page } = await open("manyEvents", { view: "events" });
    const lines = frame.locator(".log-line");
    await expectEventually(() => lines.last().textContent()).toContain("Turn 6000");
    expect(await lines.count()).toBeLessThan(80);
    await lines.last().focus();
    await page.keyboard.press("PageUp");
    await expectEventually(() => focused(frame)).toContain("Turn 5990");
    await page.keyboard.press("Home");
    await expectEventually(() => focused(frame)).toContain("Session created");
    expect(await lines.count()).toBeLessThan(80);
    for (let count = 0; count < 3; count += 1) await page.keyboard.press("ArrowDown");
    await expectEventually(() => focused(frame)).toContain("Request paid");
    await page.keyboard.press("End");
    await expectEventually(() => focused(frame)).toContain("Turn 6000");
  });
});

describe("the time slider", () => {
  test("shows every view as it was, without controls, and leads back to now", async () => {
    const { frame, page } = await open("finished");
    await frame.locator(".time-slider").focus();
    await page.keyboard.press("Home");
    await frame.getByText("You see the session as it was.").waitFor();
    await expectEventually(() => frame.locator(".fact.status").textContent()).toContain("Planning");
    for (let count = 0; count < 16; count += 1) await page.keyboard.press("ArrowRight");
    await expectEventually(() => frame.locator(".fact.status").textContent()).toContain("Running");
    expect(await frame.locator(".session-actions vscode-button").allTextContents()).toEqual(["Show in Sessions"]);
    expect(await frame.locator("session-result").count()).toBe(0);
    await frame.locator("#tab-events").click();
    await expectEventually(() => frame.locator(".log-type").last().textContent()).not.toContain("Session completed");
    await frame.locator("#tab-timeline").click();
    await frame.locator(".time-rows").waitFor();
    expect(await frame.locator(".time-row.is-step").count()).toBeLessThan(6);
    await frame.getByText("Back to now").click();
    await expectEventually(() => frame.locator(".fact.status").textContent()).toContain("Completed");
    await expectEventually(() => frame.locator(".time-row.is-step").count()).toBe(6);
  });

  test("replays the session from its beginning to its end", async () => {
    const { frame } = await open("finished");
    for (let count = 0; count < 2; count += 1) await frame.locator(".speed-button").click();
    await frame.getByRole("button", { name: "Speed of the replay: 1 times" }).waitFor();
    for (let count = 0; count < 2; count += 1) await frame.locator(".speed-button").click();
    await frame.getByRole("button", { name: "Replay the session" }).click();
    await frame.getByText("You see the session as it was.").waitFor();
    await expectEventually(() => frame.locator(".fact.status").textContent()).toContain("Running");
    await frame.getByRole("button", { name: "Replay the session" }).waitFor();
    await expectEventually(() => frame.locator(".fact.status").textContent()).toContain("Completed");
  });

  test("tells what waits for the person while one looks at the past", async () => {
    const { frame, page } = await open("approval");
    await frame.locator(".time-slider").focus();
    await page.keyboard.press("Home");
    await frame.getByText("2 questions for you wait now.").waitFor();
    expect(await frame.locator("approval-request").count()).toBe(0);
  });
});

describe("controls", () => {
  test("hold the run and let it go on", async () => {
    const { frame, said } = await open("running");
    await frame.getByText("Pause", { exact: true }).click();
    await expectEventually(() => frame.locator(".fact.status").textContent()).toContain("Paused");
    await frame.getByText("Continue", { exact: true }).click();
    await expectEventually(() => frame.locator(".fact.status").textContent()).toContain("Running");
    expect(await said()).toEqual(expect.arrayContaining([{ type: "pause" }, { type: "continue" }]));
  });

  test("run a step of an ended session again", async () => {
    const { frame, said } = await open("failed");
    await frame.locator(".plan-node", { hasText: "4. Collect" }).click();
    await frame.getByRole("button", { name: "Run again: Collect the conventions the code follows" }).click();
    await expectEventually(said).toContainEqual({ type: "retryStep", stepId: "conventions" });
  });

  test("show how much of the budget is spent", async () => {
    const { frame } = await open("finished");
    const meter = frame.getByRole("meter", { name: "Budget of the session" });
    expect([await meter.getAttribute("aria-valuenow"), await meter.getAttribute("aria-valuetext")]).toEqual([
      "97",
      "$0.48 of $0.50 spent",
    ]);
  });
});

describe("at twice the size", () => {
  test("everything is there and nothing is wider than the page", async () => {
    for (const view of ["team", "timeline", "charts", "events"]) {
      const { frame, page } = await open("running", { width: 640, view });
      // What a browser's zoom of 200 % leaves.
      await page.setViewportSize({ width: 320, height: 450 });
      await expectEventually(() => frame.evaluate("document.documentElement.scrollWidth")).toBe(320);
    }
  });
});
