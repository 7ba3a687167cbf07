/** The extension host is killed in the middle of a run: nothing is lost, nothing is done twice, the result is the same. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { testCacheFolder } from "../../scripts/vscode/installOnce.mjs";
import type { OrchestratorEvent } from "../../src/core/events/event.ts";
import { createGate, type Gate } from "../support/gate.ts";
import { twoThenOne } from "../support/goalScenarios.ts";
import { say, stall, useTool } from "../support/modelServerReplies.ts";
import type { Script } from "../support/modelServerScripts.ts";
import { createTemporaryFolder, type TemporaryFolder } from "../support/temporaryFolder.ts";
import { expectSoon } from "../support/expectSoon.ts";
import { openProduct, productForTest, runGoal, sessionLabels } from "../support/workbench/productWindow.ts";

const FILES = { "a.txt": "alpha\n", "b.txt": "beta\n" };
const GOAL = "Compare the files";

const LAST_WORDS = say("Left: ", "a.txt ", "says ", "alpha.");
const REPORT = say("# Report\n\nalpha and beta\n");

/** Two agents write a file each and go on; the first is held in the middle of what it says next. */
function comparing(gate: Gate): Script {
  return twoThenOne({
    left: [
      [say("I look into a.txt."), useTool("read", { file_path: "a.txt" })],
      [useTool("write", { file_path: "left.txt", content: "alpha, from the left\n" })],
      stall(4, gate, LAST_WORDS),
    ],
    right: [[useTool("write", { file_path: "right.txt", content: "beta, from the right\n" })], say("Right is done.")],
    both: [REPORT],
  });
}

/** What is left to be said: whoever asks for anything else does something twice. */
const REST = twoThenOne({ left: [LAST_WORDS], right: [], both: [REPORT] });

it("goes on after the extension host was killed, and ends as a run that nobody disturbed", async () => {
  const product = await productForTest({ files: FILES });
  const undisturbed = await createTemporaryFolder({ prefix: "ai-orchestrator-undisturbed" });
  await undisturbed.write(FILES);
  const open = createGate();
  open.open();
  product.play(comparing(open));
  const calm = await openProduct(product, { place: { folder: undisturbed.path } });
  await runGoal(calm, GOAL);
  await calm.notification(`The goal is reached: ${GOAL}`).waitFor();
  const calmSession = (await product.newestSession()).sessionId;

  const gate = createGate();
  product.play(comparing(gate));
  const workbench = await openProduct(product);
  await workbench.openContainer("AI Orchestrator");
  await runGoal(workbench, GOAL);
  await gate.reached();
  await expectSoon(() => sessionLabels(workbench)).toContainEqual(`  ${GOAL}, running, 1/3 steps`);
  const { sessionId, owner } = await product.newestSession();
  expect(sessionId).not.toBe(calmSession);
  const record = recorder();
  await workbench.screenshot(record("running"));

  process.kill(owner?.pid ?? 0, "SIGKILL");
  gate.open();
  product.play(REST);
  await workbench.reload();
  const offer = workbench.notification(`The session "${GOAL}" was interrupted. What it had finished is kept.`);
  await offer.waitFor();
  await workbench.openContainer("AI Orchestrator");
  await expectSoon(() => sessionLabels(workbench)).toContainEqual(`  ${GOAL}, interrupted, 1/3 steps`);
  await workbench.screenshot(record("interrupted"));
  expect((await product.events(sessionId)).some(({ type }) => type === "workflow_resumed")).toBe(false);

  await offer.getByRole("button", { name: "Resume" }).click();
  await workbench.notification(`The goal is reached: ${GOAL}`).waitFor();
  const done = `  ${GOAL}, completed, 3/3 steps`;
  await expectSoon(() => sessionLabels(workbench)).toEqual(["Today 2", done, done]);
  await workbench.screenshot(record("finished"));

  expect(await contentsOf(product.workspace)).toEqual(await contentsOf(undisturbed));
  const [killed, calmly] = await Promise.all([product.events(sessionId), product.events(calmSession)]);
  expect(outcomeOf(killed)).toEqual(outcomeOf(calmly));
  expect(product.model.violations).toEqual([]);
  await undisturbed[Symbol.asyncDispose]();
});

/** Where the pictures of the run are kept. */
function recorder(): (name: string) => string {
  const folder = join(testCacheFolder(), "ui-recordings");
  mkdirSync(folder, { recursive: true });
  let count = 0;
  return (name) => join(folder, `killed-host-${++count}-${name}.png`);
}

async function contentsOf(folder: TemporaryFolder): Promise<Record<string, string>> {
  const files = await folder.files();
  return Object.fromEntries(await Promise.all(files.map(async (path) => [path, await folder.read(path)])));
}

/** What was reached: each step once, each change once, and the same words, whenever and by whom. */
function outcomeOf(events: readonly OrchestratorEvent[]): unknown {
  return {
    steps: events
      .flatMap((event) => (event.type === "step_completed" ? [`${event.stepId}: ${event.result}`] : []))
      .toSorted(),
    changes: events
      .flatMap((event) =>
        event.type === "tool_result"
          ? event.effects.map(({ path, change, after }) => `${path} ${change} ${after}`)
          : [],
      )
      .toSorted(),
    endings: events.flatMap((event) => (event.type === "workflow_completed" ? [event.summary] : [])),
    versions: events.filter(({ type }) => type === "snapshot_created").length,
  };
}
