import type { EventKind } from "./event.ts";

/** Names of the events, as constants for API users: `EventType.AGENT_COMPLETED === "agent_completed"`. */
export const EventType = {
  SESSION_CREATED: "session_created",
  SESSION_UPDATED: "session_updated",
  LEASE_TAKEN: "lease_taken",
  PLAN_CREATED: "plan_created",
  PLAN_REVISED: "plan_revised",
  STEP_STARTED: "step_started",
  STEP_COMPLETED: "step_completed",
  STEP_FAILED: "step_failed",
  STEP_SKIPPED: "step_skipped",
  AGENT_INITIALIZED: "agent_initialized",
  TEXT_CHUNK: "text_chunk",
  THINKING_CHUNK: "thinking_chunk",
  TURN_COMPLETED: "turn_completed",
  MESSAGE_SENT: "message_sent",
  AGENT_COMPLETED: "agent_completed",
  AGENT_ERROR: "agent_error",
  RETRY_SCHEDULED: "retry_scheduled",
  TOOL_USE: "tool_use",
  TOOL_STARTED: "tool_started",
  TOOL_OUTPUT: "tool_output",
  TOOL_RESULT: "tool_result",
  APPROVAL_REQUESTED: "approval_requested",
  APPROVAL_RESOLVED: "approval_resolved",
  USAGE_RECORDED: "usage_recorded",
  SNAPSHOT_CREATED: "snapshot_created",
  WORKFLOW_COMPLETED: "workflow_completed",
  WORKFLOW_FAILED: "workflow_failed",
  WORKFLOW_INTERRUPTED: "workflow_interrupted",
  WORKFLOW_RESUMED: "workflow_resumed",
} as const satisfies Record<string, EventKind>;

export type EventType = (typeof EventType)[keyof typeof EventType];
