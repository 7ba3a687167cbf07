/** Gives each agent the tools its definition names and the policy lets it have. */
import type { Effect, EventOf } from "../events/event.ts";
import type { InterruptedOutcome } from "../tools/interruptedCall.ts";
import type { AgentTool } from "../tools/tool.ts";
import type { AgentHistory, RecordedCall } from "./agentHistory.ts";
import type { RunnerTools } from "./agentRun.ts";

/** The agent the tools are for. */
export interface ToolUser {
  readonly agentId: string;
  readonly stepId?: string;
  readonly batchId?: string;
  /** Current attempt; read for every event. */
  readonly attempt: { readonly value: number };
  readonly signal: AbortSignal;
  /** Where untrusted content entered this agent's context; grows while it runs. */
  readonly taint: Set<string>;
  /** What a process before this one had done of the agent. */
  readonly history?: AgentHistory;
  /** Told what every call changed. */
  readonly onWritten: (effects: readonly Effect[]) => void;
}

export interface WithheldTool {
  readonly tool: string;
  /** Message code of the reason. */
  readonly reason: string;
}

export interface AgentTools {
  /** What the SDK's tool runner takes. */
  readonly runnable: RunnerTools;
  readonly names: readonly string[];
  readonly withheld: readonly WithheldTool[];
  /** Makes a call of the agent itself that the SDK's loop will not make. */
  callOwn(tool: string, input: unknown, toolUseId: string): Promise<RecordedCall>;
  /** Calls any workspace tool on the agent's behalf, through the same door as the agent's own calls. */
  call(
    tool: string,
    input: unknown,
    toolUseId: string,
  ): Promise<{ readonly content: string; readonly isError: boolean }>;
}

/** What the log tells of a call that was interrupted. */
export interface KnownOfCall {
  /** What a command had printed. */
  readonly output: string;
  /** What our own tools wrote after it had begun, by path; null for what they deleted. */
  readonly since: ReadonlyMap<string, string | null>;
}

export interface AgentToolbox {
  /** Names of all tools that exist, for messages. */
  readonly known: readonly string[];
  /** Is there anything at a workspace path? Rejects for paths that are not allowed. */
  exists(path: string): Promise<boolean>;
  /** Finds out what became of a call whose outcome is not in the log. */
  settle(call: EventOf<"tool_started">, known: KnownOfCall): Promise<InterruptedOutcome>;
  /** Content from outside is in this file, from a process before. */
  markTainted(path: string, sources: Iterable<string>): void;
  /** Content from outside is in what agents of a process before had found. */
  addTaint(sources: Iterable<string>): void;
  /** Where content from outside has entered an agent, or without a name anything of the session. */
  taintOf(agentId?: string): readonly string[];
  forAgent(user: ToolUser, names: readonly string[], extra: readonly AgentTool<never>[]): Promise<AgentTools>;
}
