/** Spawns single agents and batches of them, each spawn a session of its own. */
import { fromErrorInfo, OrchestratorError, toErrorInfo } from "../errors.ts";
import type { OrchestratorEvent } from "../events/event.ts";
import type { WorkspaceFolder } from "../ports.ts";
import { definitionOf, type ActiveAgent, type AgentResult, type AgentRunner, type AgentTask } from "./agentRunner.ts";
import type { OpenRun, RunSessions } from "./runSessions.ts";
import { interruption, RunStopped } from "./runStopped.ts";

export interface StreamingAgentOptions {
  /** Replaces the definition's system prompt. */
  readonly systemPrompt?: string;
  /** Narrows the definition's tools. */
  readonly allowedTools?: readonly string[];
  readonly maxTurns?: number;
  readonly model?: string;
  /** False: one `text_chunk` per turn. Default true. */
  readonly streamResponses?: boolean;
  /** Called with all text of the agent so far. */
  readonly onProgress?: (agentId: string, textSoFar: string) => void;
}

export interface SpawnRequest {
  /** A built-in name (`AgentType`) or the name of any definition. */
  readonly agentType: string;
  readonly taskDescription: string;
  readonly options?: StreamingAgentOptions;
  /** Workspace path that gets the agent's final text if it does not write the file itself. */
  readonly outputFile?: string;
  readonly batchId?: string;
  readonly signal?: AbortSignal;
}

const SOURCE = "agents";

export class StreamingAgentManager {
  readonly #runs: RunSessions;
  readonly #agents: AgentRunner;
  readonly #folders: readonly WorkspaceFolder[];

  constructor(options: { runs: RunSessions; agents: AgentRunner; workspaceFolders: readonly WorkspaceFolder[] }) {
    this.#runs = options.runs;
    this.#agents = options.agents;
    this.#folders = options.workspaceFolders;
  }

  /** Runs one agent and yields its events, from `agent_initialized` to `agent_completed` or `agent_error`. */
  spawnStreamingAgent(request: SpawnRequest): AsyncGenerator<OrchestratorEvent, void, void> {
    return this.#spawn([request], request.taskDescription, request.signal);
  }

  /** The old way: runs one agent to its end. Rejects with what went wrong. */
  async spawnAgent(request: SpawnRequest): Promise<AgentResult> {
    let result: AgentResult | undefined;
    let failure: OrchestratorError | undefined;
    for await (const event of this.spawnStreamingAgent(request)) {
      if (event.type === "agent_completed") {
        result = {
          agentId: event.agentId,
          agentType: request.agentType,
          text: event.result,
          outputs: event.outputs,
          taint: [],
        };
      } else if (event.type === "agent_error") failure = fromErrorInfo(event.error);
    }
    if (result) return result;
    throw failure ?? new RunStopped("caller");
  }

  /** Runs several agents at the same time; every event carries its `batchId`. */
  spawnParallelAgents(
    requests: readonly SpawnRequest[],
    signal?: AbortSignal,
  ): AsyncGenerator<OrchestratorEvent, void, void> {
    return this.#spawn(requests, requests.map(({ taskDescription }) => taskDescription).join("; "), signal);
  }

  async listActiveAgents(): Promise<readonly ActiveAgent[]> {
    return this.#agents.active;
  }

  async *#spawn(
    requests: readonly SpawnRequest[],
    goal: string,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<OrchestratorEvent, void, void> {
    signal?.throwIfAborted();
    if (requests.length === 0) return;
    for (const { taskDescription } of requests)
      if (!taskDescription.trim()) throw new OrchestratorError("goal.empty", {});
    const run = await this.#runs.open({ goal, workspaceFolders: this.#folders });
    const stop = (): void => run.stop("caller");
    signal?.addEventListener("abort", stop, { once: true });
    const progress = new ProgressCallbacks();
    const ended = this.#runAgents(run, requests, progress);
    ended.catch(() => {});
    let finished = false;
    try {
      for await (const event of run.session.log.read()) {
        if (!("agentId" in event) || event.agentId === undefined) continue;
        progress.note(event);
        yield event;
      }
      finished = true;
    } finally {
      signal?.removeEventListener("abort", stop);
      if (!finished) stop();
      await ended;
    }
  }

  async #runAgents(run: OpenRun, requests: readonly SpawnRequest[], progress: ProgressCallbacks): Promise<void> {
    const { session } = run;
    try {
      for (const { agentType } of requests) definitionOf(session, agentType);
      const settled = await Promise.allSettled(
        requests.map((request) =>
          this.#agents.run(session, { ...toTask(request), onStarted: (agentId) => progress.started(agentId, request) }),
        ),
      );
      const results = settled.flatMap((entry) => (entry.status === "fulfilled" ? [entry.value] : []));
      const failures = settled.flatMap((entry) => (entry.status === "rejected" ? [entry.reason as unknown] : []));
      const ending = {
        source: SOURCE,
        workspace: session.folders[0]?.path ?? "",
        outputs: [...new Set(results.flatMap((result) => result.outputs))],
        summary: results.map((result) => result.text).join("\n\n"),
        ...run.spend.total(),
      };
      if (session.signal.aborted) {
        await session.log.emit({
          type: "workflow_interrupted",
          source: SOURCE,
          lastCompletedStep: null,
          ...interruption(session.signal.reason, SOURCE),
        });
      } else if (failures.length > 0)
        await session.log.emit({ type: "workflow_failed", ...ending, error: toErrorInfo(failures[0]) });
      else await session.log.emit({ type: "workflow_completed", ...ending });
    } catch (error) {
      await session.log.emit({
        type: "workflow_failed",
        source: SOURCE,
        workspace: session.folders[0]?.path ?? "",
        outputs: [],
        summary: "",
        ...run.spend.total(),
        error: toErrorInfo(error),
      });
      throw error;
    } finally {
      await run.close();
    }
  }
}

function toTask({ agentType, taskDescription, options = {}, outputFile, batchId }: SpawnRequest): AgentTask {
  const { systemPrompt, allowedTools, maxTurns, model, streamResponses } = options;
  return {
    agentType,
    title: taskDescription.split("\n")[0]?.slice(0, 100) ?? "",
    description: taskDescription,
    goal: taskDescription,
    purpose: "agent",
    ...(outputFile ? { outputFile } : {}),
    ...(batchId ? { batchId } : {}),
    ...(systemPrompt ? { systemPrompt } : {}),
    ...(allowedTools ? { allowedTools } : {}),
    ...(maxTurns ? { maxTurns } : {}),
    ...(model ? { model } : {}),
    ...(streamResponses === undefined ? {} : { streamResponses }),
  };
}

/** Calls each request's `onProgress` with its own agent's text. */
class ProgressCallbacks {
  readonly #byAgent = new Map<string, { readonly request: SpawnRequest; text: string }>();

  started(agentId: string, request: SpawnRequest): void {
    this.#byAgent.set(agentId, { request, text: "" });
  }

  note(event: OrchestratorEvent): void {
    const agent = event.type === "text_chunk" ? this.#byAgent.get(event.agentId) : undefined;
    if (!agent || event.type !== "text_chunk") return;
    agent.text += event.content;
    agent.request.options?.onProgress?.(event.agentId, agent.text);
  }
}
