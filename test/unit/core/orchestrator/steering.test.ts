import { describe, expect, it } from "vitest";
import { createGate } from "../../../support/gate.ts";
import { lastUserTextOf } from "../../../support/modelServerRequests.ts";
import { plan, say, slow, useTool } from "../../../support/modelServerReplies.ts";
import { byAgent } from "../../../support/modelServerScripts.ts";
import { TestEngine } from "../../../support/testEngine.ts";

const onlyStep = plan({
  summary: "",
  steps: [{ id: "alpha", title: "Alpha", description: "Do the alpha part.", agentType: "writer", dependsOn: [] }],
});

/** A run whose agent waits in its first turn for `gate`, and what the test needs to talk to it. */
async function startHeld(gate: ReturnType<typeof createGate>) {
  const test = await TestEngine.start({
    script: byAgent({
      planner: [onlyStep],
      steps: {
        "Do the alpha part.": [slow({ hold: gate }, useTool("glob", { pattern: "*" })), say("Done"), say("Done again")],
      },
    }),
  });
  const running = await test.engine.orchestrator.start({
    goal: "Goal",
    sessionId: "session_test",
    workspaceFolders: test.folders,
  });
  const asked = test.server.waitForRequest((request) => lastUserTextOf(request).includes("Do the alpha part."));
  await asked;
  const send = (kind: "pause" | "continue" | "steer", payload: unknown = null) =>
    test.engine.control.send("session_test", kind, payload, "a test");
  return { test, running, send };
}

describe("a paused run", () => {
  it("sends nothing to the model until it goes on, and tells both", async () => {
    const gate = createGate();
    const { test, running, send } = await startHeld(gate);
    await using _ = test;
    expect(await send("pause")).toEqual({ accepted: true });
    gate.open();
    const types: string[] = [];
    let asked = 0;
    for await (const event of running.events()) {
      types.push(event.type);
      if (event.type !== "tool_result" || event.tool !== "glob") continue;
      asked = test.server.requests.length;
      // The result is in, and nothing follows it but our going on.
      expect(await send("continue")).toEqual({ accepted: true });
    }
    expect(asked).toBe(2);
    expect(types.indexOf("pool_continued")).toBeGreaterThan(types.indexOf("tool_result"));
    expect(types.at(-1)).toBe("workflow_completed");
  });

  it("can be stopped", async () => {
    const gate = createGate();
    const { test, running, send } = await startHeld(gate);
    await using _ = test;
    await send("pause");
    gate.open();
    running.stop("a test");
    const events = await Array.fromAsync(running.events());
    expect(events.at(-1)).toMatchObject({ type: "workflow_interrupted", by: "a test" });
  });

  it("refuses to be paused twice or to go on when it runs", async () => {
    const gate = createGate();
    const { test, running, send } = await startHeld(gate);
    await using _ = test;
    expect(await send("continue")).toMatchObject({ accepted: false, refusal: { code: "session.notPaused" } });
    await send("pause");
    expect(await send("pause")).toMatchObject({ accepted: false, refusal: { code: "session.paused" } });
    await send("continue");
    gate.open();
    await running.ended;
  });
});

describe("a message to the agents", () => {
  it("reaches the conversation before the next request and is in the log with its command", async () => {
    const gate = createGate();
    const { test, running, send } = await startHeld(gate);
    await using _ = test;
    expect(await send("steer", { text: "Also mention the tests." })).toEqual({ accepted: true });
    gate.open();
    const events = await Array.fromAsync(running.events());
    expect(events).toContainEqual(
      expect.objectContaining({
        type: "message_sent",
        content: "Also mention the tests.",
        by: "a test",
        commandId: "command_1",
      }),
    );
    const next = test.server.requests.at(-1);
    expect(next && lastUserTextOf(next)).toContain("Also mention the tests.");
    expect(test.server.violations).toEqual([]);
  });

  it.each([
    [{ text: "  " }, "command.stale"],
    [{ text: "x", agentId: "nobody_0000" }, "agent.notWorking"],
    [null, "command.stale"],
  ])("is refused when nobody can take it: %o", async (payload, code) => {
    const gate = createGate();
    const { test, running, send } = await startHeld(gate);
    await using _ = test;
    expect(await send("steer", payload)).toMatchObject({ accepted: false, refusal: { code } });
    gate.open();
    await running.ended;
  });
});
