import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ProgressMonitor, type Metrics } from "../../../../src/core/monitoring/progressMonitor.ts";
import { ResourceSampler } from "../../../../src/core/monitoring/resourceSampler.ts";
import { createGate } from "../../../support/gate.ts";
import { ofKind } from "../../../support/eventStream.ts";
import { oneStep } from "../../../support/goalScenarios.ts";
import { say, slow, useTool } from "../../../support/modelServerReplies.ts";
import { SAMPLER_WORKER, TestEngine } from "../../../support/testEngine.ts";

const gate = { current: createGate() };
let test: TestEngine;
let sampler: ResourceSampler;
let monitor: ProgressMonitor;

beforeEach(async () => {
  gate.current = createGate();
  test = await TestEngine.start({
    script: oneStep([useTool("glob", { pattern: "*" }), slow({ hold: gate.current }, say("Done."))]),
    sampled: true,
  });
  sampler = new ResourceSampler({ workerUrl: SAMPLER_WORKER, logger: { warn: () => {} } });
  monitor = new ProgressMonitor({
    sessions: async () => test.engine.sessions,
    source: sampler,
    clock: test.clock,
    costOf: (model, usage) => (model === "known" ? usage.outputTokens / 1000 : null),
  });
});

afterEach(async () => {
  gate.current.open();
  sampler[Symbol.dispose]();
  await test[Symbol.asyncDispose]();
});

/** A run that waits for its second answer. */
async function startHeld() {
  const running = await test.engine.orchestrator.start({
    goal: "Goal",
    sessionId: "session_test",
    workspaceFolders: test.folders,
  });
  await gate.current.reached();
  return running;
}

function expectPercent(...values: readonly number[]): void {
  for (const value of values) {
    expect(value).toBeGreaterThanOrEqual(0);
    expect(value).toBeLessThanOrEqual(100);
  }
}

describe("createMonitoringStream", () => {
  it("looks at a session that runs until it has ended", async () => {
    const running = await startHeld();
    const looks: Metrics[] = [];
    for await (const metrics of monitor.createMonitoringStream({ sessionId: "session_test" })) {
      looks.push(metrics);
      gate.current.open();
    }
    await running.ended;
    const [first, last] = [looks[0], looks.at(-1)];
    if (!first || !last) throw new Error("nothing was seen");
    expect(first).toMatchObject({ sessionId: "session_test", agentId: null, status: "running" });
    expectPercent(first.performance.cpu, first.performance.memory, first.performance.processCpu);
    expect(first.performance.memory).toBeGreaterThan(0);
    expect(first.performance.processMemory).toBeGreaterThan(0);
    expect(first.work).toMatchObject({ toolCalls: 2, toolErrors: 0, turns: 2 });
    expect(last.status).toBe("completed");
    expect(last.work).toMatchObject({ turns: 3, requests: 3, retries: 0 });
    expect(last.work.tokens.outputTokens).toBeGreaterThan(first.work.tokens.outputTokens);
    expect(Object.keys(last.agents)).toHaveLength(2);
  });

  it("shows one agent and ends with it; of a session that has ended it gives one last look", async () => {
    const running = await startHeld();
    gate.current.open();
    const events = await Array.fromAsync(running.events());
    const agentId = ofKind(events, "agent_completed").at(-1)?.agentId ?? "";
    const looks = await Array.fromAsync(monitor.createMonitoringStream({ sessionId: "session_test", agentId }));
    expect(looks).toHaveLength(1);
    expect(looks[0]).toMatchObject({ agentId, status: "completed", work: { turns: 2, toolCalls: 1 } });
    expect(Object.keys(looks[0]?.agents ?? {})).toEqual([agentId]);
  });

  it("ends when the caller wants no more, and leaves nothing running", async () => {
    const running = await startHeld();
    const stopping = new AbortController();
    let looks = 0;
    for await (const _ of monitor.createMonitoringStream({ sessionId: "session_test", signal: stopping.signal })) {
      looks += 1;
      stopping.abort();
    }
    expect(looks).toBe(1);
    gate.current.open();
    await running.ended;
  });

  it("names what is wrong with the request", async () => {
    const stream = (sessionId: string, agentId?: string) =>
      monitor.createMonitoringStream({ sessionId, ...(agentId ? { agentId } : {}) }).next();
    const running = await startHeld();
    gate.current.open();
    await running.ended;
    await expect(stream("session_tset")).rejects.toMatchObject({
      code: "session.unknown",
      params: { nearest: "session_test" },
    });
    await expect(stream("../x")).rejects.toMatchObject({ code: "session.invalidId" });
    await expect(stream("session_test", "nobody_1")).rejects.toMatchObject({
      code: "monitor.unknownAgent",
      params: { agent: "nobody_1", known: expect.stringContaining("coder") as string },
    });
  });
});

describe("trackSdkExecution", () => {
  it("gives the result, its time and the usage an answer reports", async () => {
    const answer = { model: "known", usage: { input_tokens: 5, output_tokens: 500, cache_read_input_tokens: null } };
    const execution = createGate();
    const tracked = monitor.trackSdkExecution("agent_123", () => execution.pass().then(() => answer));
    expect(monitor.getPerformanceMetrics().agents["agent_123"]?.executions).toMatchObject({ running: 1, completed: 0 });
    await test.clock.advance(1500);
    execution.open();
    expect(await tracked).toBe(answer);
    await monitor.trackSdkExecution("agent_123", Promise.resolve({ ...answer, model: "unknown" }));
    expect(monitor.getPerformanceMetrics().agents["agent_123"]).toMatchObject({
      executions: { running: 0, completed: 2, failed: 0, totalMs: 1500, lastMs: 0 },
      ...{ requests: 2, costUsd: 0.5, costIsPartial: true },
      tokens: { inputTokens: 10, outputTokens: 1000, cacheReadTokens: 0, cacheWriteTokens: 0 },
    });
  });

  it("passes a failure on as it is", async () => {
    const failure = new Error("overloaded");
    await expect(monitor.trackSdkExecution("agent_123", Promise.reject(failure))).rejects.toBe(failure);
    const { total } = monitor.getPerformanceMetrics();
    expect(total.executions).toMatchObject({ running: 0, completed: 0, failed: 1 });
    expect(total.requests).toBe(0);
  });
});

describe("getPerformanceMetrics", () => {
  it("holds what was watched and what was tracked, and how busy the machine is", async () => {
    const running = await startHeld();
    gate.current.open();
    await running.ended;
    await Array.fromAsync(monitor.createMonitoringStream({ sessionId: "session_test" }));
    await monitor.trackSdkExecution("mine", Promise.resolve("a text"));
    const { performance, total, agents } = monitor.getPerformanceMetrics();
    expectPercent(performance.cpu, performance.memory, performance.processCpu, performance.processMemory);
    expect(total).toMatchObject({ turns: 3, executions: { completed: 1 } });
    expect(Object.keys(agents)).toHaveLength(3);
  });
});

describe("a session watched by two", () => {
  it("counts once, on for who still watches, and stays when nobody does", async () => {
    const running = await startHeld();
    const first = monitor.createMonitoringStream({ sessionId: "session_test" });
    const second = monitor.createMonitoringStream({ sessionId: "session_test" });
    await Promise.all([first.next(), second.next()]);
    const { total } = monitor.getPerformanceMetrics();
    expect(total.turns).toBe(2);
    await second.return();
    gate.current.open();
    await running.ended;
    const [last] = (await Array.fromAsync(first)).slice(-1);
    expect(last?.work.turns).toBe(3);
    expect(monitor.getPerformanceMetrics().total).toEqual(last?.work);
    // Somebody who watches again begins at the beginning, and what was seen is not forgotten meanwhile.
    const third = monitor.createMonitoringStream({ sessionId: "session_test" });
    const look = third.next();
    expect(monitor.getPerformanceMetrics().total).toEqual(last?.work);
    await look;
    await third.return();
    expect(monitor.getPerformanceMetrics().total).toEqual(last?.work);
  });
});

describe("a run", () => {
  it("leaves samples in its log, from which its charts are drawn", async () => {
    const running = await startHeld();
    const reading = running.events();
    await test.clock.advance(2_000);
    for await (const event of reading) {
      if (event.type !== "metrics_sampled") continue;
      expectPercent(event.cpu, event.memory, event.processCpu, event.processMemory);
      expect(event).toMatchObject({ source: "monitor", agents: 1 });
      gate.current.open();
    }
    const kept = await Array.fromAsync(test.engine.sessions.readEvents("session_test", 0, { withoutText: true }));
    expect(ofKind(kept, "metrics_sampled")).toHaveLength(1);
    expect(test.warnings).toEqual([]);
  });
});
