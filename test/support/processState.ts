/** Whether a process still runs. */
import { readFileSync } from "node:fs";

/** False also for one that has ended and only waits for its parent to notice, where the system tells that. */
export function isRunning(processId: number): boolean {
  try {
    process.kill(processId, 0);
  } catch {
    return false;
  }
  try {
    const stat = readFileSync(`/proc/${processId}/stat`, "utf8");
    // The state follows the name, which is in brackets and may hold anything.
    return stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3) !== "Z";
  } catch {
    return true;
  }
}
