/** A process with everything it started, told apart from others and ended as one. POSIX only. */
import { readdir, readFile } from "node:fs/promises";
import type { Clock } from "../ports.ts";

/** How often a group that is ending is looked at. */
const POLL_MILLISECONDS = 10;
/** How long the system may take to carry out SIGKILL; a process in an uninterruptible wait takes longer still. */
const KILL_MILLISECONDS = 1000;

/** The group led by process `id`. What made itself the leader of another group is no part of it any more. */
export class ProcessGroup {
  readonly id: number;
  readonly #clock: Clock;

  constructor(id: number, clock: Clock) {
    this.id = id;
    this.#clock = clock;
  }

  /** True while a process of the group runs. One that has ended and is not yet reaped by its parent does not count. */
  async isAlive(): Promise<boolean> {
    if (!this.#signal(0)) return false;
    // In a container without an init process nobody reaps orphans: the group is there for ever, but dead.
    const processes = await readdir("/proc").catch(() => undefined);
    if (processes === undefined) return true;
    const states = await Promise.all(processes.filter((name) => /^\d+$/.test(name)).map(readProcess));
    return states.some((state) => state?.group === this.id && state.running);
  }

  /** SIGTERM, and SIGKILL for what is still there after `graceMilliseconds`. Resolves when nothing is left. */
  async end(graceMilliseconds: number): Promise<void> {
    this.#signal("SIGTERM");
    if (await this.#isGoneWithin(graceMilliseconds)) return;
    this.#signal("SIGKILL");
    await this.#isGoneWithin(KILL_MILLISECONDS);
  }

  async #isGoneWithin(milliseconds: number): Promise<boolean> {
    const deadline = this.#clock.monotonic() + milliseconds;
    for (;;) {
      if (!(await this.isAlive())) return true;
      if (this.#clock.monotonic() >= deadline) return false;
      await this.#clock.sleep(POLL_MILLISECONDS);
    }
  }

  /** True when there was a process to send it to. */
  #signal(signal: NodeJS.Signals | 0): boolean {
    try {
      process.kill(-this.id, signal);
      return true;
    } catch (error) {
      // Another user's process (a command that used sudo) is there, though it cannot be signalled.
      return error instanceof Error && "code" in error && error.code === "EPERM";
    }
  }
}

/**
 * When process `pid` started, in clock ticks since the machine did (Linux): with it a reused process id is not
 * mistaken for the process. Undefined elsewhere, and when there is no such process.
 */
export async function processStartTime(pid: number): Promise<string | undefined> {
  return (await readProcess(String(pid)))?.startedAt;
}

async function readProcess(
  pid: string,
): Promise<{ group: number; running: boolean; startedAt: string | undefined } | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  // The second field is the command in parentheses and may hold spaces and parentheses itself (proc(5)).
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return { group: Number(fields[2]), running: !["Z", "X", "x"].includes(fields[0] ?? ""), startedAt: fields[19] };
}
