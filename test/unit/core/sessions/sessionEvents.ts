/** Drafts of the events a session consists of, with what a test does not care about filled in. */
import { ZERO_USAGE, type EventDraft, type Plan } from "../../../../src/core/events/event.ts";

const source = "test";
const failure = { code: "internal", params: { detail: "no" }, message: "no" };
const end = { source, workspace: "/app", outputs: ["report.md"], summary: "Done.", usage: ZERO_USAGE, costUsd: 0.5 };

export function created(goal = "Write a report", state?: Record<string, unknown>): EventDraft {
  const folders = [{ name: "app", path: "/app" }];
  return { type: "session_created", source, goal, folders, ...(state ? { state } : {}) };
}

export function planOf(...stepIds: readonly string[]): Plan {
  const steps = stepIds.map((id) => ({ id, title: `Do ${id}`, description: id, agentType: "writer", dependsOn: [] }));
  return { summary: "A plan", steps };
}

export function planned(...stepIds: readonly string[]): EventDraft {
  return { type: "plan_created", source, plan: planOf(...stepIds) };
}

export function revised(reason: string, ...stepIds: readonly string[]): EventDraft {
  return { type: "plan_revised", source, plan: planOf(...stepIds), reason };
}

function step(stepId: string, attempt: number) {
  return { source, stepId, title: `Do ${stepId}`, description: stepId, attempt };
}

export function started(stepId: string, attempt = 1): EventDraft {
  return { type: "step_started", ...step(stepId, attempt), agentType: "writer" };
}

export function completed(stepId: string, attempt = 1): EventDraft {
  const outputs = [`${stepId}.md`];
  return {
    type: "step_completed",
    ...step(stepId, attempt),
    agentId: `writer_${stepId}`,
    result: `${stepId} is done`,
    outputs,
  };
}

export function failed(stepId: string, attempt = 1): EventDraft {
  return { type: "step_failed", ...step(stepId, attempt), agentId: `writer_${stepId}`, error: failure };
}

export function skipped(stepId: string): EventDraft {
  return { type: "step_skipped", ...step(stepId, 1), reason: "step.dependencyFailed", blockedBy: ["first"] };
}

export function agentStarted(agentId: string, stepId?: string, agentType = "writer"): EventDraft {
  const details = { agentType, taskDescription: "Write.", model: "demo", tools: [] };
  return { type: "agent_initialized", source, agentId, ...details, ...(stepId === undefined ? {} : { stepId }) };
}

export function agentCompleted(agentId: string): EventDraft {
  return { type: "agent_completed", source, agentId, result: "done", outputs: ["a.md"] };
}

export function agentFailed(agentId: string): EventDraft {
  return { type: "agent_error", source, agentId, error: failure, suggestions: [] };
}

export function used(agentId: string | undefined, inputTokens: number, costUsd: number | null): EventDraft {
  const usage = { inputTokens, outputTokens: 10, cacheReadTokens: 3, cacheWriteTokens: 2 };
  return {
    type: "usage_recorded",
    source,
    purpose: "agent",
    model: "demo",
    usage,
    costUsd,
    ...(agentId === undefined ? {} : { agentId }),
  };
}

export const leaseTaken: EventDraft = { type: "lease_taken", source, owner: "terminal" };
export const resumed: EventDraft = { type: "workflow_resumed", source, lastSeq: 1 };
export const workflowCompleted: EventDraft = { type: "workflow_completed", ...end };
export const workflowFailed: EventDraft = { type: "workflow_failed", ...end, error: failure };
export const interrupted: EventDraft = {
  type: "workflow_interrupted",
  source,
  lastCompletedStep: null,
  reason: "workflow.stopped",
  by: "terminal",
};
