/** What a person finds where nothing can run yet, and that every way out of it works. */
import { describe, expect, it } from "vitest";
import { oneStep } from "../support/goalScenarios.ts";
import { say } from "../support/modelServerReplies.ts";
import type { Workbench } from "../support/workbench/workbench.ts";
import { expectSoon } from "../support/expectSoon.ts";
import { openProduct, productForTest, runGoal, sessionLabels } from "../support/workbench/productWindow.ts";

/** The text of the Sessions view where it has no tree. */
async function welcome(workbench: Workbench): Promise<string> {
  const region = workbench.page
    .getByRole("tabpanel")
    .or(workbench.page.locator("[id='workbench.view.extension.aiOrchestrator']"));
  return (await region.first().textContent()) ?? "";
}

describe("without a model", () => {
  it("the view offers a key and the demo, and the demo runs to its report", async () => {
    const product = await productForTest({ model: "none", files: { "README.md": "# A folder\n\nFor the demo.\n" } });
    const workbench = await openProduct(product);
    await workbench.openContainer("AI Orchestrator");
    await expectSoon(() => welcome(workbench)).toContain("Agents need a model.");
    for (const name of ["Run Goal…", "Set API Key…", "Run Demo Goal"]) {
      await workbench.page.getByRole("button", { name, exact: true }).first().waitFor();
    }

    // A goal asks what to use, and takes no for an answer.
    await runGoal(workbench, "Describe this folder");
    expect(await workbench.choices()).toEqual([
      expect.stringContaining("Set an API key…"),
      expect.stringContaining("Run the demo"),
    ]);
    await workbench.page.keyboard.press("Escape");
    expect(await product.sessions()).toEqual([]);

    await workbench.page.getByRole("button", { name: "Run Demo Goal", exact: true }).click();
    await workbench.notification("The goal is reached").waitFor();
    const session = await product.newestSession();
    expect(session).toMatchObject({ demo: true, effectiveStatus: "completed", costUsd: 0 });
    expect(await sessionLabels(workbench)).toEqual(["Today 1", expect.stringMatching(/, completed, \d+\/\d+ steps$/)]);
    expect(product.model.requests).toEqual([]);
  });
});

describe("without a folder", () => {
  it("the view offers to open one, and a goal says that it needs one", async () => {
    const product = await productForTest();
    const workbench = await openProduct(product, { place: "nothing" });
    await workbench.openContainer("AI Orchestrator");
    await expectSoon(() => welcome(workbench)).toContain("Agents work in a folder.");
    await workbench.runCommand("AI Orchestrator: Run Goal…");
    const obstacle = workbench.notification("Open the folder the agents should work in, then run the goal.");
    await obstacle.getByRole("button", { name: "Open Folder" }).waitFor();
    expect(await product.sessions()).toEqual([]);
  });
});

describe("in a folder that is not trusted", () => {
  it("nothing runs and sessions can be browsed, until it is trusted", async () => {
    const product = await productForTest({ workspaceTrust: true });
    product.play(oneStep([say("Done.")]));
    const workbench = await openProduct(product);
    await workbench.openContainer("AI Orchestrator");
    await expectSoon(() => welcome(workbench)).toContain("This folder is not trusted yet");
    await workbench.typeIntoPalette("AI Orchestrator: ");
    await expectSoon(() => workbench.choices()).toContainEqual(expect.stringContaining("Select Model…"));
    expect((await workbench.choices()).join()).not.toMatch(/Run Goal|Run Demo Goal|Resume Session/);
    await workbench.page.keyboard.press("Escape");

    await workbench.trustFolder();
    await runGoal(workbench, "Now it may run");
    await workbench.notification("The goal is reached: Now it may run").waitFor();
    await workbench.openContainer("AI Orchestrator");
    await expectSoon(() => sessionLabels(workbench)).toEqual(["Today 1", "  Now it may run, completed, 1/1 steps"]);
  });
});
