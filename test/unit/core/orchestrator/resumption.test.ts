import { describe, expect, it } from "vitest";
import type { EventKind, EventOf, OrchestratorEvent } from "../../../../src/core/events/event.ts";
import { createGate } from "../../../support/gate.ts";
import { messagesOf, modelOf, toolResultsOf } from "../../../support/modelServerRequests.ts";
import { httpError, plan, say, slow, useTool, type Scripted } from "../../../support/modelServerReplies.ts";
import { byAgent, type ScriptedTurn } from "../../../support/modelServerScripts.ts";
import { createTemporaryFolder } from "../../../support/temporaryFolder.ts";
import { TestEngine } from "../../../support/testEngine.ts";

const step = (id: string, ...dependsOn: string[]) => ({
  id,
  title: `Title ${id}`,
  description: `Do the ${id} part.`,
  agentType: "writer",
  dependsOn,
});

function eventsOf<Kind extends EventKind>(events: readonly OrchestratorEvent[], kind: Kind): EventOf<Kind>[] {
  return events.filter((event): event is EventOf<Kind> => event.type === kind);
}

/** A turn that tells when it is asked for and then waits for ever, until the run is stopped. */
function hang(): { turn: ScriptedTurn; asked: Promise<void>; gate: ReturnType<typeof createGate> } {
  const asked = Promise.withResolvers<void>();
  const gate = createGate();
  const turn = (): Scripted => {
    asked.resolve();
    return slow({ hold: gate }, say("never"));
  };
  return { turn, asked: asked.promise, gate };
}

/** Runs a goal until the turn that hangs is asked for, and stops it there. */
async function runAndStop(test: TestEngine, asked: Promise<void>): Promise<OrchestratorEvent[]> {
  const running = await test.engine.orchestrator.start({
    goal: "Goal",
    sessionId: "session_test",
    workspaceFolders: test.folders,
  });
  await asked;
  running.stop("a test");
  return Array.fromAsync(running.events());
}

async function resume(test: TestEngine, more: { fromStep?: string; retrySteps?: string[] } = {}) {
  return Array.fromAsync(test.engine.orchestrator.resumeWorkflow({ sessionId: "session_test", ...more }));
}

describe("a session that was stopped", () => {
  it("goes on: finished steps do not run again, the others continue their conversation", async () => {
    const { turn, asked, gate } = hang();
    await using test = await TestEngine.start({
      script: byAgent({
        planner: [plan({ summary: "", steps: [step("alpha"), step("beta", "alpha")] })],
        steps: {
          "Do the alpha part.": [say("Result A")],
          "Do the beta part.": [useTool("write_md", { path: "b.md", content: "b" }), turn, say("Result B")],
        },
      }),
    });
    const before = await runAndStop(test, asked);
    const after = await resume(test);
    expect(after[0]).toMatchObject({
      type: "workflow_resumed",
      lastSeq: before.length,
      seq: before.length + 1,
      epoch: 2,
    });
    expect(eventsOf(after, "step_completed").map(({ stepId }) => stepId)).toEqual(["beta"]);
    expect(eventsOf(after, "agent_initialized")).toEqual([]);
    expect(eventsOf(after, "tool_use")).toEqual([]);
    expect(after.at(-1)).toMatchObject({ type: "workflow_completed", summary: "Result B", outputs: ["b.md"] });
    const last = test.server.requests.at(-1);
    expect(last && messagesOf(last).map(({ role }) => role)).toEqual(["user", "assistant", "user"]);
    expect(last && toolResultsOf(last)).toMatchObject([{ text: "created b.md (2 bytes)" }]);
    expect(test.server.violations).toEqual([]);
    gate.open();
  });

  it("begins when its process ended before the first event", async () => {
    await using test = await TestEngine.start({
      script: byAgent({
        planner: [plan({ summary: "", steps: [step("alpha")] })],
        steps: { "Do the alpha part.": [say("A")] },
      }),
    });
    const created = { sessionId: "session_test", goal: "Goal", folders: test.folders };
    await (await test.engine.sessions.create(created)).close();
    await resume(test);
    const log = await Array.fromAsync(test.engine.sessions.readEvents("session_test"));
    expect(log.slice(0, 2)).toMatchObject([
      { type: "session_created", goal: "Goal", seq: 1 },
      { type: "snapshot_created", versionId: "v1" },
    ]);
    expect(log.at(-1)).toMatchObject({ type: "workflow_completed", summary: "A" });
    expect(log.filter(({ type }) => type === "workflow_resumed")).toEqual([]);
  });

  it("adds up what was spent before and after", async () => {
    const { turn, asked, gate } = hang();
    await using test = await TestEngine.start({
      script: byAgent({
        planner: [plan({ summary: "", steps: [step("alpha")] })],
        steps: { "Do the alpha part.": [turn, say("A")] },
      }),
    });
    const before = await runAndStop(test, asked);
    const after = await resume(test);
    const spent = [...before, ...after].flatMap((event) =>
      event.type === "usage_recorded" ? event.usage.outputTokens : [],
    );
    expect(eventsOf(after, "workflow_completed")[0]?.usage.outputTokens).toBe(
      spent.reduce((sum, tokens) => sum + tokens, 0),
    );
    gate.open();
  });

  it("plans anew only when there is no plan yet, in the planner's own conversation", async () => {
    const { turn, asked, gate } = hang();
    await using test = await TestEngine.start({
      script: byAgent({
        planner: [useTool("glob", { pattern: "*" }), turn, plan({ summary: "", steps: [step("alpha")] })],
        steps: { "Do the alpha part.": [say("A")] },
      }),
    });
    await runAndStop(test, asked);
    const after = await resume(test);
    expect(after.map(({ type }) => type)).toContain("plan_created");
    expect(eventsOf(after, "agent_continued").map(({ agentId }) => agentId)).toEqual(["planner_0000"]);
    expect(after.at(-1)?.type).toBe("workflow_completed");
    gate.open();
  });

  it("keeps steps up to fromStep and runs its dependents again", async () => {
    await using test = await TestEngine.start({
      script: byAgent({
        planner: [
          plan({ summary: "", steps: [step("alpha"), step("other"), step("beta", "alpha"), step("gamma", "beta")] }),
        ],
        steps: {
          "Do the alpha part.": [say("A")],
          "Do the other part.": [say("O")],
          "Do the beta part.": [say("B"), say("B2")],
          "Do the gamma part.": [say("G"), say("G2")],
        },
      }),
    });
    await test.run("Goal");
    const after = await resume(test, { fromStep: "alpha" });
    expect(eventsOf(after, "step_completed").map(({ stepId, result, attempt }) => [stepId, result, attempt])).toEqual([
      ["beta", "B2", 2],
      ["gamma", "G2", 2],
    ]);
  });

  it("puts into the log which steps run again, before any of them begins", async () => {
    await using test = await TestEngine.start({
      script: byAgent({
        planner: [plan({ summary: "", steps: [step("alpha"), step("beta", "alpha")] })],
        steps: { "Do the alpha part.": [say("A"), say("A2")], "Do the beta part.": [say("B"), say("B2")] },
      }),
    });
    await test.run("Goal");
    const after = await resume(test, { retrySteps: ["alpha"] });
    expect(after.slice(0, 3)).toMatchObject([
      { type: "workflow_resumed" },
      { type: "steps_reset", stepIds: ["alpha", "beta"] },
      { type: "step_started", stepId: "alpha", attempt: 2 },
    ]);
    expect(after.at(-1)).toMatchObject({ type: "workflow_completed", summary: "B2" });
  });

  it("goes on in other folders when they are named, under the names its paths have, and stays there", async () => {
    const { turn, asked, gate } = hang();
    const again = hang();
    await using test = await TestEngine.start({
      script: byAgent({
        planner: [plan({ summary: "", steps: [step("alpha")] })],
        steps: { "Do the alpha part.": [turn, again.turn, say("A")] },
      }),
    });
    await using moved = await createTemporaryFolder();
    await runAndStop(test, asked);
    const running = await test.engine.orchestrator.resume({
      sessionId: "session_test",
      workspaceFolders: [{ name: "elsewhere", path: moved.path }],
      model: "claude-opus-5",
    });
    await again.asked;
    running.stop("a test");
    const folders = [{ name: "workspace", path: moved.path }];
    const [first] = await Array.fromAsync(running.events());
    expect(first).toMatchObject({ type: "workflow_resumed", folders, model: "claude-opus-5" });
    expect((await test.engine.sessions.getSession("session_test")).folders).toEqual(folders);
    const last = (await resume(test)).at(-1);
    expect(last).toMatchObject({ type: "workflow_completed", workspace: moved.path });
    expect(test.server.turns.map(modelOf).slice(2)).toEqual(["claude-opus-5", "claude-opus-5"]);
    gate.open();
    again.gate.open();
  });

  it("in several folders that were moved and are named in any order", async () => {
    const { turn, asked, gate } = hang();
    await using test = await TestEngine.start({
      script: byAgent({
        planner: [plan({ summary: "", steps: [step("alpha")] })],
        steps: { "Do the alpha part.": [turn, say("A")] },
      }),
    });
    await using api = await createTemporaryFolder();
    await using web = await createTemporaryFolder();
    const named = (...paths: readonly string[]) =>
      ["api", "web"].map((name, index) => ({ name, path: paths[index] ?? "" }));
    const running = await test.engine.orchestrator.start({
      goal: "Goal",
      sessionId: "session_test",
      workspaceFolders: named(test.workspace.path, api.path),
    });
    await asked;
    running.stop("a test");
    await running.ended;
    const workspaceFolders = named(api.path, web.path).toReversed();
    const { ended } = await test.engine.orchestrator.resume({ sessionId: "session_test", workspaceFolders });
    await ended;
    expect((await test.engine.sessions.getSession("session_test")).folders).toEqual(named(api.path, web.path));
    gate.open();
  });

  it("tries a failed step again with a new agent, and what was skipped because of it", async () => {
    await using test = await TestEngine.start({
      script: byAgent({
        planner: [plan({ summary: "", steps: [step("alpha"), step("beta", "alpha")] })],
        steps: { "Do the alpha part.": [httpError(400), say("A")], "Do the beta part.": [say("B")] },
      }),
    });
    const before = await test.run("Goal");
    expect(before.at(-1)?.type).toBe("workflow_failed");
    const after = await resume(test);
    expect(eventsOf(after, "agent_initialized").map(({ agentId }) => agentId)).toEqual([
      "writer_0000_2",
      "writer_0000_3",
    ]);
    expect(after.at(-1)?.type).toBe("workflow_completed");
    expect((await test.engine.sessions.getSession("session_test")).effectiveStatus).toBe("completed");
  });

  it.each([
    ["that does not exist", { sessionId: "nobody" }, "session.unknown"],
    ["whose step does not exist", { sessionId: "session_test", fromStep: "alpa" }, "step.unknown"],
    ["that is complete", { sessionId: "session_test" }, "session.complete"],
    [
      "with another number of folders",
      { sessionId: "session_test", fromStep: "alpha", workspaceFolders: [] },
      "session.otherFolders",
    ],
  ])("refuses a session %s before anything changes", async (_, request, code) => {
    await using test = await TestEngine.start({
      script: byAgent({
        planner: [plan({ summary: "", steps: [step("alpha")] })],
        steps: { "Do the alpha part.": [say("A")] },
      }),
    });
    const events = await test.run("Goal");
    await expect(test.engine.orchestrator.resume(request)).rejects.toMatchObject({ code });
    expect((await test.engine.sessions.getSession("session_test")).lastSeq).toBe(events.length);
  });
});
