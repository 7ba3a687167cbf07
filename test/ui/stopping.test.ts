/** Runs that end early: stopped by a person, or because their window went away. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createGate, type Gate } from "../support/gate.ts";
import { oneStep } from "../support/goalScenarios.ts";
import { say, stall } from "../support/modelServerReplies.ts";
import { type Product, startProduct } from "../support/workbench/product.ts";
import { expectSoon } from "../support/expectSoon.ts";
import {
  monitorOf,
  openProduct,
  progressOf,
  runGoal,
  sessionLabels,
  sessionsView,
} from "../support/workbench/productWindow.ts";

describe("a run", () => {
  let product: Product;
  let gate: Gate;
  beforeAll(async () => {
    product = await startProduct();
  });
  afterAll(() => product[Symbol.asyncDispose]());

  /** An agent that says something and then waits for good. */
  function playEndless(): void {
    gate = createGate();
    product.play(oneStep([stall(6, gate, say("Something ", "is ", "written ", "and ", "more ", "follows."))]));
  }

  /** How the newest session's log ends. */
  async function end(): Promise<unknown> {
    const { sessionId } = await product.newestSession();
    return (await product.events(sessionId)).at(-1);
  }

  it("is stopped from the monitor, which then says so", async () => {
    playEndless();
    const workbench = await openProduct(product);
    await runGoal(workbench, "Stop in the monitor");
    const monitor = await monitorOf(workbench);
    await expectSoon(() => monitor.locator("live-text").textContent()).toContain("Something is");
    await progressOf(workbench, "Stop in the monitor").waitFor();
    await monitor.getByText("Stop", { exact: true }).click();
    await expectSoon(() => monitor.locator(".fact.status").textContent()).toContain("Interrupted");
    await progressOf(workbench, "Stop in the monitor").waitFor({ state: "detached" });
    expect(await end()).toMatchObject({ type: "workflow_interrupted", by: "VS Code" });
  });

  it("is stopped by cancelling its progress", async () => {
    playEndless();
    const workbench = await openProduct(product);
    await runGoal(workbench, "Cancel the progress");
    await gate.reached();
    await progressOf(workbench, "Cancel the progress").getByRole("button", { name: "Cancel" }).click();
    await progressOf(workbench, "Cancel the progress").waitFor({ state: "detached" });
    await expectSoon(end).toMatchObject({ type: "workflow_interrupted", by: "VS Code" });
  });

  it("is saved when its window is reloaded; the monitor comes back and says what became of it", async () => {
    playEndless();
    const workbench = await openProduct(product);
    await runGoal(workbench, "Reload the window");
    const before = await monitorOf(workbench);
    await expectSoon(() => before.locator("live-text").textContent()).toContain("Something is");
    await workbench.keptForNextStart((await product.newestSession()).sessionId);
    await workbench.reload();
    const after = await monitorOf(workbench);
    await expectSoon(() => after.locator(".fact.status").textContent()).toContain("Interrupted");
    expect(await after.locator(".goal-text").textContent()).toContain("Reload the window");
    // What the agent had written is still there to be read.
    await after.locator("summary", { hasText: "coder_" }).click();
    await expectSoon(() => after.locator("live-text").textContent()).toContain("Something is");
    expect(await end()).toMatchObject({ type: "workflow_interrupted", by: "closing its window" });
  });

  it("is saved when its window is closed, and whoever opens the folder again is told and may resume it", async () => {
    playEndless();
    const workbench = await openProduct(product);
    await runGoal(workbench, "Close the window");
    await gate.reached();
    await workbench.close();
    await expectSoon(end).toMatchObject({ type: "workflow_interrupted", by: "closing its window" });
    const next = await openProduct(product);
    await next.openContainer("AI Orchestrator");
    await expectSoon(() => sessionLabels(next)).toContainEqual("  Close the window, interrupted, 0/1 steps");
    await next.expand(sessionsView, "Close the window");
    await expectSoon(() => sessionLabels(next)).toContainEqual("      Step work, interrupted");
    product.play(oneStep([say("Done after all.")]));
    await next
      .notification(/interrupted/)
      .getByText("Resume")
      .click();
    await next.notification("The goal is reached: Close the window").waitFor();
    expect((await product.newestSession()).effectiveStatus).toBe("completed");
  });
});
