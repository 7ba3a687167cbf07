/** Events of one session for tests: only what matters is said, time goes on by a second an event. */
import type { EventDraft, EventKind, EventOf, OrchestratorEvent } from "../../../src/core/events/event.ts";
import { ZERO_USAGE } from "../../../src/core/events/event.ts";

type Draft<Kind extends EventKind> = Omit<
  EventOf<Kind>,
  "id" | "seq" | "epoch" | "timestamp" | "sessionId" | "source" | "type"
>;

export class EventFactory {
  readonly sessionId: string;
  #seq = 0;

  constructor(sessionId = "session_1") {
    this.sessionId = sessionId;
  }

  /** Milliseconds since the epoch of the last event. */
  get now(): number {
    return this.#seq * 1000;
  }

  event<Kind extends EventKind>(type: Kind, fields: Draft<Kind>): OrchestratorEvent {
    this.#seq += 1;
    const draft = { type, source: "test", ...fields } as unknown as EventDraft;
    return {
      id: `event_${this.#seq}`,
      seq: this.#seq,
      epoch: 1,
      timestamp: new Date(this.now).toISOString(),
      sessionId: this.sessionId,
      ...draft,
    };
  }

  created(goal: string): OrchestratorEvent {
    return this.event("session_created", { goal, folders: [{ name: "app", path: "/projects/app" }] });
  }

  /** Steps by id; each depends on the one named after `<`. */
  planned(...steps: string[]): OrchestratorEvent {
    return this.event("plan_created", {
      plan: {
        summary: "",
        steps: steps.map((text) => {
          const [id = "", before] = text.split("<");
          const dependsOn = before === undefined ? [] : [before];
          return { id, title: `Do ${id}`, description: id, agentType: "writer", dependsOn };
        }),
      },
    });
  }

  stepStarted(stepId: string): OrchestratorEvent {
    return this.event("step_started", { ...stepFields(stepId), agentType: "writer" });
  }

  stepCompleted(stepId: string, agentId: string, outputs: string[] = []): OrchestratorEvent {
    return this.event("step_completed", { ...stepFields(stepId), agentId, result: "done", outputs });
  }

  agentStarted(agentId: string, stepId?: string): OrchestratorEvent {
    return this.event("agent_initialized", {
      agentId,
      agentType: stepId === undefined ? "planner" : "writer",
      taskDescription: "task",
      model: "model",
      tools: [],
      ...(stepId === undefined ? {} : { stepId }),
    });
  }

  text(agentId: string, content: string): OrchestratorEvent {
    return this.event("text_chunk", { agentId, content });
  }

  used(agentId: string, tokens: number, costUsd: number | null): OrchestratorEvent {
    const usage = { ...ZERO_USAGE, outputTokens: tokens };
    return this.event("usage_recorded", { agentId, purpose: "agent", model: "model", usage, costUsd });
  }

  completed(summary: string, outputs: string[] = []): OrchestratorEvent {
    return this.event("workflow_completed", {
      workspace: "/projects/app",
      outputs,
      summary,
      usage: ZERO_USAGE,
      costUsd: 0,
    });
  }

  failed(code: string, params: Record<string, string | number> = {}): OrchestratorEvent {
    const error = { code, params, message: `plain words of ${code}` };
    return this.event("workflow_failed", {
      workspace: "/projects/app",
      outputs: [],
      summary: "",
      usage: ZERO_USAGE,
      costUsd: 0,
      error,
    });
  }
}

export function stepFields(stepId: string): { stepId: string; title: string; description: string; attempt: number } {
  return { stepId, title: `Do ${stepId}`, description: stepId, attempt: 1 };
}
