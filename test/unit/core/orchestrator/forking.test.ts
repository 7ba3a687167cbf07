import { readdir } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { EventKind, EventOf, OrchestratorEvent, Plan } from "../../../../src/core/events/event.ts";
import type { ForkRequest } from "../../../../src/core/orchestrator/forking.ts";
import { expectGoldenText } from "../../../support/goldenFile.ts";
import { firstUserTextOf, isPlannerRequest, modelOf, systemTextOf } from "../../../support/modelServerRequests.ts";
import { plan, say, useTool } from "../../../support/modelServerReplies.ts";
import { byAgent } from "../../../support/modelServerScripts.ts";
import { TestEngine } from "../../../support/testEngine.ts";

const step = (id: string, ...dependsOn: string[]) => ({
  id,
  title: `Title ${id}`,
  description: `Do the ${id} part.`,
  agentType: "writer",
  dependsOn,
});

function ofKind<Kind extends EventKind>(events: readonly OrchestratorEvent[], kind: Kind): EventOf<Kind>[] {
  return events.filter((event): event is EventOf<Kind> => event.type === kind);
}

/** A run of three steps in a row, and what a fork of it may ask for. */
const script = () =>
  byAgent({
    planner: [
      plan({ summary: "Three", steps: [step("alpha"), step("beta", "alpha"), step("gamma", "beta")] }),
      plan({ summary: "One", steps: [step("alpha")] }),
    ],
    steps: {
      "Do the alpha part.": [
        [say("Writing."), useTool("write_md", { path: "a.md", content: "a" })],
        say("Result A"),
        say("Another A"),
        say("Third A"),
      ],
      "Do the beta part.": [say("Result B"), say("Another B")],
      "Do the gamma part.": [say("Result C"), say("Another C")],
      "Do delta.": [say("Result D")],
    },
  });

let test: TestEngine;
beforeEach(async () => {
  test = await TestEngine.start({ script: script() });
  await test.run("Goal");
});
afterEach(() => test[Symbol.asyncDispose]());

async function fork(more: Partial<ForkRequest> = {}): Promise<OrchestratorEvent[]> {
  return Array.fromAsync(
    test.engine.orchestrator.forkWorkflow({
      ...{ sessionId: "session_test", versionId: "v2", forkId: "fork", ...more },
    }),
  );
}

/** Tasks the model was given since the parent ended. */
function tasksSince(count: number): string[] {
  return test.server.turns
    .slice(count)
    .map((request) => /^# Your task: (.*)$/m.exec(firstUserTextOf(request))?.[1] ?? "");
}

describe("a fork with the same goal", () => {
  it("keeps plan and finished results, and runs the rest", async () => {
    const asked = test.server.turns.length;
    const events = await fork();
    expect(events.slice(0, 2)).toMatchObject([
      { type: "session_forked", sessionId: "fork", epoch: 1, parentSessionId: "session_test", parentVersionId: "v2" },
      { type: "workflow_resumed", epoch: 2 },
    ]);
    expect(tasksSince(asked)).toEqual(["Title beta", "Title gamma"]);
    expect(firstUserTextOf(test.server.turns[asked]!)).toContain("Result A");
    expect(ofKind(events, "step_started").map(({ stepId, attempt }) => `${stepId} ${attempt}`)).toEqual([
      "beta 1",
      "gamma 1",
    ]);
    expect(events.at(-1)).toMatchObject({ type: "workflow_completed", summary: "Another C", outputs: ["a.md"] });
    const { workflow } = await test.engine.sessions.getActiveSession("fork");
    expect(Object.values(workflow.steps).map(({ result }) => result)).toEqual(["Result A", "Another B", "Another C"]);
  });

  it("costs what it spent itself", async () => {
    const parent = await test.engine.sessions.getSession("session_test");
    const events = await fork();
    const spent = ofKind(events, "usage_recorded").reduce((sum, { costUsd }) => sum + (costUsd ?? 0), 0);
    const row = await test.engine.sessions.getSession("fork");
    expect(row.costUsd).toBeCloseTo(spent, 10);
    expect(spent).toBeLessThan(parent.costUsd);
    expect(ofKind(events, "workflow_completed")[0]?.costUsd).toBeCloseTo(spent, 10);
    expect(await test.engine.sessions.getSession("session_test")).toEqual(parent);
  });

  it("of a version before there was a plan is planned anew", async () => {
    const events = await fork({ versionId: "v1" });
    expect(ofKind(events, "plan_created")).toMatchObject([{ plan: { summary: "One" } }]);
    expect(events.at(-1)).toMatchObject({ type: "workflow_completed", summary: "Another A" });
  });

  it("goes on after it was interrupted like any session", async () => {
    for await (const event of test.engine.orchestrator.forkWorkflow({
      ...{ sessionId: "session_test", versionId: "v2", forkId: "fork", prompt: "Be brief.", model: "claude-haiku-4-5" },
    })) {
      if (event.type === "step_started") break;
    }
    const asked = test.server.turns.length;
    const events = await Array.fromAsync(test.engine.orchestrator.resumeWorkflow({ sessionId: "fork" }));
    expect(events.at(-1)).toMatchObject({ type: "workflow_completed" });
    for (const request of test.server.turns.slice(asked)) {
      expect(modelOf(request)).toBe("claude-haiku-4-5");
      expect(systemTextOf(request)).toContain("Be brief.");
    }
  });

  it("can have its plan edited: what is still the same work stays done", async () => {
    const asked = test.server.turns.length;
    const edited: Plan = {
      summary: "Edited",
      steps: [
        { ...step("alpha"), title: "Renamed" },
        { ...step("delta", "alpha"), description: "Do delta." },
      ],
    };
    const events = await fork({ versionId: "v3", plan: edited });
    expect(tasksSince(asked)).toEqual(["Title delta"]);
    expect(ofKind(events, "steps_reset")).toMatchObject([{ stepIds: ["beta"] }]);
    expect(ofKind(events, "plan_revised")).toMatchObject([{ plan: edited }]);
    const { workflow } = await test.engine.sessions.getActiveSession("fork");
    expect(Object.keys(workflow.steps)).toEqual(["alpha", "delta"]);
    expect(events.at(-1)).toMatchObject({ type: "workflow_completed", summary: "Result D" });
  });
});

describe("a fork with another goal", () => {
  it("is planned anew, and its planner knows what was done", async () => {
    const asked = test.server.turns.length;
    const events = await fork({ versionId: "v3", goal: "Another goal", prompt: "Use British spelling." });
    const [planning, work] = test.server.turns.slice(asked);
    expect(planning && isPlannerRequest(planning)).toBe(true);
    expectGoldenText("forked-plan-task.md", firstUserTextOf(planning!));
    for (const request of [planning!, work!]) expect(systemTextOf(request)).toContain("Use British spelling.");
    expect(firstUserTextOf(work!)).toContain("# Goal of the whole team\n\nAnother goal");
    expect(ofKind(events, "step_completed")).toMatchObject([{ stepId: "alpha", attempt: 1, result: "Another A" }]);
    const { workflow } = await test.engine.sessions.getActiveSession("fork");
    expect(workflow).toMatchObject({ goal: "Another goal", status: "completed", summary: "Another A" });
    expect(Object.keys(workflow.steps)).toEqual(["alpha"]);
  });

  it("lets its planner read all of a long result", async () => {
    await using other = await TestEngine.start({
      script: byAgent({
        planner: [
          plan({ summary: "", steps: [step("alpha"), step("beta", "alpha")] }),
          useTool("read_result", { step_id: "alpha", offset: 0 }),
          plan({ summary: "", steps: [step("beta")] }),
        ],
        steps: {
          "Do the alpha part.": [say(`${"long ".repeat(1_000)}end of A`)],
          "Do the beta part.": [say("B"), say("B2")],
        },
      }),
    });
    await other.run("Goal");
    const request = { sessionId: "session_test", versionId: "v2", goal: "Another" };
    const events = await Array.fromAsync(other.engine.orchestrator.forkWorkflow(request));
    expect(ofKind(events, "tool_result")).toMatchObject([
      { tool: "read_result", content: expect.stringContaining("end of A") as string },
      { tool: "submit_plan" },
    ]);
    expect(events.at(-1)).toMatchObject({ type: "workflow_completed" });
  });

  it("that is the parent's own keeps the plan", async () => {
    const events = await fork({ goal: " Goal\n" });
    expect(ofKind(events, "plan_created")).toEqual([]);
    expect(ofKind(events, "session_forked")[0]).not.toHaveProperty("goal");
  });
});

describe("a fork is refused", () => {
  const long = "x".repeat(100_001);

  it.each<[string, Partial<ForkRequest>, object]>([
    ["session.unknown", { sessionId: "session_tset" }, { nearest: "session_test" }],
    ["version.unknown", { versionId: "v33" }, { version: "v33", nearest: "v3" }],
    ["goal.empty", { goal: " \n" }, {}],
    ["goal.tooLong", { goal: long }, { length: 100_001 }],
    ["prompt.tooLong", { prompt: long }, { length: 100_001 }],
    ["fork.complete", { versionId: "v4" }, { version: "v4" }],
    ["session.exists", { forkId: "session_test" }, { id: "session_test" }],
    ["session.invalidId", { forkId: "../x" }, { id: "../x" }],
    ["plan.notRunnable", { plan: { summary: "", steps: [step("a", "b")] } }, {}],
    ["workspace.missing", { workspaceFolders: [{ name: "w", path: "/nowhere/at/all" }] }, { path: "/nowhere/at/all" }],
  ])("as %s, and there is none", async (code, request, params) => {
    await expect(fork(request)).rejects.toMatchObject({ code, params: expect.objectContaining(params) as unknown });
    const left = await test.engine.sessions.listSessions({ limit: 10 });
    expect(left.map(({ sessionId }) => sessionId)).toEqual(["session_test"]);
  });

  it("with a version that holds no files where a new folder is wanted", async () => {
    await test.engine.sessions.createSession({ sessionId: "bare" });
    const path = test.home.join("..", "nothing-here");
    const workspace = { kind: "newFolder", path } as const;
    await expect(fork({ sessionId: "bare", versionId: "v1", goal: "x", workspace })).rejects.toMatchObject({
      code: "snapshot.notCaptured",
    });
    await expect(readdir(path)).rejects.toThrow("ENOENT");
  });

  it("in the folder of a parent that runs", async () => {
    const running = await test.engine.sessions.openForWriting("session_test");
    await expect(fork()).rejects.toMatchObject({
      code: "fork.running",
      params: { id: "session_test", version: "v2", owner: expect.stringContaining("test") as string },
    });
    await running.close();
  });
});
