/** How busy the machine and this process are, as far as Node itself can tell, in a tenth of a millisecond. */
import { availableParallelism, cpus, freemem, totalmem } from "node:os";

/** Percent of the machine, 0 to 100, with one decimal. */
export interface SystemSample {
  /** Of all processors, since the reading before. */
  readonly cpu: number;
  readonly memory: number;
  /** Of the swap space; null where there is none, or nothing tells. */
  readonly swap: number | null;
  /** Of this process with all its threads, but without commands it started. */
  readonly processCpu: number;
  readonly processMemory: number;
}

interface ProcessorTimes {
  readonly busy: number;
  readonly all: number;
}

export class MachineReader {
  #times = processorTimes();
  #process = process.cpuUsage();
  #readAt = performance.now();
  #last: Pick<SystemSample, "cpu" | "processCpu"> = { cpu: 0, processCpu: 0 };

  read(): SystemSample {
    this.#last = this.#readProcessors();
    return {
      ...this.#last,
      memory: percent(totalmem() - freemem(), totalmem()),
      swap: null,
      processMemory: percent(process.memoryUsage.rss(), totalmem()),
    };
  }

  #readProcessors(): Pick<SystemSample, "cpu" | "processCpu"> {
    const now = performance.now();
    const times = processorTimes();
    const used = process.cpuUsage(this.#process);
    const elapsed = now - this.#readAt;
    const all = times.all - this.#times.all;
    // The counters move in steps of 10 ms: of less than that nothing can be told.
    if (all <= 0 || elapsed < 10) return this.#last;
    const cpu = percent(times.busy - this.#times.busy, all);
    const processCpu = percent((used.user + used.system) / 1000, elapsed * availableParallelism());
    this.#times = times;
    this.#process = process.cpuUsage();
    this.#readAt = now;
    return { cpu, processCpu };
  }
}

/** Milliseconds since the machine started, of all processors together. */
function processorTimes(): ProcessorTimes {
  let busy = 0;
  let all = 0;
  for (const { times } of cpus()) {
    const working = times.user + times.nice + times.sys + times.irq;
    busy += working;
    all += working + times.idle;
  }
  return { busy, all };
}

/** 0 to 100, with one decimal. */
export function percent(part: number, whole: number): number {
  if (!(whole > 0)) return 0;
  return Math.round(Math.min(100, Math.max(0, (part / whole) * 100)) * 10) / 10;
}
