/** The tool calls of a monitored session, the newest of each agent, and which of them the UI does not know yet. */
import type { Effect, EventOf } from "../core/events/event.ts";
import type { ToolCall } from "./monitorModel.ts";
import { callSubject, lineLabel } from "./monitorWords.ts";
import type { MonitorWords } from "./monitorWords.ts";

/** Calls of an agent that are kept; older ones are in the session's log. */
export const CALLS_PER_AGENT = 30;
/** Files of a call that are listed. */
const EFFECTS_PER_CALL = 50;

export class ToolCallList {
  readonly #words: MonitorWords;
  readonly #calls = new Map<string, ToolCall>();
  readonly #effects = new Map<string, readonly Effect[]>();
  readonly #byAgent = new Map<string, string[]>();
  readonly #changed = new Set<string>();

  constructor(words: MonitorWords) {
    this.#words = words;
  }

  /** Those of an agent, oldest first. */
  of(agentId: string): ToolCall[] {
    return (this.#byAgent.get(agentId) ?? []).flatMap((id) => this.#calls.get(id) ?? []);
  }

  /** What a call that is kept did to a file, with the hashes of its content before and after. */
  effect(toolUseId: string, path: string): Effect | undefined {
    return this.#effects.get(toolUseId)?.find((effect) => effect.path === path);
  }

  begin(event: EventOf<"tool_use">, time: number): void {
    const { toolUseId, agentId } = event;
    const ids = this.#byAgent.get(agentId) ?? [];
    this.#byAgent.set(agentId, ids);
    if (!this.#calls.has(toolUseId)) ids.push(toolUseId);
    const name = this.#words.visible(event.tool);
    const subject = callSubject(event.input, this.#words);
    const untouched = { state: "running", startedAt: time, endedAt: null, effects: [], moreEffects: 0 } as const;
    this.#set({ toolUseId, agentId, name, subject, ...untouched, effects: [] });
    for (const id of ids.splice(0, ids.length - CALLS_PER_AGENT)) {
      this.#calls.delete(id);
      this.#effects.delete(id);
      this.#changed.delete(id);
    }
  }

  end(event: EventOf<"tool_result">, time: number): void {
    const call = this.#calls.get(event.toolUseId);
    if (!call) return;
    const listed = event.effects.slice(0, EFFECTS_PER_CALL);
    this.#effects.set(event.toolUseId, listed);
    this.#set({
      ...call,
      state: event.isError ? "failed" : "done",
      endedAt: time,
      effects: listed.map(({ path, change }) => ({ path, label: lineLabel(path, this.#words), change })),
      moreEffects: event.effects.length - listed.length,
    });
  }

  stopWhatRuns(time: number): void {
    for (const call of this.#calls.values()) {
      if (call.state === "running") this.#set({ ...call, state: "stopped", endedAt: time });
    }
  }

  /** What changed since the last call. */
  takeChanges(): ToolCall[] {
    const changed = [...this.#changed].flatMap((id) => this.#calls.get(id) ?? []);
    this.#changed.clear();
    return changed;
  }

  #set(call: ToolCall): void {
    this.#calls.set(call.toolUseId, call);
    this.#changed.add(call.toolUseId);
  }
}
