/** How late this thread's timers are, and how much of that is its own work. */
import { createHistogram, monitorEventLoopDelay } from "node:perf_hooks";
import type { LoopDelay } from "./messages.ts";

const RESOLUTION_MILLISECONDS = 1;
const NANOSECONDS = 1_000_000;
const MICROSECONDS = 1_000;

/** Begins to measure; the function gives what was measured so far and ends it. */
export function measureLoop(): () => LoopDelay {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MILLISECONDS });
  delays.enable();
  const work = createHistogram();
  let before = threadMicroseconds();
  const timer = setInterval(() => {
    const now = threadMicroseconds();
    work.record(Math.max(1, now - before));
    before = now;
  }, RESOLUTION_MILLISECONDS);
  // Each sample is the time between two timers, so the delay is what it has too much.
  const late = (nanoseconds: number): number => Math.max(0, nanoseconds / NANOSECONDS - RESOLUTION_MILLISECONDS);
  return () => {
    delays.disable();
    clearInterval(timer);
    return {
      p99: late(delays.percentile(99)),
      max: late(delays.max),
      workP99: work.percentile(99) / MICROSECONDS,
      workMax: work.max / MICROSECONDS,
    };
  };
}

function threadMicroseconds(): number {
  const { user, system } = process.threadCpuUsage();
  return Math.round(user + system);
}
