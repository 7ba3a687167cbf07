/** Gives each agent the tools its definition names and the policy lets it have. */
import type { AgentTool } from "../tools/tool.ts";
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
  /** Told of every file a call created or changed, in workspace form. */
  readonly onWritten: (path: string) => void;
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
  /** Calls a workspace tool on the agent's behalf, through the same door as the agent's own calls. */
  call(
    tool: string,
    input: unknown,
    toolUseId: string,
  ): Promise<{ readonly content: string; readonly isError: boolean }>;
}

export interface AgentToolbox {
  /** Names of all tools that exist, for messages. */
  readonly known: readonly string[];
  /** Is there anything at a workspace path? Rejects for paths that are not allowed. */
  exists(path: string): Promise<boolean>;
  forAgent(user: ToolUser, names: readonly string[], extra: readonly AgentTool<never>[]): Promise<AgentTools>;
}
