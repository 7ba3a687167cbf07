/** Two windows and a terminal on one store: each sees what the others do, as it happens. */
import { expect, it } from "vitest";
import { startCli } from "../support/cliProcess.ts";
import { createGate, createMeeting } from "../support/gate.ts";
import { oneStep, planOf, step } from "../support/goalScenarios.ts";
import { say, slow, stall } from "../support/modelServerReplies.ts";
import { firstUserTextOf, isPlannerRequest } from "../support/modelServerRequests.ts";
import { expectSoon } from "../support/expectSoon.ts";
import {
  monitorOf,
  openProduct,
  productForTest,
  runGoal,
  sessionLabels,
  sessionsView,
} from "../support/workbench/productWindow.ts";

it("two windows and a terminal see each other's sessions change, and stop them", async () => {
  const product = await productForTest({ settings: { "aiOrchestrator.monitor.openOnRun": false } });
  const gate = createGate();
  product.play(oneStep([stall(6, gate, say("Words ", "of ", "the ", "first ", "window."))]));
  const first = await openProduct(product);
  const second = await openProduct(product, { beside: first });
  for (const workbench of [first, second]) await workbench.openContainer("AI Orchestrator");

  await runGoal(first, "From a window");
  await gate.reached();
  await expectSoon(() => sessionLabels(second)).toEqual(["Running 1", "  From a window, running, 0/1 steps"]);

  // The other window follows its words, and ends it.
  await second.runCommand("AI Orchestrator: Open Live Monitor");
  await second.choose("From a window");
  const monitor = await monitorOf(second);
  await expectSoon(() => monitor.locator("live-text").textContent()).toContain("Words of the");
  await monitor.getByText("Stop", { exact: true }).click();
  for (const workbench of [first, second]) {
    await expectSoon(() => sessionLabels(workbench)).toEqual([
      "Interrupted 1",
      "  From a window, interrupted, 0/1 steps",
    ]);
  }
  await expectSoon(() => monitor.locator(".fact.status").textContent()).toContain("Interrupted");

  // A terminal, in the same folder.
  const held = createGate();
  product.play(oneStep([slow({ hold: held }, say("Words of the terminal."))]));
  await using terminal = await startCli(["From a terminal"], {
    home: product.vscode.home,
    cwd: product.workspace.path,
    env: { ANTHROPIC_BASE_URL: product.model.url },
  });
  await terminal.until(held.reached());
  for (const workbench of [first, second]) {
    await expectSoon(() => sessionLabels(workbench)).toContainEqual("  From a terminal, running, 0/1 steps");
  }
  held.open();
  expect(await terminal.exited).toMatchObject({ exitCode: 0 });
  for (const workbench of [first, second]) {
    await expectSoon(() => sessionLabels(workbench)).toEqual([
      "Interrupted 1",
      "  From a window, interrupted, 0/1 steps",
      "Today 1",
      "  From a terminal, completed, 1/1 steps",
    ]);
  }

  // And a window stops what a terminal runs.
  const endless = createGate();
  product.play(oneStep([stall(6, endless, say("Words ", "without ", "an ", "end ", "follow."))]));
  await using other = await startCli(["Stop this from a window"], {
    home: product.vscode.home,
    cwd: product.workspace.path,
    env: { ANTHROPIC_BASE_URL: product.model.url },
  });
  await other.until(endless.reached());
  const item = first.treeItem(sessionsView, "Stop this from a window");
  await item.hover();
  await item.getByRole("button", { name: "Stop" }).click();
  expect(await other.exited).toMatchObject({ exitCode: 3 });
});

it("two windows run goals in one folder at the same time", async () => {
  const product = await productForTest({ settings: { "aiOrchestrator.monitor.openOnRun": false } });
  const meeting = createMeeting(2);
  product.play((request) => {
    const own = firstUserTextOf(request).includes("First goal") ? "first" : "second";
    if (isPlannerRequest(request)) return planOf(step(own, { agentType: "writer", outputFile: `${own}.md` }));
    return stall(4, meeting, say(`Report ${own}. `, "Both ", "at ", "once."));
  });
  const first = await openProduct(product);
  const second = await openProduct(product, { beside: first });
  await runGoal(first, "First goal");
  await runGoal(second, "Second goal");
  await first.notification("The goal is reached: First goal").waitFor();
  await second.notification("The goal is reached: Second goal").waitFor();
  expect(await product.workspace.read("first.md")).toContain("Report first.");
  expect(await product.workspace.read("second.md")).toContain("Report second.");
  expect((await product.sessions()).map(({ effectiveStatus }) => effectiveStatus)).toEqual(["completed", "completed"]);
});
