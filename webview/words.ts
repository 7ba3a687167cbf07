/** The monitor's own words and icons for states. Whatever a session brings, its host has put into words. */
import type {
  AgentRecord,
  ApprovalRecord,
  EffectRecord,
  Header,
  LogFilter,
  StepRecord,
  ToolCall,
} from "../src/protocol/monitorModel.ts";

/** A state as it is shown: a word, an icon and a tone, so that nothing rests on colour alone. */
export interface StateLook {
  readonly label: string;
  /** Name of a codicon. */
  readonly icon: string;
  readonly tone: "quiet" | "active" | "good" | "bad" | "warning";
  readonly spins?: boolean;
}

const RUNNING: StateLook = { label: "Running", icon: "loading", tone: "active", spins: true };
const COMPLETED: StateLook = { label: "Completed", icon: "pass-filled", tone: "good" };
const FAILED: StateLook = { label: "Failed", icon: "error", tone: "bad" };
const STOPPED: StateLook = { label: "Stopped", icon: "stop-circle", tone: "warning" };

export const SESSION_LOOKS: Readonly<Record<Header["status"], StateLook>> = {
  created: { label: "Starting", icon: "loading", tone: "active", spins: true },
  planning: { label: "Planning", icon: "loading", tone: "active", spins: true },
  running: RUNNING,
  completed: COMPLETED,
  failed: FAILED,
  interrupted: { label: "Interrupted", icon: "debug-disconnect", tone: "warning" },
  kept: { label: "Kept", icon: "archive", tone: "quiet" },
};

/** Instead of the session's own state while it holds. */
export const PAUSED: StateLook = { label: "Paused", icon: "debug-pause", tone: "warning" };

/** Instead of the session's own state while an answer is needed. */
export const WAITING_FOR_PERSON: StateLook = { label: "Waiting for you", icon: "bell-dot", tone: "warning" };

export const STEP_LOOKS: Readonly<Record<StepRecord["state"], StateLook>> = {
  waiting: { label: "Waiting", icon: "circle-large", tone: "quiet" },
  running: RUNNING,
  completed: COMPLETED,
  failed: FAILED,
  skipped: { label: "Skipped", icon: "circle-slash", tone: "quiet" },
  stopped: STOPPED,
};

export const AGENT_LOOKS: Readonly<Record<AgentRecord["state"], StateLook>> = {
  running: RUNNING,
  asking: { label: "Waiting for your answer", icon: "bell-dot", tone: "warning" },
  retrying: { label: "Trying again", icon: "debug-restart", tone: "warning" },
  completed: COMPLETED,
  failed: FAILED,
  stopped: STOPPED,
};

export const CALL_LOOKS: Readonly<Record<ToolCall["state"], StateLook>> = {
  running: RUNNING,
  done: { label: "Done", icon: "check", tone: "quiet" },
  failed: { label: "Failed", icon: "warning", tone: "bad" },
  stopped: STOPPED,
};

export const CHANGE_LOOKS: Readonly<Record<EffectRecord["change"], Pick<StateLook, "label" | "icon">>> = {
  created: { label: "Created", icon: "diff-added" },
  modified: { label: "Changed", icon: "diff-modified" },
  deleted: { label: "Deleted", icon: "diff-removed" },
};

/** Groups of events one can look for, in the order in which they are offered. */
export const LOG_GROUPS: readonly (readonly [LogFilter["group"], string])[] = [
  ["all", "All events"],
  ["steps", "Plan and steps"],
  ["agents", "Agents"],
  ["tools", "Tool calls"],
  ["questions", "Questions"],
  ["money", "Requests and cost"],
  ["problems", "Problems"],
];

const EVENT_LABELS: Readonly<Record<string, string>> = {
  agent_initialized: "Agent begins",
  agent_completed: "Agent is done",
  agent_error: "Agent failed",
  agent_continued: "Agent goes on",
  turn_completed: "Turn",
  message_sent: "Message to the agent",
  tool_use: "Tool call",
  tool_started: "Tool begins",
  tool_result: "Tool result",
  usage_recorded: "Request paid",
  request_started: "Request",
  approval_requested: "Approval asked",
  approval_resolved: "Approval answered",
  pool_paused: "Paused",
  pool_continued: "Continued",
  lease_taken: "Taken over",
  workflow_completed: "Session completed",
  workflow_failed: "Session failed",
  workflow_interrupted: "Session interrupted",
  workflow_resumed: "Session goes on",
};

/** A kind of event in words: its own name where it needs no other. */
export function eventLabel(type: string): string {
  const words = type.replaceAll("_", " ");
  return EVENT_LABELS[type] ?? `${words.slice(0, 1).toUpperCase()}${words.slice(1)}`;
}

/** What an approval's severity means for the person. */
export const SEVERITY_NOTES: Readonly<Record<ApprovalRecord["severity"], string | undefined>> = {
  normal: undefined,
  protected: "This path is protected: changing it can make other programs run code.",
  tainted: "The agent has read content from outside, which may try to steer it.",
};

/** What the agent does at this moment. */
export function activityOf(agent: AgentRecord): string {
  switch (agent.state) {
    case "running":
      return agent.thinking ? "Thinking…" : "Working…";
    case "asking":
      return "Waiting for your answer";
    case "retrying":
      return "Trying again";
    case "completed":
    case "failed":
    case "stopped":
      return AGENT_LOOKS[agent.state].label;
  }
}
