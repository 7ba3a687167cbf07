/** What an agent may call: one shape for file tools, the shell, write_md and (later) MCP and plugin tools. */
import type { z } from "zod";
import type { Effect, EventDraft, EventOf } from "../events/event.ts";
import type { GuardedPath } from "../policy/pathGuard.ts";
import type { WorkspaceFolder } from "../ports.ts";

/** Who calls, and how the call talks back while it runs. */
export interface ToolCallContext {
  readonly sessionId: string;
  readonly agentId: string;
  readonly stepId?: string;
  readonly toolUseId: string;
  readonly folders: readonly WorkspaceFolder[];
  readonly signal: AbortSignal;
  /** The intent's paths in their order, resolved and approved: the only ones the call may use. */
  readonly paths: readonly GuardedPath[];
  /** Where content from outside has entered the caller's context so far. */
  readonly taint: readonly string[];
  /** Streams output for people (`tool_output`); secrets are filtered on the way. */
  output(text: string): void;
  /**
   * Stores what is at the pre-images' paths, commits the intent of a change (`tool_started`), and resolves when both
   * are durable; an effect comes only after it.
   */
  begin(intent: {
    preImages?: NonNullable<EventOf<"tool_started">["preImages"]>;
    manifest?: string;
    processGroup?: number;
    processStartedAt?: string;
  }): Promise<void>;
}

export interface ToolOutcome {
  /** What the model reads. */
  readonly content: string;
  readonly isError?: boolean;
  readonly effects?: readonly Effect[];
  /** Where content from outside may have entered what the model reads. */
  readonly taint?: readonly string[];
  /** Belong into the log together with the result; made when they are written there, in the order of the log. */
  readonly events?: readonly (() => EventDraft)[];
}

/** What a call would do, told before it is done, for rules and for the person who is asked. */
export interface ToolIntent {
  /** `read` and `write` name paths in workspace form; `execute` a command; `none` touches nothing. */
  readonly access: "read" | "write" | "execute" | "none";
  readonly paths?: readonly string[];
  /** Exact argv for a command that is one plain argv; absent when a shell is needed. */
  readonly argv?: readonly string[];
  /** What a person is shown: the path, the argv or the whole shell line. */
  readonly subject: string;
}

/** A failure told to the model as it is: plain English, workspace paths only. */
export class ToolFailure extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "ToolFailure";
  }
}

/** A tool with parsed input. Implementations throw OrchestratorError or ToolFailure; the door makes it a result. */
export interface AgentTool<Input = unknown> {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: z.ZodType<Input>;
  /** JSON schema for the model when it must differ from `inputSchema`'s own. */
  readonly jsonSchema?: Record<string, unknown>;
  intent(input: Input, folders: readonly WorkspaceFolder[]): ToolIntent;
  run(input: Input, context: ToolCallContext): Promise<ToolOutcome>;
}

/** A tool that the model's provider runs itself; it can only be offered or not. */
export interface ProviderTool {
  readonly name: "search_web" | "fetch_web";
  /** The definition sent to the Messages API. */
  readonly definition: { readonly type: string; readonly name: string } & Record<string, unknown>;
}
