import type { Page } from "playwright-core";
import { HostRecord, type HostRun } from "./hostRecord.ts";
import type { Development, Place } from "./place.ts";
import type { VsCodeForTests } from "./vscodeForTests.ts";

/** A run that takes longer has hung: the slowest here takes a tenth of it. */
const LONGEST_MS = 120_000;

/** VS Code sometimes opens a workspace file without its folders, and never reads them then. */
const MOST_OPENINGS = 3;

/**
 * Opens a window, runs the tests in its extension host and closes it. VS Code must have been started
 * with `testDriver`.
 */
export async function runHostTests(
  vscode: VsCodeForTests,
  place: Place,
  development: Development & { readonly testsFile: string },
): Promise<HostRun> {
  for (let opening = 1; ; opening++) {
    const { run, foldersMissing } = await openAndRun(vscode, place, development);
    if (!foldersMissing || opening === MOST_OPENINGS) return run;
  }
}

async function openAndRun(
  vscode: VsCodeForTests,
  place: Place,
  development: Development & { readonly testsFile: string },
): Promise<{ readonly run: HostRun; readonly foldersMissing: boolean }> {
  const record = new HostRecord();
  const { promise: exit, resolve: exited } = Promise.withResolvers<number | string>();
  const timeout = setTimeout(() => exited(`did not end within ${LONGEST_MS / 1000} s`), LONGEST_MS);

  // The two functions VS Code looks for on its page when it runs tests.
  const beforeLoad = async (page: Page) => {
    page.on("crash", () => exited("crashed with its page"));
    await page.exposeFunction("codeAutomationLog", (type: string, parameters: unknown[]) => {
      const words = parameters.map((parameter) =>
        typeof parameter === "string" ? parameter : JSON.stringify(parameter),
      );
      record.add(`${type}: ${words.join(" ")}`);
    });
    await page.exposeFunction("codeAutomationExit", (code: number) => exited(code));
  };

  try {
    const workbench = await vscode.open(place, { development, beforeLoad });
    const run = record.end(await exit);
    await workbench.close();
    return { run, foldersMissing: record.foldersMissing };
  } finally {
    clearTimeout(timeout);
  }
}
