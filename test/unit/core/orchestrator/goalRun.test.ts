import { describe, expect, it } from "vitest";
import type { EventKind, EventOf, OrchestratorEvent } from "../../../../src/core/events/event.ts";
import { createMeeting } from "../../../support/gate.ts";
import { expectGolden } from "../../../support/goldenFile.ts";
import { firstUserTextOf, messagesOf, toolNamesOf, toolResultsOf } from "../../../support/modelServerRequests.ts";
import {
  cutInsideStream,
  garbage,
  httpError,
  plan,
  say,
  slow,
  turn,
  useTool,
} from "../../../support/modelServerReplies.ts";
import { byAgent } from "../../../support/modelServerScripts.ts";
import { TestEngine } from "../../../support/testEngine.ts";

const step = (id: string, more: object = {}) => ({
  id,
  title: `Title ${id}`,
  description: `Do the ${id} part.`,
  agentType: "researcher",
  dependsOn: [],
  ...more,
});
const onlyStep = plan({ summary: "One step.", steps: [step("alpha")] });

function eventsOf<Kind extends EventKind>(events: readonly OrchestratorEvent[], kind: Kind): EventOf<Kind>[] {
  return events.filter((event): event is EventOf<Kind> => event.type === kind);
}

const kinds = (events: readonly OrchestratorEvent[]): string[] => events.map((event) => event.type);

/** Without what comes when it is ready, wherever that is between the others. */
function withoutBackground(events: readonly OrchestratorEvent[]): OrchestratorEvent[] {
  return events
    .filter(({ type }) => type !== "snapshot_captured")
    .map((event, index) => ({ ...event, seq: index + 1, id: `evt_${event.epoch}_${index + 1}` }));
}

describe("a goal", () => {
  it("runs as recorded: plan, two steps, a tool, a report", async () => {
    await using test = await TestEngine.start({
      script: byAgent({
        planner: [
          [say("Let me look."), useTool("glob", { pattern: "*" })],
          plan({
            summary: "Two steps.",
            steps: [
              step("alpha"),
              step("beta", { agentType: "writer", dependsOn: ["alpha"], outputFile: "report.md" }),
            ],
          }),
        ],
        steps: {
          "Do the alpha part.": [useTool("read", { file_path: "notes.txt" }), say("The notes say: ", "hello.")],
          "Do the beta part.": [
            useTool("write_md", { path: "report.md", content: "# Report\n\nhello" }),
            say("Written."),
          ],
        },
      }),
    });
    await test.workspace.write({ "notes.txt": "hello\n" });
    const events = await test.run("Say what the notes say", { concurrency: 1 });
    expectGolden("goal-two-steps.jsonl", withoutBackground(events), {
      replace: { [test.workspace.path]: "<workspace>", [test.server.url]: "<server>" },
    });
    expect(await test.workspace.read("report.md")).toBe("# Report\n\nhello\n");
    expect(test.server.violations).toEqual([]);
  });

  it("runs independent steps at the same time and hands both results to the step that needs them", async () => {
    const bothAsked = createMeeting(2);
    await using test = await TestEngine.start({
      script: byAgent({
        planner: [
          plan({ summary: "", steps: [step("alpha"), step("beta"), step("gamma", { dependsOn: ["alpha", "beta"] })] }),
        ],
        steps: {
          "Do the alpha part.": [slow({ hold: bothAsked }, say("Result A"))],
          "Do the beta part.": [slow({ hold: bothAsked }, say("Result B"))],
          "Do the gamma part.": [say("Both")],
        },
      }),
    });
    const events = await test.run("Goal");
    expect(kinds(events).at(-1)).toBe("workflow_completed");
    const dependent = test.server.requests.find((request) => firstUserTextOf(request).includes("Do the gamma part."));
    expect(dependent && firstUserTextOf(dependent)).toMatch(
      /## Result of step alpha: Title alpha\n\nResult A[\s\S]*## Result of step beta: Title beta\n\nResult B/,
    );
  });

  it("sends tools, the full history and the tool results", async () => {
    await using test = await TestEngine.start({
      script: byAgent({
        planner: [onlyStep],
        steps: { "Do the alpha part.": [useTool("read", { file_path: "a.txt" }, { id: "toolu_1" }), say("Done")] },
      }),
    });
    await test.workspace.write({ "a.txt": "content of a\n" });
    await test.run("Goal");
    const last = test.server.requests.at(-1);
    if (!last) throw new Error("no request");
    expect(toolNamesOf(last)).toEqual(expect.arrayContaining(["read", "glob", "grep", "write_md"]));
    expect(messagesOf(last).map((message) => message.role)).toEqual(["user", "assistant", "user"]);
    expect(toolResultsOf(last)).toMatchObject([{ text: "content of a\n" }]);
  });

  it("fails the steps that need a failed one, runs the others, and says so", async () => {
    await using test = await TestEngine.start({
      script: byAgent({
        planner: [plan({ summary: "", steps: [step("alpha"), step("beta"), step("gamma", { dependsOn: ["alpha"] })] })],
        steps: { "Do the alpha part.": [httpError(400)], "Do the beta part.": [say("Result B")] },
      }),
    });
    const events = await test.run("Goal");
    expect(eventsOf(events, "step_failed").map((event) => event.stepId)).toEqual(["alpha"]);
    expect(eventsOf(events, "step_skipped")).toMatchObject([{ stepId: "gamma", blockedBy: ["alpha"] }]);
    expect(eventsOf(events, "step_completed").map((event) => event.stepId)).toEqual(["beta"]);
    expect(eventsOf(events, "workflow_failed")).toMatchObject([{ error: { code: "model.badRequest" } }]);
    expect((await test.engine.sessions.getSession("session_test")).effectiveStatus).toBe("failed");
  });

  it.each([
    ["an unknown agent type", { agentType: "wizard" }, /wizard/],
    ["a circle", { dependsOn: ["alpha"] }, /circle/],
  ])("asks once more for a plan with %s, then runs the corrected one", async (_, wrong, told) => {
    await using test = await TestEngine.start({
      script: byAgent({
        planner: [plan({ summary: "", steps: [step("alpha", wrong)] }), onlyStep],
        steps: { "Do the alpha part.": [say("Fine")] },
      }),
    });
    const events = await test.run("Goal");
    expect(kinds(events).at(-1)).toBe("workflow_completed");
    const second = test.server.requests[1];
    expect(second && toolResultsOf(second)).toMatchObject([{ text: expect.stringMatching(told) as string }]);
  });

  it("fails with the reason when the second plan is wrong too", async () => {
    const wrong = plan({ summary: "", steps: [] });
    await using test = await TestEngine.start({ script: byAgent({ planner: [wrong, wrong] }) });
    const events = await test.run("Goal");
    expect(eventsOf(events, "workflow_failed")).toMatchObject([{ error: { code: "plan.invalid" } }]);
    expect(test.server.requests).toHaveLength(2);
  });

  it("reminds a planner that only talks, and fails when it goes on talking", async () => {
    await using test = await TestEngine.start({
      script: byAgent({ planner: [say("I think…"), say("I still think…")] }),
    });
    const events = await test.run("Goal");
    expect(eventsOf(events, "workflow_failed")).toMatchObject([{ error: { code: "plan.missing" } }]);
  });

  it("takes up a broken stream from the last committed turn", async () => {
    await using test = await TestEngine.start({
      script: byAgent({
        planner: [onlyStep],
        steps: { "Do the alpha part.": [useTool("glob", { pattern: "*" }), cutInsideStream(3), say("Recovered")] },
      }),
    });
    const events = await test.run("Goal");
    expect(eventsOf(events, "agent_completed").at(-1)?.result).toBe("Recovered");
    expect(eventsOf(events, "retry_scheduled")).toHaveLength(1);
    expect(eventsOf(events, "tool_result").filter((event) => event.tool === "glob")).toHaveLength(1);
    expect(eventsOf(events, "usage_recorded").filter((event) => event.wasted)).toHaveLength(1);
    const last = test.server.requests.at(-1);
    expect(last && messagesOf(last).map((message) => message.role)).toEqual(["user", "assistant", "user"]);
  });

  it("gives up on a server that only sends garbage, with a clear error", async () => {
    await using test = await TestEngine.start({ script: () => garbage(), settings: { maxRetries: 0 } });
    const events = await test.run("Goal");
    expect(eventsOf(events, "workflow_failed")).toMatchObject([{ error: { code: "model.invalidResponse" } }]);
    expect(test.server.requests.length).toBeLessThanOrEqual(4);
  });

  it("does not hammer a server that refuses the key", async () => {
    await using test = await TestEngine.start({ script: () => httpError(401) });
    const events = await test.run("Goal");
    expect(eventsOf(events, "workflow_failed")).toMatchObject([
      { error: { code: "model.keyRejected", params: { status: 401 } } },
    ]);
    expect(test.server.requests).toHaveLength(1);
  });

  it("ends an agent that uses all its turns", async () => {
    const look = useTool("glob", { pattern: "*" });
    await using test = await TestEngine.start({
      script: byAgent({ planner: [onlyStep], steps: { "Do the alpha part.": [look, look, look] } }),
    });
    const events = await test.run("Goal", { maxTurns: 2 });
    expect(eventsOf(events, "workflow_failed")).toMatchObject([
      { error: { code: "agent.maxTurns", params: { turns: 2 } } },
    ]);
  });

  it.each([
    ["max_tokens", "model.maxTokens"],
    ["refusal", "model.refused"],
    ["model_context_window_exceeded", "model.contextFull"],
  ] as const)("says why the model stopped: %s", async (stopReason, code) => {
    await using test = await TestEngine.start({
      script: byAgent({
        planner: [onlyStep],
        steps: { "Do the alpha part.": [turn([say("Half of")], { stopReason })] },
      }),
    });
    const events = await test.run("Goal");
    expect(eventsOf(events, "agent_error")).toMatchObject([{ error: { code } }]);
  });

  it("goes on after pause_turn", async () => {
    await using test = await TestEngine.start({
      script: byAgent({
        planner: [onlyStep],
        steps: { "Do the alpha part.": [turn([say("One moment.")], { stopReason: "pause_turn" }), say("Done")] },
      }),
    });
    const events = await test.run("Goal");
    expect(eventsOf(events, "agent_completed").at(-1)?.result).toBe("Done");
  });

  it("writes a promised file from the answer when the agent did not, and never over a file of somebody else", async () => {
    await using test = await TestEngine.start({
      script: byAgent({
        planner: [plan({ summary: "", steps: [step("alpha", { outputFile: "report.md" })] })],
        steps: { "Do the alpha part.": [say("# The report")] },
      }),
    });
    await test.workspace.write({ "report.md": "mine\n" });
    const events = await test.run("Goal");
    expect(await test.workspace.read("report.md")).toBe("mine\n");
    expect(await test.workspace.read("report-2.md")).toBe("# The report\n");
    expect(eventsOf(events, "workflow_completed")).toMatchObject([{ outputs: ["report-2.md"] }]);
  });

  it("stops when asked, keeps what is done, and says who asked", async () => {
    const asked = Promise.withResolvers<void>();
    const never = createMeeting(2);
    await using test = await TestEngine.start({
      script: byAgent({
        planner: [plan({ summary: "", steps: [step("alpha"), step("beta", { dependsOn: ["alpha"] })] })],
        steps: {
          "Do the alpha part.": [say("A")],
          "Do the beta part.": [() => (asked.resolve(), slow({ hold: never }, say("never")))],
        },
      }),
    });
    const running = await test.engine.orchestrator.start({
      goal: "Goal",
      sessionId: "session_test",
      workspaceFolders: test.folders,
    });
    await asked.promise;
    const outcome = await test.engine.control.stop("session_test", "a test");
    expect(outcome).toEqual({ accepted: true });
    const events = await Array.fromAsync(running.events());
    expect(events.at(-1)).toMatchObject({ type: "workflow_interrupted", lastCompletedStep: "alpha", by: "a test" });
    expect((await test.engine.sessions.getSession("session_test")).effectiveStatus).toBe("interrupted");
    never.open();
  });
});

describe("bad requests", () => {
  it.each([
    ["an empty goal", { goal: "  \n " }, "goal.empty"],
    ["a goal longer than any", { goal: "x".repeat(100_001) }, "goal.tooLong"],
    ["a session id that could be a path", { goal: "g", sessionId: "../x" }, "session.invalidId"],
  ])("refuses %s before anything is created", async (_, request, code) => {
    await using test = await TestEngine.start({ script: () => httpError(500) });
    await expect(test.engine.orchestrator.start({ workspaceFolders: test.folders, ...request })).rejects.toMatchObject({
      code,
    });
    expect(await test.engine.sessions.listSessions({ limit: 10 })).toEqual([]);
    expect(test.server.requests).toEqual([]);
  });
});
