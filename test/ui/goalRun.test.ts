/** A goal from the palette to its report, and everything a person sees of it on the way. */
import { expect, it } from "vitest";
import { createGate } from "../support/gate.ts";
import { twoThenOne } from "../support/goalScenarios.ts";
import { say, stall, useTool } from "../support/modelServerReplies.ts";
import { expectSoon } from "../support/expectSoon.ts";
import {
  agentsView,
  blockedByPolicy,
  monitorOf,
  openProduct,
  productForTest,
  runGoal,
  sessionLabels,
  sessionsView,
} from "../support/workbench/productWindow.ts";

it("shows plan, agents and their words while a goal runs, and opens its report", async () => {
  const product = await productForTest({ files: { "a.txt": "alpha\n", "b.txt": "beta\n" } });
  const gate = createGate();
  product.play(
    twoThenOne({
      left: [
        [say("I look into a.txt."), useTool("read", { file_path: "a.txt" })],
        stall(6, gate, say("Left: ", "a.txt ", "says ", "alpha.")),
      ],
      right: [stall(6, gate, say("Right: ", "b.txt ", "says ", "beta."))],
      both: [say("# Report\n\nalpha and beta\n")],
    }),
  );
  const workbench = await openProduct(product);
  const { page } = workbench;
  await runGoal(workbench, "Compare the files");
  await gate.reached(2);

  // The monitor opens by itself, beside what the person works on.
  const monitor = await monitorOf(workbench);
  await expectSoon(() => monitor.locator("live-text").allTextContents()).toEqual([
    expect.stringContaining("Left: a.txt"),
    expect.stringContaining("Right: b.txt"),
  ]);
  await expectSoon(() => monitor.locator(".plan-node").allTextContents()).toEqual([
    expect.stringContaining("Step left"),
    expect.stringContaining("Step right"),
    expect.stringContaining("Step both"),
  ]);
  await expectSoon(() => monitor.locator(".fact.status").textContent()).toContain("Running");
  await page.getByRole("tab", { name: /^Compare the files/ }).waitFor();

  // The sidebar: the session with its plan, and the agents at work.
  await workbench.openContainer("AI Orchestrator");
  await workbench.expand(sessionsView, "Compare the files");
  await expectSoon(() => sessionLabels(workbench)).toEqual([
    "Running 1",
    "  Compare the files, running, 0/3 steps",
    "    Plan",
    "      Step left, running",
    "      Step right, running",
    "      Step both, pending",
    "    Snapshots",
  ]);
  await page.getByRole("button", { name: "Agents Section" }).click();
  const running = workbench.treeItem(agentsView, "Running");
  await running.waitFor();
  await expectSoon(async () => (await workbench.treeLabels(agentsView)).slice(0, 3)).toEqual([
    "Running 2",
    expect.stringMatching(/^ {2}coder_\d{4}, Step left · [\d.]+K tokens · < 1 min$/),
    expect.stringMatching(/^ {2}coder_\d{4}_2, Step right · 0 tokens · < 1 min$/),
  ]);
  await expectSoon(() => workbench.treeLabels(agentsView)).toContainEqual(expect.stringContaining("Definitions"));
  await workbench.statusBarItem(/2 agents/).waitFor();
  await workbench.notification(/0 of 3 steps/).waitFor();

  // A click on an agent brings its card into view.
  const cards = monitor.getByRole("article", { name: /^coder_/ });
  const second = await cards.nth(1).getAttribute("aria-label");
  await workbench.treeItem(agentsView, second ?? "").click();
  const focusedCard = "document.activeElement.closest('article')?.getAttribute('aria-label')";
  await expectSoon(() => monitor.evaluate(focusedCard)).toBe(second);

  gate.open();
  await workbench.notification("The goal is reached: Compare the files").getByText("Open Result").click();
  await page.getByRole("tab", { name: /^report\.md/ }).waitFor();
  expect(await product.workspace.read("report.md")).toContain("alpha and beta");
  await expectSoon(() => sessionLabels(workbench)).toEqual([
    "Today 1",
    "  Compare the files, completed, 3/3 steps",
    "    Plan",
    "      Step left, completed",
    "      Step right, completed",
    "      Step both, completed",
    "    Snapshots",
    "    Outputs",
    expect.stringContaining("report.md"),
  ]);
  await workbench.statusBarItem(/agent/).waitFor({ state: "detached" });
  expect(product.model.violations).toEqual([]);
  expect(blockedByPolicy(workbench)).toEqual([]);

  // The output channel holds what every agent said and did, with its name before each line.
  await workbench.runCommand("Output: Show Output Channels...");
  await workbench.choose("AI Orchestrator: Compare the files");
  await expectSoon(() => workbench.outputText("AI Orchestrator: Compare the files")).toMatch(
    /\[coder_\d{4}\] Left: a\.txt says alpha\..*\[plan\] ✓ Step left.*\[writer_\d{4}\] ✓ created report\.md/,
  );
});
