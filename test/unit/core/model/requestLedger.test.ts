import { describe, expect, it } from "vitest";
import type { EventKind, EventOf, OrchestratorEvent } from "../../../../src/core/events/event.ts";
import { createGate } from "../../../support/gate.ts";
import { cutInsideStream, httpError, plan, say, slow, useTool } from "../../../support/modelServerReplies.ts";
import { byAgent, type ScriptedTurn } from "../../../support/modelServerScripts.ts";
import { TestEngine } from "../../../support/testEngine.ts";

const onlyStep = plan({
  summary: "",
  steps: [{ id: "alpha", title: "Alpha", description: "Do the alpha part.", agentType: "writer", dependsOn: [] }],
});

function start(...turns: ScriptedTurn[]): Promise<TestEngine> {
  return TestEngine.start({ script: byAgent({ planner: [onlyStep], steps: { "Do the alpha part.": turns } }) });
}

function eventsOf<Kind extends EventKind>(events: readonly OrchestratorEvent[], kind: Kind): EventOf<Kind>[] {
  return events.filter((event): event is EventOf<Kind> => event.type === kind);
}

function ofAlpha<Event extends OrchestratorEvent>(events: readonly Event[]): Event[] {
  return events.filter((event) => "stepId" in event && event.stepId === "alpha");
}

describe("what model requests cost", () => {
  it("is announced in the log before a request is sent", async () => {
    const told: OrchestratorEvent[] = [];
    let toldBefore: OrchestratorEvent[] = [];
    await using test = await start(() => {
      toldBefore = [...told];
      return say("Done");
    });
    test.engine.bus.subscribe("*", (event) => void told.push(event as OrchestratorEvent));
    await test.run("Goal");
    const [announced] = ofAlpha(eventsOf(toldBefore, "request_started"));
    const length = test.server.turns.at(-1)?.rawBody.length ?? 0;
    expect(announced).toMatchObject({ purpose: "agent", estimatedInputTokens: Math.ceil(length / 4) });
  });

  it("comes into the log together with the turn it paid for", async () => {
    await using test = await start([say("Look."), useTool("glob", { pattern: "*" })], say("Done"));
    const events = await test.run("Goal");
    const turns = eventsOf(events, "turn_completed");
    const paid = eventsOf(events, "usage_recorded");
    expect(paid.map(({ seq, usage, wasted }) => ({ seq: seq + 1, usage, wasted }))).toEqual(
      turns.map(({ seq, usage }) => ({ seq, usage, wasted: undefined })),
    );
    expect(paid.map(({ requestId }) => requestId)).toEqual(
      eventsOf(events, "request_started").map(({ requestId }) => requestId),
    );
  });

  it("is announced once for a request that the client sends again", async () => {
    await using test = await start(httpError(529, { headers: { "retry-after-ms": "0" } }), say("Done"));
    const events = await test.run("Goal");
    expect(ofAlpha(eventsOf(events, "retry_scheduled"))).toHaveLength(1);
    expect(ofAlpha(eventsOf(events, "request_started"))).toHaveLength(1);
    expect(ofAlpha(eventsOf(events, "usage_recorded"))).toHaveLength(1);
  });

  it("is wasted when the answer breaks", async () => {
    await using test = await start(cutInsideStream(3), say("Done"));
    const events = ofAlpha(await test.run("Goal"));
    expect(eventsOf(events, "request_started")).toHaveLength(2);
    expect(eventsOf(events, "usage_recorded").map(({ wasted }) => wasted)).toEqual([true, undefined]);
  });

  it("is estimated when a run is stopped before the answer begins, and not paid again after that", async () => {
    const gate = createGate();
    await using test = await start(slow({ hold: gate }, say("never")), say("Done"));
    const running = await test.engine.orchestrator.start({
      goal: "Goal",
      sessionId: "session_test",
      workspaceFolders: test.folders,
    });
    await gate.reached();
    running.stop("a test");
    const before = await Array.fromAsync(running.events());
    const [announced] = ofAlpha(eventsOf(before, "request_started"));
    expect(ofAlpha(eventsOf(before, "usage_recorded"))).toMatchObject([
      {
        requestId: announced?.requestId,
        usage: { inputTokens: announced?.estimatedInputTokens, outputTokens: 0 },
        wasted: true,
        estimated: true,
      },
    ]);
    const after = await Array.fromAsync(test.engine.orchestrator.resumeWorkflow({ sessionId: "session_test" }));
    expect(eventsOf(after, "usage_recorded").map(({ wasted }) => wasted)).toEqual([undefined]);
    gate.open();
  });

  it("is nothing for a request that the server refuses, also after a resume", async () => {
    await using test = await start(httpError(400), say("Done"));
    const before = await test.run("Goal");
    expect(ofAlpha(eventsOf(before, "usage_recorded"))).toEqual([]);
    const after = await Array.fromAsync(test.engine.orchestrator.resumeWorkflow({ sessionId: "session_test" }));
    expect(eventsOf(after, "usage_recorded").map(({ wasted }) => wasted)).toEqual([undefined]);
  });
});
