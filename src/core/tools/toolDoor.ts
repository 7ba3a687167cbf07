/**
 * The one door every tool call passes: input → paths → policy → approval → intent → run → redaction → result.
 *
 * Nothing has an effect before its intent is committed, and the model sees no result that is not. One door
 * belongs to one session; what differs between agents comes with each call.
 */
import { messageOf } from "../errors.ts";
import type { ApprovalService } from "../policy/approvals.ts";
import type { NotCovered } from "../events/event.ts";
import type { GuardedPath, PathGuard } from "../policy/pathGuard.ts";
import type { PermissionPolicy } from "../policy/permissionPolicy.ts";
import type { PolicyDecision } from "../policy/policy.ts";
import type { SecretRedactor } from "../policy/redaction.ts";
import { looksSecret } from "../policy/secretFiles.ts";
import type { FileTaint } from "../policy/taint.ts";
import type { Logger } from "../ports.ts";
import {
  deniedByAnswer,
  deniedByPolicy,
  failure,
  invalidInput,
  STOPPED,
  unforeseen,
  unknownTool,
} from "./modelWords.ts";
import { Emissions, eventFields, type CallingAgent, type CallResult, type ToolCall } from "./callingAgent.ts";
import type { ChangeKeeper } from "./changeKeeper.ts";
import { jsonSchemaOf, type RunnableTool } from "./runnableTool.ts";
import { providerTool, providerToolSubject } from "./providerTools.ts";
import type { AgentTool, ProviderTool, ToolCallContext, ToolIntent, ToolOutcome } from "./tool.ts";

export interface ToolDoorOptions {
  readonly sessionId: string;
  /** The workspace's tools by name. */
  readonly tools: ReadonlyMap<string, AgentTool<never>>;
  readonly guard: PathGuard;
  readonly policy: PermissionPolicy;
  readonly approvals: ApprovalService;
  readonly redactor: SecretRedactor;
  readonly fileTaint: FileTaint;
  readonly changes: ChangeKeeper;
  readonly logger: Logger;
}

export type OfferDecision =
  | { readonly offered: true; readonly tool: ProviderTool }
  /** `reason` is a message code. */
  | { readonly offered: false; readonly reason: string };

export class ToolDoor {
  readonly #options: ToolDoorOptions;

  constructor(options: ToolDoorOptions) {
    this.#options = options;
  }

  /** Names of all workspace tools. */
  get known(): readonly string[] {
    return [...this.#options.tools.keys()];
  }

  /**
   * Carries the call out, or says why not; never rejects for what the model did. Rejects when an event cannot
   * be committed: then nobody may go on.
   */
  async call(call: ToolCall, agent: CallingAgent): Promise<CallResult> {
    const { redactor } = this.#options;
    const recorded = agent.recordedResult?.(call.toolUseId);
    if (recorded !== undefined) return recorded;
    const event = { ...eventFields(agent), toolUseId: call.toolUseId, tool: call.name };
    if (agent.hasRecordedUse?.(call.toolUseId) !== true) {
      await agent.emit({ ...event, type: "tool_use", input: redactor.redactDeep(call.input) });
    }
    const outcome = await this.#perform(call, agent);
    const result = { content: redactor.redact(outcome.content).toWellFormed(), isError: outcome.isError ?? false };
    const effects = [...(outcome.effects ?? [])];
    // In one turn of the event loop, so that a result and its version are one transaction.
    await Promise.all([
      agent.emit({ ...event, ...eventFields(agent), type: "tool_result", ...result, effects }),
      ...(outcome.events ?? []).map((make) => agent.emit(make())),
    ]);
    return result;
  }

  /** Decides, asking a person where needed, whether an agent is offered a tool that the provider runs. */
  async offer(name: ProviderTool["name"], agent: CallingAgent): Promise<OfferDecision> {
    const { policy, approvals } = this.#options;
    const taint = agent.taint();
    const { decision, limits } = policy.decideOffer(name, taint);
    if (decision.decision === "deny") return { offered: false, reason: decision.reason.code };
    if (decision.decision === "ask") {
      const { reason, severity } = decision;
      const subject = providerToolSubject(name, limits);
      const answer = await approvals.ask(
        { agent: agent.identity, tool: name, input: limits, reason, subject, severity, taint },
        (draft) => agent.emit(draft),
        agent.signal,
      );
      if (answer.decision === "deny") return { offered: false, reason: answer.reason ?? "tool.denied" };
    }
    return { offered: true, tool: providerTool(name, limits) };
  }

  /** The agent's tools for the SDK's runner, in the order of their names. Unknown names are left out. */
  toRunnableTools(agent: CallingAgent): RunnableTool[] {
    return this.#toolsOf(agent).map((tool) => ({
      name: tool.name,
      description: tool.description,
      input_schema: jsonSchemaOf(tool),
      parse: (input) => input,
      run: async (input, context) => {
        if (context === undefined) throw new TypeError("a tool call without its id cannot be recorded");
        const { content, isError } = await this.call({ toolUseId: context.toolUse.id, name: tool.name, input }, agent);
        if (!isError) return content;
        const { createToolError } = await import("./sdkToolError.ts");
        throw createToolError(content);
      },
    }));
  }

  #toolsOf({ names, extraTools = [] }: CallingAgent): AgentTool<never>[] {
    const named = [...new Set(names)].flatMap((name) => this.#options.tools.get(name) ?? []);
    return [...named, ...extraTools];
  }

  async #perform({ toolUseId, name, input }: ToolCall, agent: CallingAgent): Promise<ToolOutcome> {
    const tools = this.#toolsOf(agent);
    // Validation below is what makes the input fit the tool.
    const tool = tools.find((candidate) => candidate.name === name) as AgentTool | undefined;
    if (tool === undefined)
      return refused(
        unknownTool(
          name,
          tools.map((candidate) => candidate.name),
        ),
      );
    const parsed = tool.inputSchema.safeParse(input);
    if (!parsed.success) return refused(invalidInput(name, parsed.error, jsonSchemaOf(tool)));
    const emissions = new Emissions(agent);
    try {
      agent.signal.throwIfAborted();
      const intent = tool.intent(parsed.data, this.#options.guard.folders);
      const paths = await this.#resolve(intent);
      const isOwn = agent.extraTools?.includes(tool as AgentTool<never>) === true && intent.access === "none";
      if (!isOwn) {
        const refusal = await this.#permit({ toolUseId, name, input }, intent, paths, agent);
        if (refusal !== undefined) return refused(refusal);
      }
      const isWrite = intent.access === "write";
      const outcome = await this.#run(tool, parsed.data, { toolUseId, name, isWrite }, paths, agent, emissions);
      this.#followTaint(intent, paths, outcome, agent);
      return outcome;
    } catch (error) {
      emissions.rethrowFailure();
      if (agent.signal.aborted) return refused(STOPPED);
      return refused(this.#told(name, error));
    }
  }

  #resolve(intent: ToolIntent): Promise<GuardedPath[]> {
    const access = intent.access === "read" ? "read" : "write";
    return Promise.all((intent.paths ?? []).map((path) => this.#options.guard.resolve(path, access)));
  }

  /** Undefined when the call may run, else what the model is told. */
  async #permit(
    call: ToolCall,
    intent: ToolIntent,
    paths: readonly GuardedPath[],
    agent: CallingAgent,
  ): Promise<string | undefined> {
    const { policy, approvals, redactor } = this.#options;
    const { toolUseId, name: tool } = call;
    const taint = agent.taint();
    const decision: PolicyDecision = policy.decide({ tool, intent, paths, taint });
    if (decision.decision === "allow") return undefined;
    if (decision.decision === "deny") return deniedByPolicy(tool, decision.reason);
    const { reason, severity } = decision;
    const question = {
      agent: agent.identity,
      toolUseId,
      tool,
      input: redactor.redactDeep(call.input),
      reason,
      subject: subjectOf(intent, paths),
      severity,
      taint,
    };
    const notCovered = await this.#notCovered(intent, paths, agent.signal);
    const answer = await approvals.ask(
      { ...question, ...(notCovered ? { notCovered } : {}) },
      (draft) => agent.emit(draft),
      agent.signal,
    );
    return answer.decision === "deny" ? deniedByAnswer(tool, answer) : undefined;
  }

  /** What the person who is asked could not undo. */
  async #notCovered(
    intent: ToolIntent,
    paths: readonly GuardedPath[],
    signal: AbortSignal,
  ): Promise<NotCovered | undefined> {
    if (intent.access === "execute") return this.#options.changes.notCovered(signal);
    const secret = intent.access === "write" ? paths.filter(({ workspacePath }) => looksSecret(workspacePath)) : [];
    return secret.length > 0 ? { outside: false, paths: secret.map(({ workspacePath }) => workspacePath) } : undefined;
  }

  async #run(
    tool: AgentTool,
    input: unknown,
    { toolUseId, name, isWrite }: Omit<ToolCall, "input"> & { readonly isWrite: boolean },
    paths: readonly GuardedPath[],
    agent: CallingAgent,
    emissions: Emissions,
  ): Promise<ToolOutcome> {
    const { sessionId, guard, redactor, changes } = this.#options;
    const redaction = redactor.stream();
    let changing: Disposable | undefined;
    const show = (content: string): void => {
      if (content !== "") emissions.send({ ...eventFields(agent), type: "tool_output", toolUseId, content });
    };
    const context: ToolCallContext = {
      sessionId,
      agentId: agent.identity.agentId,
      ...(agent.identity.stepId === undefined ? {} : { stepId: agent.identity.stepId }),
      toolUseId,
      folders: guard.folders,
      signal: agent.signal,
      paths,
      taint: agent.taint(),
      output: (text) => show(redaction.push(text)),
      begin: async (intent) => {
        agent.signal.throwIfAborted();
        const paths = (intent.preImages ?? []).map(({ path }) => path);
        if (paths.length > 0) changing = await changes.preserve(paths, changing);
        await emissions.commit({ ...eventFields(agent), type: "tool_started", toolUseId, tool: name, ...intent });
      },
    };
    try {
      const outcome = await tool.run(input, context);
      if (isWrite) changes.changed(outcome.effects ?? []);
      return outcome;
    } finally {
      changing?.[Symbol.dispose]();
      show(redaction.end());
      await emissions.settled();
    }
  }

  /** Files written by an agent that has read content from outside hold such content; who reads them has read it too. */
  #followTaint(intent: ToolIntent, paths: readonly GuardedPath[], outcome: ToolOutcome, agent: CallingAgent): void {
    const { fileTaint, guard } = this.#options;
    const sources = agent.taint();
    if (sources.length > 0) {
      for (const effect of outcome.effects ?? []) fileTaint.mark(effect.path, sources);
      // What a command wrote is not known, so it may be anything.
      if (intent.access === "execute")
        for (const folder of guard.folders) fileTaint.mark(guard.folders.length > 1 ? folder.name : ".", sources);
    }
    const read =
      intent.access === "execute"
        ? fileTaint.all()
        : intent.access === "read"
          ? paths.flatMap((path) => fileTaint.of(path.workspacePath))
          : [];
    const brought = [...read, ...(outcome.taint ?? [])];
    if (brought.length > 0) agent.addTaint([...new Set(brought)]);
  }

  #told(name: string, error: unknown): string {
    const words = failure(name, error);
    if (words !== undefined) return words;
    this.#options.logger.error("a tool failed unexpectedly", { tool: name, error: messageOf(error) });
    return unforeseen(name);
  }
}

function refused(content: string): ToolOutcome {
  return { content, isError: true };
}

/** For paths what they really are, never what the model called them. */
function subjectOf(intent: ToolIntent, paths: readonly GuardedPath[]): string {
  if (intent.access !== "write" || paths.length === 0) return intent.subject;
  return paths.map((path) => path.workspacePath).join(", ");
}
