/** The columns of the session list, derived from a session's events. */
import type { OrchestratorEvent } from "../events/event.ts";
import type { SessionSummary } from "../store/sessionStore.ts";
import type { StateCounts } from "./stateFold.ts";
import { statusAfter } from "./sessionStatus.ts";

/** Longest title in characters; a goal may be pages long. */
const TITLE_LENGTH = 80;

/** The summary of a session before its first event. */
export function initialSummary(session: {
  goal: string;
  folders: SessionSummary["folders"];
  demo?: boolean;
}): SessionSummary {
  return {
    goal: session.goal,
    title: titleOf(session.goal),
    status: "created",
    folders: session.folders.map(({ name, path }) => ({ name, path })),
    stepsTotal: 0,
    stepsCompleted: 0,
    agentsRunning: 0,
    costUsd: 0,
    costIsPartial: false,
    inputTokens: 0,
    outputTokens: 0,
    lastCompletedStep: null,
    versions: 0,
    demo: session.demo ?? false,
  };
}

/** The summary after `event`; `counts` are those of the state after it. The same object when nothing changed. */
export function foldSummary(summary: SessionSummary, event: OrchestratorEvent, counts: StateCounts): SessionSummary {
  const changed = {
    ...changesOf(summary, event),
    ...counts,
    status: statusAfter(summary.status, event, summary.stepsTotal > 0),
  };
  const entries = Object.entries(changed) as [keyof SessionSummary, unknown][];
  return entries.every(([key, value]) => summary[key] === value) ? summary : { ...summary, ...changed };
}

function changesOf(summary: SessionSummary, event: OrchestratorEvent): Partial<SessionSummary> {
  switch (event.type) {
    case "session_created":
      return initialSummary({ goal: event.goal, folders: event.folders, demo: event.demo ?? false });
    case "step_completed":
      return { lastCompletedStep: event.stepId };
    case "usage_recorded": {
      const { inputTokens, cacheReadTokens, cacheWriteTokens, outputTokens } = event.usage;
      return {
        costUsd: summary.costUsd + (event.costUsd ?? 0),
        costIsPartial: summary.costIsPartial || event.costUsd === null,
        // All the model read, from a cache or not: the API counts them apart.
        inputTokens: summary.inputTokens + inputTokens + cacheReadTokens + cacheWriteTokens,
        outputTokens: summary.outputTokens + outputTokens,
      };
    }
    case "snapshot_created":
      return { versions: summary.versions + 1 };
    default:
      return {};
  }
}

/** The goal's first line with text, cut to a length that fits a list. */
function titleOf(goal: string): string {
  const line = goal.trim().split(/\r?\n/, 1)[0] ?? "";
  const characters = [...line];
  return characters.length <= TITLE_LENGTH ? line : `${characters.slice(0, TITLE_LENGTH - 1).join("")}…`;
}
