/** The tools of one session: paths, policy, approvals and the door in one place, handed out per agent. */
import { lstat } from "node:fs/promises";
import type { EventDraft, EventOf } from "../events/event.ts";
import type { SessionLog } from "../events/sessionLog.ts";
import { ApprovalService, type GivenAnswer } from "../policy/approvals.ts";
import { PathGuard } from "../policy/pathGuard.ts";
import { PermissionPolicy } from "../policy/permissionPolicy.ts";
import type { SecretRedactor } from "../policy/redaction.ts";
import { FileTaint } from "../policy/taint.ts";
import { QuestionService, type GivenReply } from "../policy/questions.ts";
import type { Approver, Clock, Logger, Questioner, WorkspaceFolder } from "../ports.ts";
import type { Settings } from "../settings/settings.ts";
import type { RunSnapshots } from "../snapshots/runSnapshots.ts";
import { createAskUserTool } from "../tools/askUserTool.ts";
import { createBuiltinTools } from "../tools/builtinTools.ts";
import type { FileLocks } from "../tools/fileLocks.ts";
import { settleInterruptedCall, type InterruptedOutcome } from "../tools/interruptedCall.ts";
import { isProviderTool } from "../tools/providerTools.ts";
import type { RunningCommands } from "../tools/runningCommands.ts";
import type { AgentTool, ProviderTool } from "../tools/tool.ts";
import type { CallingAgent } from "../tools/callingAgent.ts";
import { ToolDoor } from "../tools/toolDoor.ts";
import type { AgentTools, KnownOfCall, ToolUser, WithheldTool } from "./agentToolbox.ts";
import type { SessionTools } from "./runSessions.ts";

export interface SessionToolboxOptions {
  readonly sessionId: string;
  readonly folders: readonly WorkspaceFolder[];
  readonly home: string;
  /** Does the model's provider run search_web and fetch_web? */
  readonly hasServerTools: boolean;
  readonly log: SessionLog;
  readonly snapshots: RunSnapshots;
  readonly settings: Settings;
  readonly approver: Approver;
  /** Absent where nobody can be asked: then agents have no tool to ask with. */
  readonly questioner?: Questioner;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly redactor: SecretRedactor;
  readonly locks: FileLocks;
  readonly commands: RunningCommands;
  readonly environment: NodeJS.ProcessEnv;
  readonly onApprovalTimeout: "deny" | "pause";
  readonly pluginTools: readonly AgentTool<never>[];
}

export class SessionToolbox implements SessionTools {
  readonly #log: SessionLog;
  readonly #hasServerTools: boolean;
  readonly #guard: PathGuard;
  readonly #approvals: ApprovalService;
  readonly #questions: QuestionService | undefined;
  readonly #fileTaint = new FileTaint();
  /** Of every agent that has tools here; each set grows while its agent runs. */
  readonly #taints = new Map<string, ReadonlySet<string>>();
  readonly #earlierTaint = new Set<string>();
  readonly #clock: Clock;
  readonly #door: ToolDoor;
  readonly #snapshots: RunSnapshots;

  constructor(options: SessionToolboxOptions) {
    const { sessionId, folders, home, log, settings, approver, clock, logger, redactor, locks, commands, environment } =
      options;
    const { snapshots } = options;
    this.#log = log;
    this.#snapshots = snapshots;
    this.#clock = clock;
    this.#hasServerTools = options.hasServerTools;
    this.#guard = new PathGuard({ folders, home });
    this.#approvals = new ApprovalService({
      sessionId,
      approver,
      clock,
      settings,
      onTimeout: options.onApprovalTimeout,
    });
    const { questioner, onApprovalTimeout: onTimeout } = options;
    if (questioner) this.#questions = new QuestionService({ sessionId, questioner, clock, settings, onTimeout });
    const policy = new PermissionPolicy({ settings });
    const builtin = createBuiltinTools({
      guard: this.#guard,
      policy,
      redactor,
      clock,
      locks,
      commands,
      environment,
      changes: snapshots,
    });
    this.#door = new ToolDoor({
      sessionId,
      tools: new Map([...builtin, ...options.pluginTools.map((tool) => [tool.name, tool] as const)]),
      guard: this.#guard,
      policy,
      approvals: this.#approvals,
      redactor,
      fileTaint: this.#fileTaint,
      changes: snapshots,
      logger,
    });
  }

  get known(): readonly string[] {
    return this.#door.known;
  }

  async exists(path: string): Promise<boolean> {
    const { absolute } = await this.#guard.resolve(path, "write");
    return lstat(absolute).then(
      () => true,
      () => false,
    );
  }

  settle(call: EventOf<"tool_started">, { output, since }: KnownOfCall): Promise<InterruptedOutcome> {
    const effectsSince = (manifest: string) => this.#snapshots.effectsSince(manifest, since);
    return settleInterruptedCall(call, { guard: this.#guard, clock: this.#clock, output, effectsSince });
  }

  markTainted(path: string, sources: Iterable<string>): void {
    this.#fileTaint.mark(path, sources);
  }

  addTaint(sources: Iterable<string>): void {
    for (const source of sources) this.#earlierTaint.add(source);
  }

  taintOf(agentId?: string): readonly string[] {
    if (agentId !== undefined) return [...(this.#taints.get(agentId) ?? this.#earlierTaint)];
    const all = [...this.#taints.values()].flatMap((taint) => [...taint]);
    return [...new Set([...this.#earlierTaint, ...this.#fileTaint.all(), ...all])];
  }

  answer(approvalId: string, answer: GivenAnswer): boolean {
    return this.#approvals.answer(approvalId, answer);
  }

  async forAgent(user: ToolUser, wanted: readonly string[], extra: readonly AgentTool<never>[]): Promise<AgentTools> {
    this.#taints.set(user.agentId, user.taint);
    const known = new Set(this.#door.known);
    const names = wanted.filter((name) => known.has(name));
    const asking = this.#questions ? [this.#askUserTool(this.#questions, user)] : [];
    const own = [...extra, ...asking];
    const agent = this.#callingAgent(user, names, own);
    const offered: ProviderTool[] = [];
    const withheld: WithheldTool[] = [];
    for (const tool of wanted) {
      if (known.has(tool)) continue;
      const offer = await this.#offer(tool, agent);
      if (typeof offer === "string") withheld.push({ tool, reason: offer });
      else offered.push(offer);
    }
    return {
      runnable: [
        ...this.#door.toRunnableTools(agent),
        ...offered.map(({ definition }) => definition),
      ] as AgentTools["runnable"],
      names: [...names, ...own.map(({ name }) => name), ...offered.map(({ name }) => name)],
      withheld,
      callOwn: (name, input, toolUseId) => this.#door.call({ toolUseId, name, input }, agent),
      // The promised file is written even by an agent that has no tool for it: the plan asked for it.
      call: (name, input, toolUseId) =>
        this.#door.call({ toolUseId, name, input }, this.#callingAgent(user, [...known], [])),
    };
  }

  reply(questionId: string, reply: GivenReply): boolean {
    return this.#questions?.answer(questionId, reply) ?? false;
  }

  #askUserTool(questions: QuestionService, user: ToolUser): AgentTool<never> {
    const agent = this.#callingAgent(user, [], []);
    return createAskUserTool(questions, agent.identity, (draft) => agent.emit(draft));
  }

  /** The tool, or the message code of why there is none. */
  async #offer(tool: string, agent: CallingAgent): Promise<ProviderTool | string> {
    if (!isProviderTool(tool)) return "tool.unknown";
    if (!this.#hasServerTools) return "tool.serverNotSupported";
    const decision = await this.#door.offer(tool, agent);
    return decision.offered ? decision.tool : decision.reason;
  }

  #callingAgent(user: ToolUser, names: readonly string[], extraTools: readonly AgentTool<never>[]): CallingAgent {
    const { agentId, stepId, batchId, attempt, signal, taint, history } = user;
    return {
      identity: {
        agentId,
        ...(stepId === undefined ? {} : { stepId }),
        ...(batchId === undefined ? {} : { batchId }),
        get attempt() {
          return attempt.value;
        },
      },
      signal,
      names,
      extraTools,
      emit: (draft) => this.#emit(draft, user),
      taint: () => [...taint],
      addTaint: (sources) => {
        for (const source of sources) taint.add(source);
      },
      recordedResult: (toolUseId) => history?.recorded.get(toolUseId),
      hasRecordedUse: (toolUseId) => history?.uses.has(toolUseId) ?? false,
    };
  }

  async #emit(draft: EventDraft, user: ToolUser): Promise<void> {
    if (draft.type === "tool_output") {
      await this.#log.emitText(draft);
      return;
    }
    await this.#log.emit(draft);
    if (draft.type !== "tool_result") return;
    user.onWritten(draft.effects);
  }
}
