import type { SessionState } from "./sessionState.ts";

/** A process that was killed could not write down that its steps and agents ended with it. */
export function withNothingRunning(state: SessionState): SessionState {
  const { workflow, agents } = state;
  return {
    ...state,
    workflow: { ...workflow, status: "interrupted", steps: stopAll(workflow.steps) },
    agents: stopAll(agents),
  };
}

function stopAll<Part extends { status: string }>(parts: Record<string, Part>): Record<string, Part> {
  return Object.fromEntries(
    Object.entries(parts).map(([id, part]) => [
      id,
      part.status === "running" ? { ...part, status: "interrupted" } : part,
    ]),
  );
}
