/** What the log says about a session, event by event. */
import { AgentType } from "../agents/agentType.ts";
import type { OrchestratorEvent } from "../events/event.ts";
import type { LoggedStatus, SessionStatus } from "../store/sessionStore.ts";

const STATUSES: ReadonlySet<unknown> = new Set<LoggedStatus>([
  "created",
  "planning",
  "running",
  "completed",
  "failed",
  "interrupted",
]);

export function isStatus(value: unknown): value is LoggedStatus {
  return STATUSES.has(value);
}

/** The status after `event`. A session with a plan that goes on is running, one without is planning. */
export function statusAfter(status: LoggedStatus, event: OrchestratorEvent, hasPlan: boolean): LoggedStatus {
  switch (event.type) {
    case "session_created":
      return "created";
    case "agent_initialized":
      if (status !== "created" && status !== "planning") return status;
      return event.agentType === AgentType.PLANNER ? "planning" : "running";
    case "plan_created":
    case "plan_revised":
    case "step_started":
      return "running";
    case "workflow_completed":
      return "completed";
    case "workflow_failed":
      return "failed";
    case "workflow_interrupted":
      return "interrupted";
    case "session_imported":
      return hasEnded(status) || status === "created" ? status : "interrupted";
    case "session_forked":
      // Nobody works on it yet.
      return "interrupted";
    case "workflow_resumed":
      return hasPlan ? "running" : "planning";
    default:
      return status;
  }
}

/** Has the session come to an end, so that no more events are to be expected unless somebody resumes it? */
export function hasEnded(status: SessionStatus): boolean {
  return status === "completed" || status === "failed" || status === "interrupted";
}
