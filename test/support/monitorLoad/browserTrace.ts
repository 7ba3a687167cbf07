/** What Chromium itself says a page did: its trace, and the heap its engine counts. */
import type { Browser, CDPSession, Page } from "playwright-core";

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  /** Microseconds. */
  readonly ts: number;
  readonly dur?: number;
  /** Microseconds in which the thread had the processor. */
  readonly tdur?: number;
  readonly pid: number;
  readonly tid: number;
  readonly args?: { readonly name?: string };
}

export interface FrameFigures {
  readonly frames: number;
  readonly perSecond: number;
  /** Milliseconds between two frames. */
  readonly median: number;
  readonly p99: number;
  readonly longest: number;
  /** Part of the time in which the page's main thread had the processor. */
  readonly busyShare: number;
  /** Tasks of the page's own code. */
  readonly ownTasks: number;
}

const CATEGORIES = [
  "devtools.timeline",
  "disabled-by-default-devtools.timeline",
  "disabled-by-default-devtools.timeline.frame",
  "devtools.timeline.frame",
  "toplevel",
];

/** Traces the page while `work` goes on. */
export async function traced(browser: Browser, page: Page, work: () => Promise<void>): Promise<FrameFigures> {
  await browser.startTracing(page, { categories: CATEGORIES });
  const startedAt = performance.now();
  await work();
  const milliseconds = performance.now() - startedAt;
  const trace = JSON.parse((await browser.stopTracing()).toString("utf8")) as { readonly traceEvents: TraceEvent[] };
  return figuresOf(trace.traceEvents, milliseconds);
}

function figuresOf(events: readonly TraceEvent[], milliseconds: number): FrameFigures {
  const main = mainThreadOf(events);
  const drawn = events
    .filter(({ name, pid }) => name === "DrawFrame" && pid === main.pid)
    .map(({ ts }) => ts / 1000)
    .toSorted((left, right) => left - right);
  const gaps = drawn.slice(1).map((time, index) => time - (drawn[index] ?? time));
  const sorted = gaps.toSorted((left, right) => left - right);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  const ofMain = events.filter(({ pid, tid, ph }) => pid === main.pid && tid === main.tid && ph === "X");
  const busy = ofMain
    .filter(({ name }) => name === "RunTask")
    .reduce((sum, { dur = 0, tdur = dur }) => sum + tdur / 1000, 0);
  return {
    frames: drawn.length,
    perSecond: drawn.length / (milliseconds / 1000),
    median: at(0.5),
    p99: at(0.99),
    longest: sorted.at(-1) ?? 0,
    busyShare: busy / milliseconds,
    ownTasks: ofMain.filter(({ name }) => OWN_TASKS.has(name)).length,
  };
}

const OWN_TASKS: ReadonlySet<string> = new Set(["FunctionCall", "FireAnimationFrame", "TimerFire"]);

/** The main thread of the page's process: the renderer whose main thread did most. */
function mainThreadOf(events: readonly TraceEvent[]): { readonly pid: number; readonly tid: number } {
  const threads = events.filter(({ name, args }) => name === "thread_name" && args?.name === "CrRendererMain");
  const counts = threads.map(({ pid, tid }) => ({
    ...{ pid, tid },
    count: events.filter((event) => event.pid === pid && event.tid === tid).length,
  }));
  const [most] = counts.toSorted((left, right) => right.count - left.count);
  if (!most) throw new Error("The trace has no page.");
  return most;
}

/** Megabytes of the page's heap: as it is, and when what is not used was collected. */
export async function heapOf(session: CDPSession): Promise<{ readonly before: number; readonly after: number }> {
  const used = async (): Promise<number> => (await session.send("Runtime.getHeapUsage")).usedSize / 1024 / 1024;
  const before = await used();
  await session.send("HeapProfiler.collectGarbage");
  return { before, after: await used() };
}
