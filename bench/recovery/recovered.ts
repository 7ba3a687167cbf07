/** What is measured when a program that was started again sends its first model request. */
import { readFileSync } from "node:fs";

const NANOSECONDS = 1_000_000;

export interface Recovered {
  /** Since the start of the process. */
  readonly milliseconds: number;
  /** How long its main thread had a processor in that time; undefined where the system does not tell (only Linux does). */
  readonly ranMilliseconds: number | undefined;
}

/** `start`: of `performance.now()`. */
export function recoveredNow(start: number, pid: number): Recovered {
  return { milliseconds: performance.now() - start, ranMilliseconds: ranMilliseconds(pid) };
}

function ranMilliseconds(pid: number): number | undefined {
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, "utf8").split(" ")[0]) / NANOSECONDS;
  } catch {
    return undefined;
  }
}
