/** Who calls a tool, and how the call's events are committed. */
import type { EventDraft } from "../events/event.ts";
import type { AskingAgent } from "../policy/approvals.ts";
import type { AgentTool } from "./tool.ts";

/** The agent that calls. */
export interface CallingAgent {
  /** Fields every event of the agent carries; `attempt` is read anew for every event. */
  readonly identity: AskingAgent;
  readonly signal: AbortSignal;
  /** Names of the workspace tools it may call. */
  readonly names: readonly string[];
  /** Tools of the engine's own that only this agent has; they touch nothing and nobody is asked. */
  readonly extraTools?: readonly AgentTool<never>[];
  /** Resolves when the event is committed. */
  emit(draft: EventDraft): Promise<void>;
  /** Where content from outside has entered its context so far. */
  taint(): readonly string[];
  /** Told when a call brings such content in. */
  addTaint(sources: readonly string[]): void;
  /** The committed result of a call that ran before a restart; such a call is not run again. */
  recordedResult?(toolUseId: string): CallResult | undefined;
  /** Is the call itself in the log already? Then it is not written a second time. */
  hasRecordedUse?(toolUseId: string): boolean;
}

export interface ToolCall {
  readonly toolUseId: string;
  readonly name: string;
  /** As the model sent it. */
  readonly input: unknown;
}

export interface CallResult {
  readonly content: string;
  readonly isError: boolean;
}

/** Events of one call. A failure to commit ends the call as a rejection, whatever the tool made of it. */
export class Emissions {
  readonly #agent: CallingAgent;
  readonly #pending = new Set<Promise<void>>();
  #failure: { readonly error: unknown } | undefined;

  constructor(agent: CallingAgent) {
    this.#agent = agent;
  }

  /** Without waiting: output is for eyes only. */
  send(draft: EventDraft): void {
    const sending: Promise<void> = this.commit(draft)
      .catch(() => undefined)
      .finally(() => this.#pending.delete(sending));
    this.#pending.add(sending);
  }

  async commit(draft: EventDraft): Promise<void> {
    try {
      await this.#agent.emit(draft);
    } catch (error) {
      this.#failure ??= { error };
      throw error;
    }
  }

  async settled(): Promise<void> {
    await Promise.all(this.#pending);
  }

  rethrowFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}

/** Identity fields of every event of the agent, as they are now. */
export function eventFields(agent: CallingAgent): AskingAgent & { source: string } {
  return { source: agent.identity.agentId, ...agent.identity };
}
