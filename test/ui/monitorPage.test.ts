import type { Browser, Frame } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { openMonitor, startChromium } from "../support/monitorPreview/previewBrowser.ts";
import type { OpenMonitor } from "../support/monitorPreview/previewBrowser.ts";
import { PreviewServer } from "../support/monitorPreview/previewServer.ts";
import { SCENARIOS } from "../support/monitorPreview/scenarios.ts";

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

async function open(
  scenario: string,
  options: { width?: number; theme?: string; reduceMotion?: boolean } = {},
): Promise<OpenMonitor> {
  const { width = 1200, theme = "dark", reduceMotion = false } = options;
  const monitor = await openMonitor(browser, server, { scenario, theme, reduceMotion }, { width, height: 900 });
  opened.push(monitor);
  return monitor;
}

/** What a page comes to show; the limit is only reached by a fault. */
function expectEventually<Value>(read: () => Promise<Value>) {
  return expect.poll(read, { timeout: 20_000 });
}

/** Name of what has the focus: its label, else its text. */
function focused(frame: Frame): Promise<string> {
  return frame.evaluate<string>(
    `(() => { const it = document.activeElement; return it.getAttribute("aria-label") ?? it.tagName.toLowerCase() + " " + it.textContent.trim().replace(/\\s+/g, " ").slice(0, 60); })()`,
  );
}

describe("in every scenario", () => {
  test.each(Object.keys(SCENARIOS))(
    "%s: the policy blocks nothing and nothing is wider than 300 px",
    async (scenario) => {
      const monitor = await open(scenario, { width: 300 });
      expect(await monitor.frame.evaluate("document.documentElement.scrollWidth")).toBe(300);
      expect(await monitor.troubles()).toEqual([]);
    },
  );
});

describe("text of others", () => {
  test("is text wherever it is shown", async () => {
    const { frame, troubles } = await open("hostile");
    for (const summary of await frame.locator("summary").all()) await summary.click();
    expect(await frame.locator("orchestrator-monitor :is(script, img, style, a, iframe)").count()).toBe(0);
    expect(await frame.evaluate("document.title")).toBe("AI Orchestrator");
    expect(await frame.locator("live-text").first().textContent()).toContain("<script>document.title='owned'</script>");
    expect(await frame.locator(".subject").textContent()).toContain(".vscode/⟨U+202E⟩tasks.json");
    const shown = (await frame.locator("orchestrator-monitor").textContent()) ?? "";
    expect(shown).not.toMatch(/[\u001b\u0007\r\u202e\u200b]/u);
    expect(await troubles()).toEqual([]);
  });
});

describe("the text of an agent", () => {
  const scroller = `document.querySelector("agent-card .live-text-scroller")`;
  const isAtEnd = `${scroller}.scrollTop + ${scroller}.clientHeight >= ${scroller}.scrollHeight - 8`;

  test("follows its end until one scrolls up, and again when one wants it", async () => {
    const { frame } = await open("running");
    await expectEventually(() => frame.evaluate(`${scroller}.scrollTop > 60 && ${isAtEnd}`)).toBe(true);
    await frame.evaluate(`${scroller}.scrollTop = 10`);
    const newest = frame.getByRole("button", { name: "Newest text" });
    await newest.waitFor();
    const length = await frame.evaluate<number>(`${scroller}.textContent.length`);
    await expectEventually(() => frame.evaluate(`${scroller}.textContent.length > ${length + 50}`)).toBe(true);
    expect(await frame.evaluate(`${scroller}.scrollTop`)).toBe(10);
    await newest.click();
    await expectEventually(() => frame.evaluate(isAtEnd)).toBe(true);
    expect(await newest.count()).toBe(0);
    const grown = await frame.evaluate<number>(`${scroller}.scrollHeight`);
    await expectEventually(() => frame.evaluate(`${scroller}.scrollHeight > ${grown} && ${isAtEnd}`)).toBe(true);
  });

  test("says that its beginning is left out when it is long", async () => {
    const { frame } = await open("long");
    expect(await frame.locator("live-text .omitted").textContent()).toBe("Earlier text is left out here.");
    expect(await frame.evaluate(`${scroller}.textContent.length`)).toBeLessThan(70_000);
  });

  test("unfolds of an agent that has ended", async () => {
    const { frame, page } = await open("finished");
    expect(await frame.locator("live-text").count()).toBe(0);
    await frame.locator("agent-card summary", { hasText: "writer_1012" }).focus();
    await page.keyboard.press("Enter");
    await expectEventually(() => frame.locator("live-text").textContent()).toContain("Welcome. This guide");
  });
});

describe("the goal", () => {
  test("of fifty kilobytes is cut, and shown whole when one wants it", async () => {
    const { frame } = await open("long");
    const goal = frame.locator(".goal-text .clamped-text");
    const height = async (): Promise<number> => (await goal.boundingBox())?.height ?? 0;
    expect(await height()).toBeLessThan(60);
    await frame.getByRole("button", { name: "Show all of the goal" }).click();
    await frame.getByRole("button", { name: "Show less of the goal" }).waitFor();
    expect(await height()).toBeGreaterThan(300);
    expect((await goal.textContent())?.length).toBeGreaterThan(50_000);
  });
});

describe("by keyboard alone", () => {
  test("a question is read and answered, and the focus goes on to the next", async () => {
    const { frame, page, said } = await open("approval");
    const passed: string[] = [];
    await frame.locator("main").focus();
    for (let count = 0; count < 17; count += 1) {
      await page.keyboard.press("Tab");
      passed.push(await focused(frame));
    }
    expect(passed).toEqual([
      "vscode-button Show in Sessions",
      "vscode-button Pause",
      "vscode-button Stop",
      "Replay the session",
      "Moment that is shown",
      "Speed of the replay: 10 times",
      "What exactly would happen",
      "vscode-button Allow once",
      "vscode-button Allow for session",
      "vscode-button Deny",
      "What exactly would happen",
      "vscode-button Allow once",
      "vscode-button Deny",
      "Team",
      "Show the plan as a list",
      expect.stringContaining("1. Survey the repository"),
      "Text of analyst_1005",
    ]);
    await frame.locator("approval-request").first().getByText("Allow for session").focus();
    await page.keyboard.press("Enter");
    await expectEventually(() => frame.locator("approval-request").count()).toBe(1);
    await expectEventually(() => focused(frame)).toBe("vscode-button Allow once");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Space");
    await expectEventually(() => frame.locator("approval-request").count()).toBe(0);
    await expectEventually(() => frame.evaluate("document.activeElement.tagName")).toBe("MAIN");
    expect(await said()).toEqual(
      expect.arrayContaining([
        { type: "answerApproval", approvalId: "approval_1", decision: "allow_session" },
        { type: "answerApproval", approvalId: "approval_2", decision: "deny" },
      ]),
    );
  });

  test("what only the person knows is written and sent, and the focus goes on to the next", async () => {
    const { frame, page, said } = await open("question");
    const first = frame.locator("question-request").first();
    const send = first.getByRole("button", { name: "Send", exact: true });
    await expectEventually(() => send.isDisabled()).toBe(true);
    await frame.getByRole("textbox", { name: "Your answer, in other words" }).focus();
    await page.keyboard.type("For both,");
    await page.keyboard.press("Enter");
    await page.keyboard.type("in one file");
    await expectEventually(() => send.isDisabled()).toBe(false);
    await page.keyboard.press("Control+Enter");
    await expectEventually(() => frame.locator("question-request").count()).toBe(1);
    await expectEventually(() => focused(frame)).toBe("vscode-button Allow once");
    await page.keyboard.press("Enter");
    await expectEventually(() => focused(frame)).toBe("Your answer");
    await page.keyboard.type("24");
    // Until there is something to send, the key goes past the button.
    await expectEventually(() => send.isDisabled()).toBe(false);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await expectEventually(() => frame.locator("question-request").count()).toBe(0);
    expect(await said()).toEqual(
      expect.arrayContaining([
        { type: "answerQuestion", questionId: "question_1", text: "For both,\nin one file" },
        { type: "answerQuestion", questionId: "question_2", text: "24" },
      ]),
    );
  });

  test("a suggested answer is sent with one key, and one who only watches gets none", async () => {
    const { frame, page, said } = await open("question");
    await frame.getByRole("group", { name: "Suggested answers" }).getByText("New people of the team").focus();
    await page.keyboard.press("Enter");
    await expectEventually(() => frame.locator("question-request").count()).toBe(1);
    expect(await said()).toContainEqual({
      type: "answerQuestion",
      questionId: "question_1",
      text: "New people of the team",
    });
    const { frame: watched } = await open("watchingQuestion");
    await watched.getByText("New people of the team").waitFor();
    expect(await watched.locator("question-request :is(vscode-button, vscode-text-area)").count()).toBe(0);
  });

  test("what has the focus shows it", async () => {
    const { frame, page } = await open("finished");
    await frame.locator("main").focus();
    for (const _ of ["Show in Sessions", "docs/contributing.md"]) await page.keyboard.press("Tab");
    const outline = `getComputedStyle(document.activeElement)`;
    expect(await frame.evaluate(`${outline}.outlineStyle + " " + ${outline}.outlineColor`)).toBe(
      "solid rgb(0, 120, 212)",
    );
  });
});

describe("what a person does", () => {
  test("a stop is asked once and ends the session", async () => {
    const { frame, said } = await open("running");
    await frame.getByText("Stop", { exact: true }).click();
    await expectEventually(() => frame.locator(".fact.status").textContent()).toContain("Interrupted");
    expect(await frame.locator("vscode-button", { hasText: "Stop" }).getAttribute("disabled")).not.toBeNull();
    expect((await said()).filter((message) => (message as { type: string }).type === "stop")).toHaveLength(1);
  });

  test("a refusal is told and can be dismissed", async () => {
    const { frame } = await open("finished");
    await frame.getByRole("button", { name: "docs/contributing.md" }).first().click();
    const alert = frame.getByRole("alert");
    await expectEventually(() => alert.textContent()).toContain("The preview opens no files: docs/contributing.md");
    await alert.getByRole("button", { name: "Dismiss" }).click();
    await expectEventually(() => alert.count()).toBe(0);
  });

  test("who may only watch has no buttons that interfere", async () => {
    const { frame } = await open("watching");
    expect(await frame.locator("main vscode-button").allTextContents()).toEqual(["Show in Sessions"]);
    expect(await frame.locator("approval-request").count()).toBe(2);
    expect(await frame.locator("approval-request").first().textContent()).toContain(
      "start the dashboard with --control",
    );
  });

  test("where no file can be opened, files are mere text", async () => {
    const { frame } = await open("watchingFinished");
    await frame.locator(".folded-agents summary", { hasText: "writer_1012" }).click();
    const card = frame.locator("agent-card", { hasText: "writer_1012" });
    await card.locator("tool-calls summary").click();
    await expectEventually(() => card.locator(".effect").count()).toBeGreaterThan(0);
    expect(await card.locator(".output").allTextContents()).toContain("docs/contributing.md");
    expect(await frame.locator(".result .output").count()).toBeGreaterThan(0);
    expect(await frame.locator("button:is(.effect), .outputs button").count()).toBe(0);
  });
});

describe("for who does not see or does not want it all", () => {
  test("open questions are announced", async () => {
    const { frame } = await open("approval");
    await expectEventually(() => frame.locator("[aria-live=polite]").textContent()).toBe(
      "researcher_1005 asks whether it may use bash. analyst_1005 asks whether it may use bash.",
    );
  });

  test("nothing moves when motion is reduced", async () => {
    const animation = `getComputedStyle(document.querySelector(".spins")).animationName`;
    const { frame: moving } = await open("running");
    expect(await moving.evaluate(animation)).toBe("spin");
    const { frame: still } = await open("running", { reduceMotion: true });
    expect(await still.evaluate(animation)).toBe("none");
  });
});

describe("the page", () => {
  test("keeps what a serializer needs to bring it back", async () => {
    const { page } = await open("running");
    expect(await page.evaluate("window.preview.state")).toEqual({ sessionId: "session_preview" });
  });

  test("acknowledges what it drew", async () => {
    const { said } = await open("finished");
    await expectEventually(said).toEqual([{ type: "ready" }, { type: "ack", sequence: 1 }]);
  });
});
