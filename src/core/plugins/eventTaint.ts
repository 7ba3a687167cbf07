/** Which content from outside an event of a run may hold: whoever hears of it has read it. */
import type { OrchestratorEvent } from "../events/event.ts";
import { isProviderTool } from "../tools/providerTools.ts";

/** Events of numbers and names of ours. */
const WITHOUT_CONTENT: ReadonlySet<OrchestratorEvent["type"]> = new Set([
  "lease_taken",
  "metrics_sampled",
  "plugin_loaded",
  "pool_continued",
  "pool_paused",
  "request_started",
  "snapshot_captured",
  "snapshot_created",
  "usage_recorded",
] as const);

export interface EventTaintOptions {
  /** Where content from outside has entered one agent, or without a name anything of the run. */
  readonly of: (agentId?: string) => readonly string[];
}

export class EventTaint {
  readonly #of: EventTaintOptions["of"];
  /** Agents that have no tool of the provider: their text holds nothing of the web before they are told of it. */
  readonly #offline = new Set<string>();

  constructor({ of }: EventTaintOptions) {
    this.#of = of;
  }

  /** Sees every event of the run in the order of the log. */
  follow(event: OrchestratorEvent): void {
    if (event.type === "agent_initialized" && !event.tools.some(isProviderTool)) this.#offline.add(event.agentId);
  }

  of(event: OrchestratorEvent): readonly string[] {
    if (WITHOUT_CONTENT.has(event.type)) return [];
    const told = "taint" in event && event.taint !== undefined ? event.taint : [];
    const agentId = "agentId" in event ? event.agentId : undefined;
    // A command prints whatever lies in the folder before anybody has looked what that is.
    if (agentId === undefined || event.type === "tool_output") return [...told, ...this.#of()];
    const isText = event.type === "text_chunk" || event.type === "thinking_chunk";
    // The provider searches while it answers: what was found is known at the end of the turn.
    const found = isText && !this.#offline.has(agentId) ? [`text of ${agentId}`] : [];
    return [...told, ...found, ...this.#of(agentId)];
  }
}
