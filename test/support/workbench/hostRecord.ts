import { type HostTestResult, readHostReport } from "./hostReport.ts";

/** How a run of tests inside an extension host went. */
export interface HostRun {
  readonly passed: readonly HostTestResult[];
  /** Failed tests; a run in which not every test came to its end, or there was none, has an entry of its own. */
  readonly failed: readonly HostTestResult[];
  /** What the tests measured, in words. */
  readonly notes: readonly string[];
  /** From opening the window to its end. */
  readonly milliseconds: number;
}

const KEPT_LINES = 40;

/** Follows a run by the lines on its console. */
export class HostRecord {
  readonly #startedAt = performance.now();
  readonly #results: HostTestResult[] = [];
  readonly #notes: string[] = [];
  readonly #otherLines: string[] = [];
  #planned = 0;
  #foldersMissing = false;

  /** No test has begun: VS Code did not read its workspace file. */
  get foldersMissing(): boolean {
    return this.#foldersMissing;
  }

  add(line: string): void {
    const report = readHostReport(line);
    if (report === undefined) {
      if (line !== this.#otherLines.at(-1)) this.#otherLines.push(line);
    } else if ("planned" in report) {
      this.#planned = report.planned;
    } else if ("note" in report) {
      this.#notes.push(report.note);
    } else if ("foldersMissing" in report) {
      this.#foldersMissing = true;
    } else {
      this.#results.push(report);
    }
  }

  /**
   * Judges the run. VS Code's own word is not enough: when an extension host dies, it ends with 0.
   *
   * @param exit exit code, or in words how it ended instead
   */
  end(exit: number | string): HostRun {
    const passed = this.#results.filter(({ error }) => error === undefined);
    const failed = this.#results.filter(({ error }) => error !== undefined);
    // A hook that failed has a result too, and the tests it kept from running have none.
    const complete = failed.length > 0 || (passed.length === this.#planned && passed.length > 0 && exit === 0);
    if (!complete) failed.push(this.#brokenOff(typeof exit === "number" ? `ended with ${exit}` : exit));
    return { passed, failed, notes: this.#notes, milliseconds: performance.now() - this.#startedAt };
  }

  #brokenOff(how: string): HostTestResult {
    const lines = this.#otherLines.slice(-KEPT_LINES).join("\n");
    return {
      title: "the run as a whole",
      milliseconds: 0,
      error: `It ${how} after ${this.#results.length} of ${this.#planned} tests. The end of its console:\n${lines}`,
    };
  }
}
