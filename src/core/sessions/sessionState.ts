/**
 * The state of a session: what its events add up to, and what a version of it is.
 *
 * Keys beside `workflow`, `agents` and `history` belong to the user of the API: they come from
 * `session_created.state` and the patches of `session_updated`, which may also change the three.
 */
import type { ErrorInfo, OrchestratorEvent, Plan, TokenUsage } from "../events/event.ts";
import type { LoggedStatus } from "../store/sessionStore.ts";

export interface SessionState {
  workflow: WorkflowState;
  /** By agent id. */
  agents: Record<string, AgentState>;
  /** What happened to the plan, its steps and the workflow, oldest first. */
  history: HistoryEntry[];
  [userKey: string]: unknown;
}

export interface WorkflowState {
  goal: string;
  status: LoggedStatus;
  /** The step that started last. */
  step: string | null;
  lastCompletedStep: string | null;
  /** By step id. */
  steps: Record<string, StepState>;
  plan?: Plan;
  summary?: string;
  outputs?: string[];
  error?: ErrorInfo;
}

export interface StepState {
  status: "pending" | "running" | "completed" | "failed" | "skipped" | "interrupted";
  title: string;
  agentId: string | null;
  /** 0 until the step first starts. */
  attempt: number;
  agentType?: string;
  result?: string;
  outputs: string[];
  error?: ErrorInfo;
  /** Why the step was skipped. */
  reason?: string;
  /** ISO 8601. */
  startedAt?: string;
  endedAt?: string;
}

export interface AgentState {
  type: string;
  stepId: string | null;
  status: "running" | "completed" | "failed" | "interrupted";
  model: string;
  usage: TokenUsage;
  /** US dollars; a request whose price is unknown counts as zero. */
  costUsd: number;
  outputs: string[];
  error?: ErrorInfo;
  startedAt?: string;
  endedAt?: string;
}

export interface HistoryEntry {
  seq: number;
  /** ISO 8601. */
  timestamp: string;
  type: OrchestratorEvent["type"];
  stepId?: string;
  /** One line: a title, a reason or a summary. */
  text?: string;
}

/** The state before the first event. */
export function emptyState(): SessionState {
  return {
    workflow: { goal: "", status: "created", step: null, lastCompletedStep: null, steps: {} },
    agents: {},
    history: [],
  };
}
