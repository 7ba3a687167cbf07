/** How an agent asks a person in VS Code what only the person can decide, and that it is told the answer. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { oneStep } from "../support/goalScenarios.ts";
import { say, useTool } from "../support/modelServerReplies.ts";
import { toolResultsOf } from "../support/modelServerRequests.ts";
import { type Product, startProduct } from "../support/workbench/product.ts";
import { expectSoon } from "../support/expectSoon.ts";
import { monitorOf, openProduct, runGoal } from "../support/workbench/productWindow.ts";

describe("a question of an agent", () => {
  let product: Product;
  beforeAll(async () => {
    product = await startProduct({ settings: { "aiOrchestrator.monitor.openOnRun": false } });
  });
  afterAll(() => product[Symbol.asyncDispose]());

  /** What the tools told the agent. */
  const told = (): string[] => product.model.turns.flatMap((turn) => toolResultsOf(turn).map(({ text }) => text));

  it("is answered with a suggested answer, and with one of the person's own", async () => {
    const question = { question: "Which language?", options: ["English", "German"] };
    product.play(
      oneStep([
        useTool("ask_user", question),
        useTool("ask_user", { question: "Which title?", options: [] }),
        say("Written."),
      ]),
    );
    const workbench = await openProduct(product);
    await runGoal(workbench, "Write a letter");
    const first = workbench.notification(/coder_\d{4} asks you: Which language\?/);
    await first.waitFor();
    await workbench.statusBarItem(/1 question/).waitFor();
    await first.getByText("German").click();
    await workbench
      .notification(/asks you: Which title\?/)
      .getByText("Answer…")
      .click();
    await workbench.answer(/coder_\d{4} asks you/, "Greetings");
    await workbench.notification("The goal is reached").waitFor();
    expect(told()).toEqual(expect.arrayContaining(["German", "Greetings"]));
  });

  it("that is long is read and answered in the monitor", async () => {
    const question = `Which of these?\n\n${"A choice that is described at length. ".repeat(20)}`;
    product.play(oneStep([useTool("ask_user", { question, options: ["The first"] }), say("Done.")]));
    const workbench = await openProduct(product);
    await runGoal(workbench, "Choose well");
    const notification = workbench.notification(/asks you a question/);
    await notification.waitFor();
    expect(await notification.getByText("The first").count()).toBe(0);
    await notification.getByText("Read in Monitor").click();
    const monitor = await monitorOf(workbench);
    const request = monitor.getByRole("article", { name: /asks you/ });
    expect(await request.locator(".question-text").textContent()).toBe(question.trim());
    await request.getByRole("textbox").fill("None of them");
    await request.getByRole("button", { name: "Send" }).click();
    await expectSoon(() => monitor.locator("question-request").count()).toBe(0);
    await workbench.notification("The goal is reached").waitFor();
    expect(told()).toContain("None of them");
  });
});
