/**
 * The state of one monitored session on the host's side: a fold of its events, and what of it the UI does
 * not know yet.
 *
 * It belongs to one UI, because changes can be taken only once. Memory is bounded: of each agent's text
 * the end is kept, and changes nobody takes are merged.
 */
import { addUsage, ZERO_USAGE } from "../core/events/event.ts";
import type { EventOf, OrchestratorEvent } from "../core/events/event.ts";
import { AgentCard } from "./agentCard.ts";
import { ApprovalList } from "./approvalList.ts";
import type { MonitorChanges, MonitorContent } from "./hostMessage.ts";
import type { Header, Totals } from "./monitorModel.ts";
import { outputsOf, visibleWords } from "./monitorWords.ts";
import type { MonitorWords } from "./monitorWords.ts";
import { QuestionList } from "./questionList.ts";
import { StepList } from "./stepList.ts";

/**
 * What became of an event: `known` it was part of the state before; `rebuild` it contradicts the state (a new
 * owner of the session went on from an earlier position, or one believed gone goes on), so a new state must be
 * built from the store.
 */
export type Applied = "applied" | "known" | "rebuild";

const PLANNER = "planner";

export class MonitorState {
  readonly #words: MonitorWords;
  #lastSeq = 0;
  #epoch = 0;
  #ownerIsGone = false;
  #header: Header;
  #totals: Totals = { usage: ZERO_USAGE, costUsd: 0, costIsPartial: false };
  readonly #steps: StepList;
  readonly #agents = new Map<string, AgentCard>();
  readonly #approvals: ApprovalList;
  readonly #questions: QuestionList;
  readonly #outputs = new Set<string>();

  /** What changed since the last snapshot or delta. */
  #changed = new Set<"lastSeq" | "header" | "totals">();
  readonly #changedAgents = new Set<string>();

  constructor(sessionId: string, words: MonitorWords) {
    this.#words = visibleWords(words);
    this.#steps = new StepList(this.#words);
    this.#approvals = new ApprovalList(this.#words);
    this.#questions = new QuestionList(this.#words);
    this.#header = {
      sessionId,
      goal: "",
      folders: [],
      model: null,
      demo: false,
      status: "created",
      isPaused: false,
      startedAt: null,
      endedAt: null,
      problem: null,
      summary: "",
      outputs: [],
    };
  }

  /** `seq` of the newest event in the state, 0 before the first. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  get sessionId(): string {
    return this.#header.sessionId;
  }

  /** Is somebody working on the session, as far as the state knows? */
  get isRunning(): boolean {
    return !hasEnded(this.#header.status);
  }

  /** Did the session write `path`, in the form its events name it? */
  hasOutput(path: string): boolean {
    return this.#outputs.has(path);
  }

  hasApproval(approvalId: string): boolean {
    return this.#approvals.has(approvalId);
  }

  hasQuestion(questionId: string): boolean {
    return this.#questions.has(questionId);
  }

  /** Events in the order of `seq`; those a reader leaves out (text, for speed) may be missing. */
  apply(event: OrchestratorEvent): Applied {
    if (event.seq <= this.#lastSeq) return event.epoch > this.#epoch ? "rebuild" : "known";
    if (this.#ownerIsGone && event.epoch === this.#epoch) return "rebuild";
    this.#lastSeq = event.seq;
    this.#epoch = event.epoch;
    this.#changed.add("lastSeq");
    this.#fold(event, Date.parse(event.timestamp));
    return "applied";
  }

  /** The log says running, but the process that ran it is gone. `problem` says so in words. */
  ownerIsGone(time: number, problem: string): void {
    if (!this.isRunning) return;
    this.#ownerIsGone = true;
    this.#stopWhatRuns(time);
    this.#setHeader({ status: "interrupted", isPaused: false, endedAt: time, problem: this.#words.visible(problem) });
  }

  /** The whole state; nothing of it will be in a delta. */
  takeSnapshot(): MonitorContent {
    this.#forgetChanges();
    for (const card of this.#agents.values()) card.forgetText();
    return {
      lastSeq: this.#lastSeq,
      header: this.#header,
      totals: this.#totals,
      plan: this.#steps.plan,
      steps: this.#steps.records,
      agents: [...this.#agents.values()].map((card) => card.record),
      texts: [...this.#agents.values()].map((card) => card.text).filter(({ text }) => text !== ""),
      approvals: this.#approvals.records,
      questions: this.#questions.records,
    };
  }

  /** What changed since the last snapshot or delta, or undefined when nothing did. */
  takeDelta(): MonitorChanges | undefined {
    const texts = [...this.#agents.values()].flatMap((card) => card.takeText() ?? []);
    const agents = [...this.#changedAgents].flatMap((id) => this.#agents.get(id)?.record ?? []);
    const steps = this.#steps.takeChanges();
    const asked = { ...this.#approvals.takeChanges(), ...this.#questions.takeChanges() };
    const changed = this.#changed;
    const count = changed.size + texts.length + agents.length + Object.keys(asked).length;
    if (count === 0 && !steps) return undefined;
    this.#forgetChanges();
    return {
      lastSeq: this.#lastSeq,
      ...(changed.has("header") ? { header: this.#header } : {}),
      ...(changed.has("totals") ? { totals: this.#totals } : {}),
      ...steps,
      ...(agents.length > 0 ? { agents } : {}),
      ...(texts.length > 0 ? { texts } : {}),
      ...asked,
    };
  }

  #forgetChanges(): void {
    this.#changed = new Set();
    this.#steps.takeChanges();
    this.#changedAgents.clear();
    this.#approvals.takeChanges();
    this.#questions.takeChanges();
  }

  #fold(event: OrchestratorEvent, time: number): void {
    switch (event.type) {
      case "session_created":
        this.#setHeader({
          goal: this.#words.visible(event.goal),
          folders: event.folders.map(({ path }) => this.#words.visible(path)),
          model: event.model === undefined ? null : this.#words.visible(event.model),
          demo: event.demo ?? false,
          startedAt: time,
        });
        break;
      case "plan_created":
      case "plan_revised":
        this.#steps.setPlan(event.plan);
        this.#setHeader({ status: "running" });
        break;
      case "step_started":
      case "step_completed":
      case "step_failed":
      case "step_skipped":
        if (event.type === "step_completed") this.#noteOutputs(event.outputs);
        this.#steps.apply(event, time);
        break;
      case "steps_reset":
        this.#steps.reset(event.stepIds);
        break;
      case "agent_initialized":
        this.#addAgent(event);
        break;
      case "usage_recorded":
        this.#addUsage(event);
        break;
      case "approval_requested":
        this.#approvals.add(event, time);
        this.#asks(event.agentId, event.approvalId);
        break;
      case "approval_resolved":
        this.#isAnswered(this.#approvals.close(event.approvalId)?.agentId, event.approvalId);
        break;
      case "question_asked":
        this.#questions.add(event, time);
        this.#asks(event.agentId, event.questionId);
        break;
      case "question_answered":
        this.#isAnswered(this.#questions.close(event.questionId)?.agentId, event.questionId);
        break;
      case "pool_paused":
      case "pool_continued":
        this.#setHeader({ isPaused: event.type === "pool_paused" });
        break;
      case "workflow_completed":
      case "workflow_failed": {
        this.#stopWhatRuns(time);
        this.#noteOutputs(event.outputs);
        const failed = event.type === "workflow_failed";
        this.#setHeader({
          status: failed ? "failed" : "completed",
          isPaused: false,
          endedAt: time,
          problem: failed ? this.#words.error(event.error) : null,
          summary: this.#words.visible(event.summary),
          outputs: outputsOf(event.outputs, this.#words),
        });
        break;
      }
      case "workflow_interrupted":
        this.#stopWhatRuns(time);
        this.#setHeader({
          status: "interrupted",
          isPaused: false,
          endedAt: time,
          problem: this.#words.message(event.reason, {
            by: event.by,
            id: event.sessionId,
            detail: event.by,
          }),
        });
        break;
      case "workflow_resumed":
        for (const card of this.#agents.values()) card.dropOpenTurn();
        this.#stopWhatRuns(time);
        this.#setHeader({
          status: this.#steps.plan ? "running" : "planning",
          isPaused: false,
          endedAt: null,
          problem: null,
          ...(event.folders && { folders: event.folders.map(({ path }) => this.#words.visible(path)) }),
          ...(event.model !== undefined && { model: this.#words.visible(event.model) }),
        });
        break;
      case "text_chunk":
      case "thinking_chunk":
      case "turn_completed":
      case "tool_use":
      case "tool_result":
      case "retry_scheduled":
      case "agent_continued":
      case "agent_completed":
      case "agent_error":
        if (event.type === "agent_completed") this.#noteOutputs(event.outputs);
        if (this.#agents.get(event.agentId)?.apply(event)) this.#changedAgents.add(event.agentId);
        break;
      case "session_updated":
      case "session_forked":
      case "session_renamed":
      case "session_tagged":
      case "session_imported":
      case "lease_taken":
      case "message_sent":
      case "tool_started":
      case "tool_output":
      case "request_started":
      case "metrics_sampled":
      case "snapshot_created":
      case "snapshot_captured":
      case "snapshot_failed":
      case "snapshot_pinned":
      case "snapshots_removed":
      case "restore_started":
      case "snapshot_restored":
        break;
    }
  }

  #setHeader(change: Partial<Header>): void {
    this.#header = { ...this.#header, ...change };
    this.#changed.add("header");
  }

  #addAgent(event: EventOf<"agent_initialized">): void {
    const card = new AgentCard(event, this.#words);
    if (this.#agents.has(event.agentId)) card.retellText();
    this.#agents.set(event.agentId, card);
    this.#changedAgents.add(event.agentId);
    if (event.stepId !== undefined) this.#steps.assign(event.stepId, event.agentId);
    const { status } = this.#header;
    if (status === "created" || status === "interrupted") {
      this.#setHeader({
        status: this.#steps.plan || event.agentType !== PLANNER ? "running" : "planning",
        endedAt: null,
        problem: null,
      });
    }
  }

  #addUsage(event: EventOf<"usage_recorded">): void {
    const { usage, costUsd, costIsPartial } = this.#totals;
    this.#totals = {
      usage: addUsage(usage, event.usage),
      costUsd: costUsd + (event.costUsd ?? 0),
      costIsPartial: costIsPartial || event.costUsd === null,
    };
    this.#changed.add("totals");
    const card = event.agentId === undefined ? undefined : this.#agents.get(event.agentId);
    if (!card) return;
    card.addUsage(event.usage);
    this.#changedAgents.add(card.record.agentId);
  }

  #asks(agentId: string, id: string): void {
    this.#agents.get(agentId)?.asks(id);
    this.#changedAgents.add(agentId);
  }

  /** `agentId` is the one that had asked, if it had. */
  #isAnswered(agentId: string | undefined, id: string): void {
    if (agentId === undefined) return;
    this.#agents.get(agentId)?.isAnswered(id);
    this.#changedAgents.add(agentId);
  }

  #stopWhatRuns(time: number): void {
    this.#steps.stopWhatRuns(time);
    for (const card of this.#agents.values()) {
      if (card.stop(time)) this.#changedAgents.add(card.record.agentId);
    }
    for (const { approvalId, agentId } of this.#approvals.records) {
      this.#approvals.close(approvalId);
      this.#isAnswered(agentId, approvalId);
    }
    for (const { questionId, agentId } of this.#questions.records) {
      this.#questions.close(questionId);
      this.#isAnswered(agentId, questionId);
    }
  }

  #noteOutputs(paths: readonly string[]): void {
    for (const path of paths) this.#outputs.add(path);
  }
}

export function hasEnded(status: Header["status"]): boolean {
  return status === "completed" || status === "failed" || status === "interrupted";
}
