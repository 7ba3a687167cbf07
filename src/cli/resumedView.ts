/** What becomes of a view when its run ends before it is complete, and when the session goes on. */
import { ZERO_USAGE, type EventOf } from "../core/events/event.ts";
import type { RunView, StepView } from "./viewModel.ts";

/** What was not finished is still to be done, whether the process before could say so or not. */
export function resumedView(view: RunView, event: EventOf<"workflow_resumed">, time: number): RunView {
  const { endedAt = lastTimeOf(view), startedAt = endedAt, interruption: _, error: __, ...rest } = view;
  const stopped = stopWhatRuns(rest, endedAt);
  return {
    ...stopped,
    folders: event.folders ?? view.folders,
    steps: stopped.steps.map((step) => (step.state === "completed" ? step : stepAgain(step))),
    status: view.steps.length === 0 ? "planning" : "running",
    outputs: [],
    summary: "",
    startedAt: time - (endedAt - startedAt),
  };
}

/** What was copied from the parent is not this session's time or money. */
export function forkedView(view: RunView, event: EventOf<"session_forked">): RunView {
  const { sessionId, goal, folders } = event;
  const { startedAt: _, endedAt: __, interruption: ___, error: ____, ...rest } = stopWhatRuns(view, lastTimeOf(view));
  const steps = goal === undefined ? rest.steps : [];
  const own = { usage: ZERO_USAGE, costUsd: 0, costIsPartial: false, outputs: [], summary: "", agents: [] };
  return { ...rest, ...own, sessionId, goal: goal ?? view.goal, folders, steps, status: "starting" };
}

/** A step as it was before it first began. */
export function stepAgain({ stepId, title, agentType, dependsOn }: StepView): StepView {
  return { stepId, title, agentType, dependsOn, state: "waiting", outputs: [] };
}

/** When the session was last seen at work; a process that was killed could not say when it ended. */
function lastTimeOf({ startedAt = 0, steps, agents }: RunView): number {
  const times = [...steps, ...agents].flatMap((part) => [part.startedAt ?? 0, part.endedAt ?? 0]);
  return times.reduce((latest, time) => Math.max(latest, time), startedAt);
}

/** The view when nothing runs any more; `time` in milliseconds since the epoch. */
export function stopWhatRuns(view: RunView, time: number): RunView {
  const working = new Set<string>(["running", "asking", "retrying"]);
  return {
    ...view,
    isPaused: false,
    steps: view.steps.map((step) => (working.has(step.state) ? { ...step, state: "stopped", endedAt: time } : step)),
    agents: view.agents.map((agent) => {
      if (!working.has(agent.state)) return agent;
      const { tool: _, ...rest } = agent;
      return { ...rest, state: "stopped", endedAt: time };
    }),
  };
}
