/** What Node cannot tell of the machine's memory. Only for the sampler's worker: it may start a program. */
import { mem } from "systeminformation";
import { percent, type SystemSample } from "./machineReader.ts";

/** Swap, and memory without what macOS counts as used but gives back at once. */
export async function readMemory(): Promise<Partial<Pick<SystemSample, "memory" | "swap">>> {
  // On Windows it would start a PowerShell each time, and Node's own figure is right.
  if (process.platform === "win32") return {};
  const memory = await mem();
  return {
    memory: percent(memory.total - memory.available, memory.total),
    swap: memory.swaptotal > 0 ? percent(memory.swapused, memory.swaptotal) : null,
  };
}
