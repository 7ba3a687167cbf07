/**
 * Named points in a process under test, and what happens when it comes to one. A point is passed in the middle of
 * a synchronous stretch of the program, so "killed at a point" means: nothing after it was done.
 */
import { execFileSync } from "node:child_process";
import { appendFileSync, existsSync, writeSync } from "node:fs";
import process from "node:process";

export interface ProbeOptions {
  /** The process ends here, as by `kill -9`. */
  readonly killAt?: string;
  /** Folders as they are at a point: what a machine that loses its power there has on its disk. */
  readonly copies?: readonly { readonly at: string; readonly from: string; readonly to: string }[];
  /** From this point on the database takes no more than it has. */
  readonly diskFullAt?: string;
  /** From this point on the wall clock shows so many milliseconds more (or less). */
  readonly clockJump?: { readonly at: string; readonly milliseconds: number };
  /** Points that are told the test at once, on the error stream. */
  readonly tell?: readonly string[];
  /** How long a lock of another process is waited for. */
  readonly busy?: { readonly timeoutMilliseconds: number; readonly attempts: number };
  /** The last `seq` of every commit is written to this file, one a line. */
  readonly commitsTo?: string;
  /** Every point is written to this file, one a line, in the order in which a thread comes to them. */
  readonly traceTo?: string;
}

/** Handed from the test to the process and on to its worker threads. */
const VARIABLE = "DURABILITY_PROBE";
const STANDARD_ERROR = 2;

/** What a process writes when it comes to a point it was asked to tell of. */
export function toldLine(point: string): string {
  return `came to ${point}\n`;
}

export function probeEnvironment(options: ProbeOptions): Record<string, string> {
  return { [VARIABLE]: JSON.stringify(options) };
}

export class Probe {
  readonly options: ProbeOptions;
  readonly #passed = new Set<string>();

  constructor(options: ProbeOptions) {
    this.options = options;
  }

  static fromEnvironment(): Probe {
    return new Probe(JSON.parse(process.env[VARIABLE] ?? "{}") as ProbeOptions);
  }

  /** Has this thread come to the point already? */
  hasPassed(point: string | undefined): boolean {
    return point !== undefined && this.#passed.has(point);
  }

  reached(point: string): void {
    this.#passed.add(point);
    const { killAt, copies = [], tell = [], traceTo } = this.options;
    if (traceTo !== undefined) appendFileSync(traceTo, `${point}\n`);
    const here = copies.filter(({ at, from }) => at === point && existsSync(from));
    if (here.length > 0) copyStandingStill(here);
    if (tell.includes(point)) writeSync(STANDARD_ERROR, toldLine(point));
    if (killAt === point) dieHere();
  }
}

/** Every thread stands still while the disk is copied, because without power nobody writes. */
const COPY = `kill -STOP "$1"
until grep -q '^State:[[:space:]]*T' "/proc/$1/status"; do :; done
process=$1; shift; failed=0
while [ $# -gt 0 ]; do mkdir -p -- "$(dirname -- "$2")" && cp -a -- "$1" "$2" || failed=1; shift 2; done
kill -CONT "$process"; exit $failed`;

function copyStandingStill(copies: readonly { readonly from: string; readonly to: string }[]): void {
  const places = copies.flatMap(({ from, to }) => [from, to]);
  execFileSync("/bin/sh", ["-c", COPY, "sh", String(process.pid), ...places]);
}

function dieHere(): never {
  process.kill(process.pid, "SIGKILL");
  // The signal is on its way; this thread does nothing more, whatever the system does first.
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}
