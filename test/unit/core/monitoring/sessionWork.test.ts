import { describe, expect, it } from "vitest";
import type { EventDraft, TokenUsage } from "../../../../src/core/events/event.ts";
import { SessionWork } from "../../../../src/core/monitoring/sessionWork.ts";
import { metricsOf, type WorkMetrics } from "../../../../src/core/monitoring/workMetrics.ts";

const START = Date.UTC(2026, 0, 1);

/** Events at given seconds of a session, as its log would hold them. */
function workAfter(...timeline: readonly (readonly [seconds: number, draft: EventDraft])[]): SessionWork {
  const work = new SessionWork();
  timeline.forEach(([seconds, draft], index) => {
    const timestamp = new Date(START + seconds * 1000).toISOString();
    work.apply({ ...draft, id: `evt_1_${index}`, seq: index + 1, epoch: 1, timestamp, sessionId: "one" });
  });
  return work;
}

const metrics = (work: SessionWork, agentId: string): WorkMetrics => metricsOf(work.sumsOf(agentId));

const usage = (outputTokens: number): TokenUsage => ({
  ...{ inputTokens: 100, outputTokens, cacheReadTokens: 30, cacheWriteTokens: 20 },
});
const request = (agentId: string, queuedMs?: number): EventDraft => ({
  ...{ type: "request_started", source: "model", requestId: "r", agentId, purpose: "agent", model: "m" },
  ...{ estimatedInputTokens: 10, ...(queuedMs === undefined ? {} : { queuedMs }) },
});
const text = (agentId: string, content = "abcd"): EventDraft => ({
  ...{ type: "text_chunk", source: agentId, agentId, content },
});
const used = (agentId: string, outputTokens: number, more: { costUsd?: number | null; wasted?: true } = {}) =>
  ({
    ...{ type: "usage_recorded", source: "model", agentId, purpose: "agent", model: "m" },
    ...{ usage: usage(outputTokens), costUsd: 0.5, ...more },
  }) satisfies EventDraft;
const call = (agentId: string, toolUseId: string): EventDraft => ({
  ...{ type: "tool_use", source: agentId, agentId, toolUseId, tool: "bash", input: {} },
});
const result = (agentId: string, toolUseId: string, isError = false): EventDraft => ({
  ...{ type: "tool_result", source: agentId, agentId, toolUseId, tool: "bash", isError, content: "", effects: [] },
});
const step = { title: "T", description: "D", attempt: 1 };
const begun = (agentId: string, stepId?: string): EventDraft => ({
  ...{ type: "agent_initialized", source: agentId, agentId, agentType: "writer", taskDescription: "Write" },
  ...{ model: "m", tools: [], ...(stepId === undefined ? {} : { stepId }) },
});

describe("SessionWork", () => {
  it("adds up tokens by kind, cost, requests, and how fast answers came", () => {
    const work = workAfter(
      [0, request("a")],
      [2, text("a")],
      [6, used("a", 200)],
      [7, request("a")],
      [8, text("a")],
      [9, used("a", 50, { costUsd: null })],
    );
    expect(metrics(work, "a")).toMatchObject({
      tokens: { inputTokens: 200, outputTokens: 250, cacheReadTokens: 60, cacheWriteTokens: 40 },
      ...{ requests: 2, costUsd: 0.5, costIsPartial: true, tokensPerSecond: 50, timeToFirstTokenMs: 1500 },
    });
  });

  it("counts an answer that is still arriving by its text", () => {
    const work = workAfter([0, request("a")], [1, text("a", "x".repeat(400))], [3, text("a", "x".repeat(400))]);
    expect(metrics(work, "a")).toMatchObject({ tokensPerSecond: 100, timeToFirstTokenMs: 1000 });
  });

  it("does not let agents that wrote at the same time slow each other down in the total", () => {
    const work = workAfter(
      ...([
        [0, request("a")],
        [0, request("b")],
        [1, text("a")],
        [1, text("b")],
      ] as const),
      ...([
        [3, used("a", 100)],
        [3, used("b", 100)],
      ] as const),
    );
    expect(metrics(work, "a").tokensPerSecond).toBe(50);
    expect(metricsOf(work.total)).toMatchObject({ tokensPerSecond: 100, requests: 2, costUsd: 1 });
  });

  it("tells the time of tools from the time a person was asked", () => {
    const asked: EventDraft = {
      ...{ type: "approval_requested", source: "a", agentId: "a", approvalId: "p", toolUseId: "t1" },
      ...{ tool: "bash", input: {}, reason: "approval.rule" },
    };
    const resolved: EventDraft = {
      ...{ type: "approval_resolved", source: "a", agentId: "a", approvalId: "p", decision: "allow", by: "user" },
    };
    const work = workAfter(
      ...([
        [0, call("a", "t1")],
        [0, call("a", "t2")],
        [1, asked],
        [1, result("a", "t2", true)],
      ] as const),
      ...([
        [41, resolved],
        [43, result("a", "t1")],
      ] as const),
    );
    expect(metrics(work, "a")).toMatchObject({
      ...{ toolCalls: 2, toolErrors: 1, toolTimeMs: 4000, waitingMs: 40_000 },
    });
  });

  it("tells how long a step was ready before an agent was free, and a request before its turn", () => {
    const plan = {
      summary: "",
      steps: ["one", "two", "three"].map((id) => ({
        ...{ id, title: id, description: id, agentType: "writer", dependsOn: id === "three" ? ["one"] : [] },
      })),
    };
    const start = (stepId: string): EventDraft => ({
      ...{ type: "step_started", source: "o", stepId, ...step, agentType: "writer" },
    });
    const work = workAfter(
      ...([
        [0, { type: "plan_created", source: "o", plan }],
        [0, start("one")],
        [0, begun("a", "one")],
      ] as const),
      [5, start("two")],
      ...([
        [5, begun("b", "two")],
        [6, request("b", 250)],
      ] as const),
      [10, { type: "step_completed", source: "o", stepId: "one", ...step, agentId: "a", result: "", outputs: [] }],
      ...([
        [13, start("three")],
        [13, begun("c", "three")],
      ] as const),
    );
    const queued = ["a", "b", "c"].map((agentId) => metrics(work, agentId).queueTimeMs);
    expect(queued).toEqual([0, 5250, 3000]);
  });

  it("counts retries, and what an answer that broke off cost", () => {
    const retry: EventDraft = { type: "retry_scheduled", source: "a", agentId: "a", delayMs: 1, reason: "HTTP 529" };
    const work = workAfter([0, request("a")], [1, text("a")], [2, retry], [2, used("a", 7, { wasted: true })]);
    expect(metrics(work, "a")).toMatchObject({
      retries: 1,
      costUsd: 0.5,
      tokensPerSecond: 0,
      timeToFirstTokenMs: 1000,
    });
    expect(metrics(work, "a").tokens.outputTokens).toBe(7);
  });

  it("does not count for a fork what the session it comes from did", () => {
    const work = workAfter(
      [0, begun("parent")],
      [1, request("parent")],
      [2, used("parent", 1_000)],
      [3, { type: "usage_recorded", source: "model", purpose: "plan", model: "m", usage: usage(5), costUsd: 1 }],
      [10, { type: "session_forked", source: "session", folders: [], parentSessionId: "two", parentVersionId: "v1" }],
      [11, begun("own")],
      [12, request("own")],
      [14, used("own", 10)],
    );
    expect(work.agentIds).toEqual(["own"]);
    expect(metricsOf(work.total)).toMatchObject({ tokens: usage(10), costUsd: 0.5, requests: 1 });
    expect(work.hasEnded("parent")).toBe(false);
  });

  it("does not count the time in which nobody ran the session", () => {
    const resumed: EventDraft = { type: "workflow_resumed", source: "o", lastSeq: 2 };
    const work = workAfter(
      [0, request("a")],
      [1, text("a")],
      [0, call("a", "t")],
      [5000, resumed],
      [5001, result("a", "t")],
    );
    expect(metrics(work, "a")).toMatchObject({ toolTimeMs: 0, tokensPerSecond: 0 });
    expect(metricsOf(work.total).tokensPerSecond).toBe(0);
  });

  it("knows which agents have ended, and that one goes on", () => {
    const ended = (agentId: string): EventDraft => ({
      ...{ type: "agent_completed", source: agentId, agentId, result: "", outputs: [] },
    });
    const work = workAfter([0, begun("a")], [1, ended("a")], [1, begun("b")], [2, ended("b")], [3, continued("b")]);
    expect(work.agentIds.map((agentId) => work.hasEnded(agentId))).toEqual([true, false]);
  });
});

const continued = (agentId: string): EventDraft => ({ type: "agent_continued", source: agentId, agentId, turn: 1 });
