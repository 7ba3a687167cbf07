/** How tests inside an extension host tell how they went: lines on its console that start with this. */
const prefix = "host-test ";

/** One test that has ended. */
export interface HostTestResult {
  readonly title: string;
  readonly milliseconds: number;
  /** Message and stack; absent when it passed. */
  readonly error?: string;
}

/**
 * First how many tests there are, for an extension host that dies tells nobody; then each one that ended, and
 * between them what was measured, for people.
 */
export type HostReport =
  | { readonly planned: number }
  | { readonly note: string }
  /** The window opened without the folders of its workspace file: it has to be opened again. */
  | { readonly foldersMissing: true }
  | HostTestResult;

/** The console line that carries a report. */
export function writeHostReport(report: HostReport): string {
  return prefix + JSON.stringify(report);
}

/** The report a console line carries, if it is one. */
export function readHostReport(line: string): HostReport | undefined {
  const start = line.indexOf(prefix);
  return start < 0 ? undefined : (JSON.parse(line.slice(start + prefix.length)) as HostReport);
}
