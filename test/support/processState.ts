/** Whether a process still runs, or was stopped. */
import { readdirSync, readFileSync } from "node:fs";

/** False also for one that has ended and only waits for its parent to notice, where the system tells that. */
export function isRunning(processId: number): boolean {
  try {
    process.kill(processId, 0);
  } catch {
    return false;
  }
  try {
    return stateIn(`/proc/${processId}/stat`) !== "Z";
  } catch {
    return true;
  }
}

/** Every thread of it stands still. True where the system tells nothing. */
export function isStopped(processId: number): boolean {
  const tasks = `/proc/${processId}/task`;
  try {
    return readdirSync(tasks).every((task) => stateIn(`${tasks}/${task}/stat`) === "T");
  } catch {
    return true;
  }
}

function stateIn(file: string): string {
  const stat = readFileSync(file, "utf8");
  // The state follows the name, which is in brackets and may hold anything.
  return stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3);
}
