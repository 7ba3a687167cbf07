/** Runs one agent in a session: definition, tools, model and prompt come together here. */
import systemContext from "./systemContext.md";
import stepTask from "./stepTask.md";
import { OrchestratorError, toErrorInfo, toOrchestratorError } from "../errors.ts";
import type { EventDraft } from "../events/event.ts";
import type { ModelClients } from "../model/modelClients.ts";
import type { Clock } from "../ports.ts";
import { recoverySuggestions } from "../recovery/recoverySuggestions.ts";
import type { Settings } from "../settings/settings.ts";
import { taintOfBlock } from "../tools/providerTools.ts";
import type { AgentTool } from "../tools/tool.ts";
import type { AgentDefinition } from "./agentDefinition.ts";
import type { AgentNames } from "./agentNames.ts";
import type { AgentHistory } from "./agentHistory.ts";
import { AgentRun, type AgentIdentity } from "./agentRun.ts";
import type { AgentSession } from "./agentSession.ts";
import type { AgentTools } from "./agentToolbox.ts";
import { freeName, normalizeWorkspacePath, outputsOf, writtenPaths } from "./outputFile.ts";
import { renderPrompt } from "./promptTemplate.ts";

export interface AgentTask {
  readonly agentType: string;
  readonly title: string;
  readonly description: string;
  /** The whole team's goal; the description when an agent is spawned alone. */
  readonly goal: string;
  readonly purpose: string;
  readonly stepId?: string;
  readonly batchId?: string;
  readonly outputFile?: string;
  /** Narrows the definition's tools; never widens them. */
  readonly allowedTools?: readonly string[];
  /** Replaces the definition's prompt. */
  readonly systemPrompt?: string;
  readonly model?: string;
  readonly maxTurns?: number;
  readonly streamResponses?: boolean;
  /** Results of the steps before as a Markdown section. */
  readonly results?: string;
  /** Taint of the results handed over. */
  readonly taint?: readonly string[];
  /** The first user message in place of the step prompt. */
  readonly task?: string;
  readonly extraTools?: readonly AgentTool<never>[];
  readonly isFinished?: () => boolean;
  readonly followUp?: () => string | undefined;
  /** The agent that had begun this task in a process before; it goes on under its name. */
  readonly history?: AgentHistory;
  /** Told the agent's name before its first event. */
  readonly onStarted?: (agentId: string) => void;
}

export interface AgentResult {
  readonly agentId: string;
  readonly agentType: string;
  readonly text: string;
  /** Files written, in workspace form, in order of first writing. */
  readonly outputs: readonly string[];
  readonly taint: readonly string[];
}

/** An agent at work, for `listActiveAgents`. */
export interface ActiveAgent {
  readonly agentId: string;
  readonly agentType: string;
  readonly sessionId: string;
  readonly stepId: string | null;
  readonly title: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
}

export interface AgentRunnerOptions {
  readonly models: ModelClients;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly names: AgentNames;
}

export class AgentRunner {
  readonly #options: AgentRunnerOptions;
  readonly #active = new Map<string, ActiveAgent>();

  constructor(options: AgentRunnerOptions) {
    this.#options = options;
  }

  get active(): readonly ActiveAgent[] {
    return [...this.#active.values()];
  }

  /**
   * Runs the agent to its end. Its failure is an `agent_error` event and the rejection; a stop of the
   * session rejects with the stop's reason and leaves no error event, because the agent can go on later.
   */
  async run(session: AgentSession, task: AgentTask): Promise<AgentResult> {
    const definition = definitionOf(session, task.agentType);
    const agentId = task.history?.agentId ?? this.#options.names.next(definition.name);
    const identity: AgentIdentity = {
      agentId,
      ...(task.stepId ? { stepId: task.stepId } : {}),
      ...(task.batchId ? { batchId: task.batchId } : {}),
    };
    task.onStarted?.(agentId);
    if (task.history?.completed) return completedResult(task.history, definition.name, task.taint ?? []);
    const attempt = { value: task.history?.attempt ?? 1 };
    const emit = (draft: AgentDraft): Promise<void> =>
      session.log.emit({ ...draft, source: agentId, ...identity, attempt: attempt.value });
    this.#active.set(agentId, {
      agentId,
      agentType: definition.name,
      sessionId: session.sessionId,
      stepId: task.stepId ?? null,
      title: task.title,
      startedAt: this.#options.clock.now(),
    });
    try {
      return await this.#runAgent(session, task, definition, identity, attempt, emit);
    } catch (error) {
      session.signal.throwIfAborted();
      const known = toOrchestratorError(error);
      await emit({ type: "agent_error", error: toErrorInfo(known), suggestions: recoverySuggestions(known) });
      throw known;
    } finally {
      this.#active.delete(agentId);
    }
  }

  async #runAgent(
    session: AgentSession,
    task: AgentTask,
    definition: AgentDefinition,
    identity: AgentIdentity,
    attempt: { value: number },
    emit: (draft: AgentDraft) => Promise<void>,
  ): Promise<AgentResult> {
    const { models, settings, clock } = this.#options;
    const taint = new Set([...(session.taint ?? []), ...(task.taint ?? [])]);
    const { history } = task;
    for (const source of history?.taint ?? []) taint.add(source);
    const outputs = new Set(history?.outputs);
    const offered = new Set([...definition.tools, ...session.pluginTools(definition.name)]);
    const names = [...offered].filter((tool) => !task.allowedTools || task.allowedTools.includes(tool));
    const tools = await session.toolbox.forAgent(
      {
        ...identity,
        attempt,
        signal: session.signal,
        taint,
        ...(history ? { history } : {}),
        onWritten: (effects) => {
          for (const path of outputsOf(effects)) outputs.add(normalizeWorkspacePath(path));
          for (const path of writtenPaths(effects)) session.written.add(normalizeWorkspacePath(path));
        },
      },
      names,
      task.extraTools ?? [],
    );
    const model = task.model ?? session.model ?? definition.model ?? settings.get("model");
    const wireModel = session.access.demo ? "demo" : model;
    if (history) {
      await emit({ type: "agent_continued", turn: history.turns });
    } else {
      await emit({
        type: "agent_initialized",
        agentType: definition.name,
        taskDescription: task.description,
        model: wireModel,
        tools: [...tools.names],
        ...(tools.withheld.length > 0 ? { withheldTools: [...tools.withheld] } : {}),
      });
    }
    using _ = session.steering.listen(identity.agentId);
    const client = await models.for({
      access: session.access,
      purpose: task.purpose,
      ...identity,
      emit: (draft) => session.log.emit(draft),
      attempt: () => attempt.value,
    });
    const result = await new AgentRun({
      identity,
      client,
      origin: session.access.origin,
      log: session.log,
      clock,
      signal: session.signal,
      model: wireModel,
      systemPrompt: renderSystemPrompt(session, task.systemPrompt ?? definition.systemPrompt),
      task: task.task ?? renderTask(task),
      tools: tools.runnable,
      maxTurns: Math.min(
        task.maxTurns ?? definition.maxTurns ?? Infinity,
        session.maxTurns ?? settings.get("maxTurns"),
      ),
      maxOutputTokens: settings.get("maxOutputTokens"),
      timeoutMinutes: settings.get("agentTimeoutMinutes"),
      idleTimeoutSeconds: settings.get("agentIdleTimeoutSeconds"),
      streamResponses: task.streamResponses ?? true,
      ...(history ? { history } : {}),
      callTool: (call) => tools.callOwn(call.name, call.input, call.id),
      attempt,
      steering: session.steering,
      onTurn: (message) => {
        for (const block of message.content) {
          const source = taintOfBlock(block);
          if (source) taint.add(source);
        }
      },
      ...(task.isFinished ? { isFinished: task.isFinished } : {}),
      ...(task.followUp ? { followUp: task.followUp } : {}),
    }).run();
    if (task.outputFile) await writeOutputFile(session, tools, identity, task.outputFile, result.text, outputs);
    const agentResult: AgentResult = {
      agentId: identity.agentId,
      agentType: definition.name,
      text: result.text,
      outputs: [...outputs],
      taint: [...taint],
    };
    await emit({ type: "agent_completed", result: agentResult.text, outputs: [...agentResult.outputs] });
    return agentResult;
  }
}

/** The agent had finished; only its step had not been told. */
function completedResult(history: AgentHistory, agentType: string, taint: readonly string[]): AgentResult {
  const { result = "", outputs = [] } = history.completed ?? {};
  return {
    agentId: history.agentId,
    agentType,
    text: result,
    outputs,
    taint: [...new Set([...taint, ...history.taint])],
  };
}

type DistributiveOmit<Type, Keys extends PropertyKey> = Type extends unknown ? Omit<Type, Keys> : never;
type AgentDraft = DistributiveOmit<Extract<EventDraft, { agentId: string }>, "source" | "agentId">;

/** @throws OrchestratorError `agent.unknownType` naming the known types */
export function definitionOf(session: Pick<AgentSession, "definitions">, agentType: string): AgentDefinition {
  const definition = session.definitions.get(agentType);
  if (definition) return definition;
  throw new OrchestratorError("agent.unknownType", { agentType, known: [...session.definitions.keys()].join(", ") });
}

function renderSystemPrompt(session: AgentSession, prompt: string): string {
  const several = session.folders.length > 1;
  return renderPrompt(systemContext, {
    prompt,
    folders: several
      ? `The workspace has several folders: ${session.folders.map((folder) => `\`${folder.name}\``).join(", ")}.`
      : `The workspace is the folder \`${session.folders[0]?.name ?? "workspace"}\`.`,
    pathRule: several ? "the workspace, and their first segment is the name of a folder" : "that folder",
    instructions: session.instructions,
  });
}

function renderTask(task: AgentTask): string {
  return renderPrompt(stepTask, {
    goal: task.goal,
    title: task.title,
    description: task.description,
    outputFile: task.outputFile ? `\nOutput file: ${task.outputFile}\n` : "",
    results: task.results ?? "",
  });
}

/** A file this session did not write is never replaced by the text; it gets a number instead. */
async function writeOutputFile(
  session: AgentSession,
  tools: AgentTools,
  identity: AgentIdentity,
  outputFile: string,
  text: string,
  outputs: ReadonlySet<string>,
): Promise<void> {
  const wanted = normalizeWorkspacePath(outputFile);
  if (outputs.has(wanted)) return;
  if (!text) throw new OrchestratorError("step.outputMissing", { file: outputFile });
  const path = await freeName(
    wanted,
    async (candidate) => !session.written.has(candidate) && (await session.toolbox.exists(candidate)),
  );
  const input = { file_path: path, content: `${text}\n` };
  const written = await tools.call("write", input, `output_${identity.agentId}`);
  if (written.isError) throw new OrchestratorError("tool.failed", { tool: "write", detail: written.content });
}
