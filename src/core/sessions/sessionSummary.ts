/** The columns of the session list, derived from a session's events. */
import type { OrchestratorEvent } from "../events/event.ts";
import type { SessionSummary } from "../store/sessionStore.ts";
import type { StateDigest } from "./stateFold.ts";

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
    tags: [],
    parent: null,
  };
}

/** The summary after `event`; `digest` is of the state after it. The same object when nothing changed. */
export function foldSummary(summary: SessionSummary, event: OrchestratorEvent, digest: StateDigest): SessionSummary {
  const changed = { ...changesOf(summary, event, digest), ...digest };
  const entries = Object.entries(changed) as [keyof SessionSummary, unknown][];
  return entries.every(([key, value]) => summary[key] === value) ? summary : { ...summary, ...changed };
}

function changesOf(summary: SessionSummary, event: OrchestratorEvent, digest: StateDigest): Partial<SessionSummary> {
  switch (event.type) {
    case "session_created":
      return initialSummary({ goal: event.goal, folders: event.folders, demo: event.demo ?? false });
    case "session_updated":
      // A title somebody gave stays; one that is the goal's beginning goes with the goal.
      return summary.title === titleOf(summary.goal) ? { title: titleOf(digest.goal) } : {};
    case "session_renamed":
      return { title: event.title };
    case "session_tagged":
      return { tags: [...event.tags] };
    case "session_imported":
      // Folders of another machine mean nothing here.
      return { folders: [] };
    case "session_forked":
      return {
        ...(event.goal === undefined ? {} : { title: titleOf(event.goal) }),
        folders: event.folders,
        parent: { sessionId: event.parentSessionId, versionId: event.parentVersionId },
        // What was copied was paid for by the parent.
        costUsd: 0,
        costIsPartial: false,
        inputTokens: 0,
        outputTokens: 0,
      };
    case "workflow_resumed":
    case "restore_started":
      return event.folders === undefined ? {} : { folders: event.folders };
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
