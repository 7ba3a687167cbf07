/**
 * `npm run monitor:load [SECONDS]`: fifty agents that write two hundred pieces a second each, for a minute, and an hour
 * of a session replayed at speed, both in Chromium. Prints what the browser's own trace and heap say. Build first.
 */
import { openMonitor, startChromium } from "../monitorPreview/previewBrowser.ts";
import type { OpenMonitor } from "../monitorPreview/previewBrowser.ts";
import { PreviewServer } from "../monitorPreview/previewServer.ts";
import { heapOf, traced } from "./browserTrace.ts";
import type { FrameFigures } from "./browserTrace.ts";
import { agentBegins, chunk, faultIn, pieceOf, sessionBegins } from "./chunks.ts";
import { recordedHour } from "./recordedHour.ts";
import { measureReload } from "./reload.ts";
import { createLoadFeed, type LoadFeed } from "./loadFeed.ts";

const AGENTS = Array.from({ length: 50 }, (_, index) => `worker_${String(index + 1).padStart(2, "0")}`);
const PIECES_PER_SECOND = 200;
const TICK_MILLISECONDS = 5;
const IDLE_SECONDS = 5;
const HIDDEN_SECONDS = 2;
/** An hour passes in a minute. */
const REPLAY_SPEED = 60;
const REPLAY_TICK_MILLISECONDS = 20;
const ENDING = {
  ...{ workspace: "/home/ada/project", outputs: [], summary: "Done.", costUsd: null },
  usage: { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 },
};
const VIEWPORT = { width: 1600, height: 900 };

const seconds = Number(process.argv[2] ?? 60);
const load = createLoadFeed([sessionBegins(), ...AGENTS.map((agentId) => agentBegins(agentId))]);
const hour = recordedHour();
const [first, ...rest] = hour;
const replay = createLoadFeed(first?.drafts ?? [], first?.time);
print("hour: milliseconds until it can be shown", await measureReload(hour));
await using server = await PreviewServer.start(0, { load: load.open, hour: replay.open });
const browser = await startChromium();
try {
  await underLoad(await openMonitor(browser, server, { scenario: "load", theme: "dark" }, VIEWPORT));
  await replayed(await openMonitor(browser, server, { scenario: "hour", theme: "dark" }, VIEWPORT));
} finally {
  await browser.close();
}

async function underLoad({ page, frame }: OpenMonitor): Promise<void> {
  const host = await load.host;
  const session = await page.context().newCDPSession(page);
  print("heap at the start", await heapOf(session));
  let highest = 0;
  const watch = setInterval(() => {
    void session.send("Runtime.getHeapUsage").then(({ usedSize }) => (highest = Math.max(highest, usedSize)));
  }, 1_000);
  let written = 0;
  const figures = await traced(browser, page, async () => {
    written = await write(host, 0, seconds);
  });
  clearInterval(watch);
  print(`${AGENTS.length} agents × ${PIECES_PER_SECOND} pieces/s for ${seconds} s`, { written, posted: host.posted });
  printFrames("frames under load", figures);
  print("heap, highest seen once a second, in MB", { highest: highest / 1024 / 1024 });
  print("heap at the end", await heapOf(session));
  // Chromium without a screen hides no page; what the page itself does about it can be seen all the same.
  host.setHidden(true);
  await frame.evaluate(`Object.defineProperty(document, "hidden", { configurable: true, get: () => true });
    document.dispatchEvent(new Event("visibilitychange"));`);
  await page.waitForTimeout(1_500);
  const hidden = await traced(browser, page, async () => {
    written = await write(host, written / AGENTS.length, HIDDEN_SECONDS);
  });
  print("told that it is hidden, while they go on", { "own tasks": hidden.ownTasks });
  await frame.evaluate(`delete document.hidden; document.dispatchEvent(new Event("visibilitychange"));`);
  host.setHidden(false);
  const faults: string[] = [];
  for (const agentId of AGENTS) {
    const text = frame.locator("agent-card", { hasText: agentId }).locator(".live-text-content");
    await text.scrollIntoViewIfNeeded();
    // It is drawn when it comes into sight.
    let fault: string | undefined = "was not drawn";
    for (let look = 0; look < 50 && fault !== undefined; look += 1) {
      await page.waitForTimeout(20);
      fault = faultIn((await text.textContent()) ?? "", written / AGENTS.length);
    }
    if (fault !== undefined) faults.push(`${agentId} ${fault}`);
  }
  print("agents whose text is not shown whole", faults.length === 0 ? "none" : faults);
  host.add([{ type: "workflow_completed", source: "orchestrator", ...ENDING }], Date.now());
  await page.waitForTimeout(1_000);
  printFrames("idle after the end", await traced(browser, page, () => page.waitForTimeout(IDLE_SECONDS * 1_000)));
  await page.context().close();
}

async function replayed({ page, frame }: OpenMonitor): Promise<void> {
  const host = await replay.host;
  const session = await page.context().newCDPSession(page);
  print("hour: heap at the start", await heapOf(session));
  const halfway = Math.floor(rest.length / 2);
  const figures = await traced(browser, page, async () => {
    await play(host, rest.slice(0, halfway));
  });
  print("hour: heap in the middle", await heapOf(session));
  await play(host, rest.slice(halfway));
  await page.waitForTimeout(1_000);
  print("hour: heap at the end", await heapOf(session));
  printFrames("hour: frames in its first half", figures);
  const shown = await frame.locator(".facts").textContent();
  const events = hour.reduce((sum, { drafts }) => sum + drafts.length, 0);
  print("hour: events, and what is shown at the end", { events, shown: shown?.replaceAll(/\s+/g, " ").trim() ?? "" });
  await page.context().close();
}

/** Writes pieces at an even pace, going on after the first ones; returns how many there are. */
async function write(host: LoadFeed, first: number, duration: number): Promise<number> {
  const startedAt = performance.now();
  const wanted = first + duration * PIECES_PER_SECOND;
  let done = first;
  const over = Promise.withResolvers<void>();
  const timer = setInterval(() => {
    const due = Math.min(wanted, first + Math.floor(((performance.now() - startedAt) / 1_000) * PIECES_PER_SECOND));
    for (; done < due; done += 1) {
      const piece = pieceOf(done);
      host.add(
        AGENTS.map((agentId) => chunk(agentId, piece)),
        Date.now(),
      );
    }
    if (done >= wanted) over.resolve();
  }, TICK_MILLISECONDS);
  await over.promise;
  clearInterval(timer);
  return done * AGENTS.length;
}

/** Plays moments at their time, faster. */
async function play(host: LoadFeed, moments: typeof hour): Promise<void> {
  const [begin] = moments;
  if (!begin) return;
  const startedAt = performance.now();
  let next = 0;
  const over = Promise.withResolvers<void>();
  const timer = setInterval(() => {
    const time = begin.time + (performance.now() - startedAt) * REPLAY_SPEED;
    for (let moment = moments[next]; moment && moment.time <= time; moment = moments[next]) {
      host.add(moment.drafts, moment.time);
      next += 1;
    }
    if (next >= moments.length) over.resolve();
  }, REPLAY_TICK_MILLISECONDS);
  await over.promise;
  clearInterval(timer);
}

function printFrames(
  what: string,
  { frames, perSecond, median, p99, longest, busyShare, ownTasks }: FrameFigures,
): void {
  print(what, { frames, perSecond, median, p99, longest, "main thread busy, %": busyShare * 100, ownTasks });
}

function print(what: string, figures: object | string): void {
  const words =
    typeof figures === "string" || Array.isArray(figures)
      ? String(figures)
      : Object.entries(figures)
          .map(([name, value]) => `${name} ${typeof value === "number" ? Math.round(value * 10) / 10 : String(value)}`)
          .join("  ");
  process.stdout.write(`${what.padEnd(42)} ${words}\n`);
}
