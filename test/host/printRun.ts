import type { HostRun } from "../support/workbench/hostRecord.ts";
import type { HostTestResult } from "../support/workbench/hostReport.ts";

/** Tells a person how a suite went: a line per test, and what a failed one said. */
export function printRun(suite: string, { passed, failed, notes, milliseconds }: HostRun): void {
  const lines = [
    `${suite} (${(milliseconds / 1000).toFixed(1)} s)`,
    ...passed.map((result) => `  ✓ ${describe(result)}`),
    ...notes.map((note) => `    ${note}`),
    ...failed.map((result) => `  ✗ ${describe(result)}\n${(result.error ?? "").replaceAll(/^/gm, "      ")}`),
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}

function describe({ title, milliseconds }: HostTestResult): string {
  return `${title} (${Math.round(milliseconds)} ms)`;
}
