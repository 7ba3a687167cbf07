/** How a person is asked in VS Code, and that the answer is carried out and nothing else. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { oneStep } from "../support/goalScenarios.ts";
import { say, useTool } from "../support/modelServerReplies.ts";
import { toolResultsOf } from "../support/modelServerRequests.ts";
import { type Product, startProduct } from "../support/workbench/product.ts";
import { expectSoon } from "../support/expectSoon.ts";
import { monitorOf, openProduct, runGoal, sessionsView } from "../support/workbench/productWindow.ts";

describe("an approval", () => {
  let product: Product;
  beforeAll(async () => {
    product = await startProduct({ settings: { "aiOrchestrator.monitor.openOnRun": false } });
  });
  afterAll(() => product[Symbol.asyncDispose]());

  /** The answers a session's log holds. */
  async function answers(): Promise<unknown[]> {
    const { sessionId } = await product.newestSession();
    const events = await product.events(sessionId);
    return events.flatMap((event) => (event.type === "approval_resolved" ? [[event.decision, event.by]] : []));
  }

  /** What the tools told the agent. */
  function told(): string {
    return product.model.turns.flatMap((turn) => toolResultsOf(turn).map(({ text }) => text)).join("\n");
  }

  it("shows the exact command, and runs it once", async () => {
    const command = "printf 'one\\n' >> counted.txt && cat counted.txt .";
    product.play(oneStep([useTool("bash", { command }), useTool("bash", { command }), say("Counted.")]));
    const workbench = await openProduct(product);
    await runGoal(workbench, "Count once");
    const question = workbench.notification(/coder_\d{4} asks to run: /);
    await question.waitFor();
    // Nothing stands behind the command that could be taken for a part of it.
    expect((await workbench.notifications()).map(({ message }) => message)).toContainEqual(
      expect.stringMatching(
        /^Changes in the workspace can be undone, .* coder_\d{4} asks to run: printf 'one\\n' >> counted\.txt && cat counted\.txt \.$/,
      ),
    );
    await workbench.statusBarItem(/1 question/).waitFor();
    await question.getByText("Allow Once").click();
    // The same command again is another question.
    await expectSoon(answers).toHaveLength(1);
    await question.getByText("Deny").click();
    await workbench.notification("The goal is reached").waitFor();
    expect(await product.workspace.read("counted.txt")).toBe("one\n");
    expect(await answers()).toEqual([
      ["allow", "user"],
      ["deny", "user"],
    ]);
  });

  it("allowed for the session is not asked again", async () => {
    const command = "printf 'two\\n' >> twice.txt";
    product.play(oneStep([useTool("bash", { command }), useTool("bash", { command }), say("Counted.")]));
    const workbench = await openProduct(product);
    await runGoal(workbench, "Count twice");
    await workbench
      .notification(/asks to run: /)
      .getByText("Allow for Session")
      .click();
    await workbench.notification("The goal is reached").waitFor();
    expect(await product.workspace.read("twice.txt")).toBe("two\ntwo\n");
    expect(await answers()).toEqual([["allow_session", "user"]]);
  });

  it("that looks like a link is none, and nobody says yes to it before it was read in the monitor", async () => {
    const command = "echo [harmless](command:workbench.action.files.newUntitledFile)";
    product.play(oneStep([useTool("bash", { command }), say("Said.")]));
    const workbench = await openProduct(product);
    await runGoal(workbench, "Say something harmless");
    const question = workbench.notification(/asks to use bash/);
    await question.waitFor();
    expect(await question.getByRole("link").count()).toBe(0);
    expect(await question.getByText("Allow", { exact: false }).count()).toBe(0);
    await question.getByText("Read in Monitor").click();
    const monitor = await monitorOf(workbench);
    const request = monitor.getByRole("article", { name: /asks to use bash/ });
    expect(await request.locator(".subject").textContent()).toContain(command);
    await request.getByText("Deny").click();
    await workbench.notification("The goal is reached").waitFor();
    expect(await answers()).toEqual([["deny", "VS Code"]]);
  });

  it("answered in the monitor is told as answered to who clicks the notification later", async () => {
    product.play(oneStep([useTool("bash", { command: "touch late.txt" }), say("Touched.")]));
    const workbench = await openProduct(product);
    await runGoal(workbench, "Touch late");
    const question = workbench.notification(/asks to run: touch late\.txt/);
    await question.waitFor();
    await workbench.runCommand("AI Orchestrator: Open Live Monitor");
    const monitor = await monitorOf(workbench);
    await monitor.getByText("Allow once").click();
    await workbench.notification("The goal is reached").waitFor();
    expect(await product.workspace.files()).toContain("late.txt");
    await question.getByText("Deny").click();
    await workbench.notification("This question has been answered already").waitFor();
    expect(await answers()).toEqual([["allow", "VS Code"]]);
  });

  it("of a protected path is a dialog with the path and the reason, whose closing is a no", async () => {
    const write = useTool("write", { file_path: ".vscode/tasks.json", content: "{}" });
    product.play(oneStep([write, write, say("Tried.")]));
    const workbench = await openProduct(product);
    await runGoal(workbench, "Write the tasks");
    const dialog = workbench.modal(/coder_\d{4} asks to use write on a protected path\./);
    await dialog.waitFor();
    expect(await dialog.textContent()).toContain(".vscode/tasks.json");
    expect(await dialog.textContent()).toContain("because changing it can make other programs run code");
    await workbench.page.keyboard.press("Escape");
    await expectSoon(answers).toEqual([["deny", "user"]]);
    expect(await product.workspace.files()).not.toContain(".vscode/tasks.json");
    await dialog.getByRole("button", { name: "Allow Once" }).click();
    await workbench.notification("The goal is reached").waitFor();
    expect(await product.workspace.read(".vscode/tasks.json")).toBe("{}");
    expect(await answers()).toEqual([
      ["deny", "user"],
      ["allow", "user"],
    ]);
    expect(told()).toContain("write: the user declined this call.");
  });

  it("is counted on the icon in the activity bar until its session is stopped", async () => {
    product.play(oneStep([useTool("bash", { command: "touch never.txt" }), say("Touched.")]));
    const workbench = await openProduct(product);
    const icon = workbench.page.getByRole("tab", { name: /^AI Orchestrator/ });
    await workbench.openContainer("AI Orchestrator");
    await runGoal(workbench, "Touch never");
    await expectSoon(() => icon.getAttribute("aria-label")).toContain("1 question");
    await workbench.treeItem(sessionsView, "Touch never").hover();
    await workbench.treeItem(sessionsView, "Touch never").getByRole("button", { name: "Stop" }).click();
    await expectSoon(() => icon.getAttribute("aria-label")).not.toContain("question");
    await expectSoon(async () => (await product.newestSession()).effectiveStatus).toBe("interrupted");
    expect(await answers()).toEqual([["deny", "stopped"]]);
    expect(await product.workspace.files()).not.toContain("never.txt");
  });
});
