import Mocha from "mocha";
import * as vscode from "vscode";
import { type HostReport, writeHostReport } from "../support/workbench/hostReport.ts";

/** No test waits for a clock, so this is only reached by a hang. */
const TEST_TIMEOUT_MS = 30_000;

/**
 * Runs one suite inside an extension host. `load` imports the suite, whose `describe` and `it` come from
 * mocha. Every result goes to the console as one line; resolves when all passed, rejects when one did not.
 */
export async function runSuite(load: () => Promise<unknown>): Promise<void> {
  const mocha = new Mocha({ ui: "bdd", timeout: TEST_TIMEOUT_MS, forbidOnly: true, forbidPending: true });
  // The reporter that prints nothing: what a test does here is seen only through the console.
  mocha.reporter(Mocha.reporters.Base);
  // This is how mocha gives a file its describe and it; there are no files here, only one bundle.
  mocha.suite.emit(Mocha.Suite.constants.EVENT_FILE_PRE_REQUIRE, globalThis, "", mocha);
  await load();
  await workspaceRead();
  report({ planned: mocha.suite.total() });
  const failures = await new Promise<number>((resolve) => {
    const runner = mocha.run(resolve);
    runner.on("pass", (test) => report({ title: test.fullTitle(), milliseconds: test.duration ?? 0 }));
    // A hook that fails comes here too, under its own title.
    runner.on("fail", (test, error: Error) => {
      report({ title: test.fullTitle(), milliseconds: test.duration ?? 0, error: error.stack ?? error.message });
    });
  });
  if (failures > 0) throw new Error(`${failures} failed`);
}

/** How often the folders are looked for, and how many times: usually they are there at the first look. */
const LOOK_MS = 50;
const MOST_LOOKS = 200;

/**
 * A served VS Code may start its extension host before it has read which folders a workspace file names, and
 * does not always tell when it has.
 */
async function workspaceRead(): Promise<void> {
  if (vscode.workspace.workspaceFile === undefined) return;
  for (let looks = 0; !vscode.workspace.workspaceFolders?.length; looks++) {
    if (looks === MOST_LOOKS) {
      report({ foldersMissing: true });
      throw new Error("the window has opened without the folders of its workspace file");
    }
    await new Promise<void>((resolve) => {
      setTimeout(resolve, LOOK_MS);
    });
  }
}

/** Tells the person who runs the tests what one measured. */
export function note(text: string): void {
  report({ note: text });
}

function report(result: HostReport): void {
  // oxlint-disable-next-line no-console -- the only way out of an extension host that both runners of these tests read
  console.log(writeHostReport(result));
}
