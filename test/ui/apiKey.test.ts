/** A key typed in, refused, replaced and used: kept in VS Code, sent to the one server it was entered for. */
import { expect, it } from "vitest";
import { oneStep } from "../support/goalScenarios.ts";
import { say } from "../support/modelServerReplies.ts";
import { expectSoon } from "../support/expectSoon.ts";
import { openProduct, productForTest, runGoal, sessionLabels } from "../support/workbench/productWindow.ts";

const RIGHT_KEY = "sk-ant-test-right-5d1f";

it("a refused key fails the session, offers to set another, and that one reaches the goal", async () => {
  const product = await productForTest({ expectKey: RIGHT_KEY });
  product.play(oneStep([say("Done.")]));
  const workbench = await openProduct(product);
  await workbench.runCommand("AI Orchestrator: Set API Key…");
  const origin = new URL(product.model.url).origin;
  await workbench.page.getByText(`The key for ${origin}.`).waitFor();
  await workbench.answer("Set API Key", "sk-ant-test-wrong");
  await workbench.notification(`The API key for ${origin} is stored.`).waitFor();

  await runGoal(workbench, "Try the key");
  const refusal = workbench.notification(`${origin} refused the API key (status 401).`);
  await refusal.waitFor();
  await workbench.openContainer("AI Orchestrator");
  await expectSoon(() => sessionLabels(workbench)).toEqual([
    "Today 1",
    expect.stringMatching(/^ {2}Try the key, failed, /),
  ]);

  await refusal.getByText("Set API Key…").click();
  await workbench.answer("Set API Key", RIGHT_KEY);
  await runGoal(workbench, "Try the key again");
  await workbench.notification("The goal is reached: Try the key again").waitFor();
  const keys = new Set(product.model.requests.map(({ headers }) => headers.authorization));
  expect([...keys]).toEqual(["Bearer sk-ant-test-wrong", `Bearer ${RIGHT_KEY}`]);

  // It is there after a reload, until it is cleared.
  await workbench.reload();
  await workbench.runCommand("AI Orchestrator: Clear API Key…");
  await workbench.notification(`The API key for ${origin} is deleted.`).waitFor();
  for (const { sessionId } of await product.sessions()) {
    expect(JSON.stringify(await product.events(sessionId))).not.toContain("sk-ant-test");
  }
});
