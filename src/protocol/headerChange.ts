/** What an event changes in the header of a monitored session. */
import type { OrchestratorEvent } from "../core/events/event.ts";
import type { Header } from "./monitorModel.ts";
import { outputsOf } from "./monitorWords.ts";
import type { MonitorWords } from "./monitorWords.ts";

const PLANNER = "planner";

export interface HeaderContext {
  readonly header: Header;
  readonly hasPlan: boolean;
  readonly words: MonitorWords;
}

/** Before the first event. */
export function emptyHeader(sessionId: string): Header {
  return {
    sessionId,
    goal: "",
    folders: [],
    model: null,
    demo: false,
    status: "created",
    isPaused: false,
    startedAt: null,
    endedAt: null,
    problem: null,
    summary: "",
    outputs: [],
  };
}

export function hasEnded(status: Header["status"]): boolean {
  return status === "completed" || status === "failed" || status === "interrupted" || status === "kept";
}

/** The fields that change, or undefined when none does. */
export function headerChange(
  event: OrchestratorEvent,
  time: number,
  { header, hasPlan, words }: HeaderContext,
): Partial<Header> | undefined {
  const foldersOf = (folders: readonly { readonly path: string }[]): string[] =>
    folders.map(({ path }) => words.visible(path));
  switch (event.type) {
    case "session_created":
      return {
        goal: words.visible(event.goal),
        folders: foldersOf(event.folders),
        model: event.model === undefined ? null : words.visible(event.model),
        demo: event.demo ?? false,
        startedAt: time,
      };
    case "session_forked":
      return {
        ...{ status: "interrupted", startedAt: time, endedAt: time, problem: null, summary: "", outputs: [] },
        folders: foldersOf(event.folders),
        ...(event.goal !== undefined && { goal: words.visible(event.goal) }),
        ...(event.model !== undefined && { model: words.visible(event.model) }),
      };
    case "plan_created":
    case "plan_revised":
      return { status: "running" };
    case "agent_initialized":
      if (header.status !== "created" && header.status !== "interrupted") return undefined;
      return {
        status: hasPlan || event.agentType !== PLANNER ? "running" : "planning",
        endedAt: null,
        problem: null,
      };
    case "pool_paused":
    case "pool_continued":
      return { isPaused: event.type === "pool_paused" };
    case "workflow_completed":
    case "workflow_failed":
      return {
        status: event.type === "workflow_failed" ? "failed" : "completed",
        isPaused: false,
        endedAt: time,
        problem: event.type === "workflow_failed" ? words.error(event.error) : null,
        summary: words.visible(event.summary),
        outputs: outputsOf(event.outputs, words),
      };
    case "workflow_interrupted":
      return {
        status: "interrupted",
        isPaused: false,
        endedAt: time,
        problem: words.message(event.reason, { by: event.by, id: event.sessionId, detail: event.by }),
      };
    case "workflow_resumed":
      return {
        status: hasPlan ? "running" : "planning",
        isPaused: false,
        endedAt: null,
        problem: null,
        ...(event.folders && { folders: foldersOf(event.folders) }),
        ...(event.model !== undefined && { model: words.visible(event.model) }),
      };
    default:
      return undefined;
  }
}
