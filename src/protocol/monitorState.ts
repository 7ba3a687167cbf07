/**
 * The state of one monitored session on the host's side: a fold of its events, and what of it the UI does
 * not know yet.
 *
 * It belongs to one UI, because changes can be taken only once. Memory is bounded: of each agent's text
 * the end is kept, and changes nobody takes are merged.
 */
import type { Effect, EventOf, OrchestratorEvent } from "../core/events/event.ts";
import { AgentCard, type TextGap } from "./agentCard.ts";
import { ApprovalList } from "./approvalList.ts";
import { emptyHeader, hasEnded, headerChange } from "./headerChange.ts";
import type { MonitorChanges, MonitorContent } from "./hostMessage.ts";
import type { Header, Span } from "./monitorModel.ts";
import { visibleWords } from "./monitorWords.ts";
import type { MonitorWords } from "./monitorWords.ts";
import { QuestionList } from "./questionList.ts";
import { StepList } from "./stepList.ts";
import { ToolCallList } from "./toolCallList.ts";
import { UsageFold } from "./usageFold.ts";

/**
 * What became of an event: `known` it was part of the state before; `rebuild` it contradicts the state (a new
 * owner of the session went on from an earlier position, or one believed gone goes on), so a new state must be
 * built from the store.
 */
export type Applied = "applied" | "known" | "rebuild";

export class MonitorState {
  readonly #words: MonitorWords;
  #lastSeq = 0;
  #epoch = 0;
  /** Of the newest event. */
  #time = 0;
  #ownerIsGone = false;
  #header: Header;
  readonly #usage: UsageFold;
  readonly #steps: StepList;
  readonly #agents = new Map<string, AgentCard>();
  readonly #approvals: ApprovalList;
  readonly #questions: QuestionList;
  readonly #calls: ToolCallList;
  readonly #outputs = new Set<string>();

  /** What changed since the last snapshot or delta. */
  #changed = new Set<"lastSeq" | "header">();
  readonly #changedAgents = new Set<string>();

  /** @param limitUsd what the session may cost; null when nothing limits it */
  constructor(sessionId: string, words: MonitorWords, limitUsd: number | null = null) {
    this.#words = visibleWords(words);
    this.#usage = new UsageFold(limitUsd);
    this.#steps = new StepList(this.#words);
    this.#approvals = new ApprovalList(this.#words);
    this.#questions = new QuestionList(this.#words);
    this.#calls = new ToolCallList(this.#words);
    this.#header = emptyHeader(sessionId);
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

  /** What a tool call did to a file, if the call is one that is shown. */
  effectOf(toolUseId: string, path: string): Effect | undefined {
    return this.#calls.effect(toolUseId, path);
  }

  /** Can the step be run again from its beginning? */
  canRetry(stepId: string): boolean {
    return !this.isRunning && this.#steps.records.some((step) => step.stepId === stepId && step.state !== "waiting");
  }

  get openQuestions(): number {
    return this.#approvals.records.length + this.#questions.records.length;
  }

  get span(): Span | null {
    const { startedAt, endedAt } = this.#header;
    return startedAt === null ? null : { from: startedAt, to: endedAt };
  }

  /**
   * Parts of the log that must be read with their text, after a state was built without: those of turns that are
   * not complete. From after one `seq` to another, in order and apart.
   */
  get textGaps(): readonly TextGap[] {
    const gaps = [...this.#agents.values()].map((card) => card.textGap(this.#lastSeq));
    const apart: { from: number; to: number }[] = [];
    for (const { from, to } of gaps.filter((gap) => gap.from < gap.to).toSorted((a, b) => a.from - b.from)) {
      const last = apart.at(-1);
      if (last && from <= last.to) last.to = Math.max(last.to, to);
      else apart.push({ from, to });
    }
    return apart;
  }

  /** Text of turns that are not complete, of events up to `lastSeq`, in the order of the log. */
  applyText(event: OrchestratorEvent): void {
    if (event.type === "text_chunk") this.#agents.get(event.agentId)?.applyText(event);
  }

  /** Events in the order of `seq`; those a reader leaves out (text, for speed) may be missing. */
  apply(event: OrchestratorEvent): Applied {
    if (event.seq <= this.#lastSeq) return event.epoch > this.#epoch ? "rebuild" : "known";
    if (this.#ownerIsGone && event.epoch === this.#epoch) return "rebuild";
    this.#lastSeq = event.seq;
    this.#epoch = event.epoch;
    this.#changed.add("lastSeq");
    const time = Date.parse(event.timestamp);
    this.#time = time;
    this.#fold(event, time);
    const hasPlan = this.#steps.plan !== null;
    const change = headerChange(event, time, { header: this.#header, hasPlan, words: this.#words });
    if (change) this.#setHeader(change);
    return "applied";
  }

  /** The log says running, but the process that ran it is gone. `problem` says so in words. */
  ownerIsGone(time: number, problem: string): void {
    if (!this.isRunning) return;
    this.#ownerIsGone = true;
    this.#stopWhatRuns(time);
    this.#setHeader({ status: "interrupted", isPaused: false, endedAt: time, problem: this.#words.visible(problem) });
  }

  /** Nobody works on it, and there is nothing to take up: a program keeps it. */
  isKept(): void {
    if (this.isRunning) this.#setHeader({ status: "kept", endedAt: this.#time });
  }

  /** The whole state; nothing of it will be in a delta. */
  takeSnapshot(): MonitorContent {
    this.#forgetChanges();
    for (const card of this.#agents.values()) card.forgetText();
    return {
      lastSeq: this.#lastSeq,
      header: this.#header,
      totals: this.#usage.totals,
      plan: this.#steps.plan,
      steps: this.#steps.records,
      agents: [...this.#agents.values()].map((card) => card.record),
      texts: [...this.#agents.values()].map((card) => card.text).filter(({ text }) => text !== ""),
      approvals: this.#approvals.records,
      questions: this.#questions.records,
      calls: [...this.#agents.keys()].flatMap((agentId) => this.#calls.of(agentId)),
      charts: this.#usage.charts,
    };
  }

  /** What changed since the last snapshot or delta, or undefined when nothing did. */
  takeDelta(): MonitorChanges | undefined {
    const texts = [...this.#agents.values()].flatMap((card) => card.takeText() ?? []);
    const agents = [...this.#changedAgents].flatMap((id) => this.#agents.get(id)?.record ?? []);
    const steps = this.#steps.takeChanges();
    const asked = { ...this.#approvals.takeChanges(), ...this.#questions.takeChanges() };
    const calls = this.#calls.takeChanges();
    const usage = this.#usage.takeChanges();
    const changed = this.#changed;
    const count = changed.size + texts.length + agents.length + calls.length + Object.keys(asked).length;
    if (count === 0 && !steps && !usage) return undefined;
    this.#forgetChanges();
    return {
      lastSeq: this.#lastSeq,
      ...(changed.has("header") ? { header: this.#header } : {}),
      ...steps,
      ...(agents.length > 0 ? { agents } : {}),
      ...(texts.length > 0 ? { texts } : {}),
      ...asked,
      ...(calls.length > 0 ? { calls } : {}),
      ...usage,
    };
  }

  #forgetChanges(): void {
    this.#changed = new Set();
    this.#steps.takeChanges();
    this.#changedAgents.clear();
    this.#approvals.takeChanges();
    this.#questions.takeChanges();
    this.#calls.takeChanges();
    this.#usage.takeChanges();
  }

  #fold(event: OrchestratorEvent, time: number): void {
    switch (event.type) {
      case "plan_created":
      case "plan_revised":
        this.#steps.setPlan(event.plan);
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
      case "request_started":
        this.#usage.begin(event, time);
        break;
      case "usage_recorded":
        this.#addUsage(event, time);
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
      case "workflow_completed":
      case "workflow_failed":
      case "workflow_interrupted":
        this.#stopWhatRuns(time);
        if (event.type !== "workflow_interrupted") this.#noteOutputs(event.outputs);
        break;
      case "workflow_resumed":
        for (const card of this.#agents.values()) card.goOnFrom(event.seq);
        this.#stopWhatRuns(time);
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
        if (event.type === "tool_use") this.#calls.begin(event, time);
        if (event.type === "tool_result") this.#calls.end(event, time);
        if (this.#agents.get(event.agentId)?.apply(event)) this.#changedAgents.add(event.agentId);
        break;
      case "metrics_sampled":
        this.#usage.sample(event, time);
        break;
      case "session_forked":
        this.#stopWhatRuns(time);
        this.#usage.restart();
        if (event.goal !== undefined) this.#steps.clear();
        break;
      default:
        // What else happens is told in the list of events.
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
  }

  #addUsage(event: EventOf<"usage_recorded">, time: number): void {
    this.#usage.add(event, time);
    const card = event.agentId === undefined ? undefined : this.#agents.get(event.agentId);
    if (!card) return;
    card.addUsage(event.usage, time);
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
    this.#calls.stopWhatRuns(time);
    for (const card of this.#agents.values()) {
      if (card.stop(time, this.#lastSeq)) this.#changedAgents.add(card.record.agentId);
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
