/** What the UI knows of the session, brought forward by snapshots and deltas. */
import type { MonitorChanges, MonitorContent, TextChange } from "../src/protocol/hostMessage.ts";
import type {
  AgentRecord,
  ApprovalRecord,
  ChartPoints,
  Header,
  PlanRecord,
  QuestionRecord,
  StepRecord,
  ToolCall,
  Totals,
} from "../src/protocol/monitorModel.ts";
import { TextTail } from "../src/protocol/textTail.ts";
import { CALLS_PER_AGENT } from "../src/protocol/toolCallList.ts";

/** An agent's text: another object when it was replaced, else the same one, grown. */
const NO_TEXT = new TextTail();
const NO_CALLS: readonly ToolCall[] = [];

/** Records and lists are replaced when they change, so that who draws them can compare by identity. */
export class SessionView {
  #lastSeq: number;
  #header: Header;
  #totals: Totals;
  #plan: PlanRecord | null;
  #steps: readonly StepRecord[];
  #agents: readonly AgentRecord[];
  #approvals: readonly ApprovalRecord[];
  #questions: readonly QuestionRecord[];
  #charts: ChartPoints | null;
  /** By agent, oldest first. */
  #calls: ReadonlyMap<string, readonly ToolCall[]> = new Map();
  readonly #texts: Map<string, TextTail>;

  constructor(content: MonitorContent) {
    this.#lastSeq = content.lastSeq;
    this.#header = content.header;
    this.#totals = content.totals;
    this.#plan = content.plan;
    this.#steps = content.steps;
    this.#agents = content.agents;
    this.#approvals = content.approvals;
    this.#questions = content.questions;
    this.#charts = content.charts;
    this.#applyCalls(content.calls);
    this.#texts = new Map(content.texts.map((start) => [start.agentId, new TextTail(start)]));
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  get header(): Header {
    return this.#header;
  }

  get totals(): Totals {
    return this.#totals;
  }

  get plan(): PlanRecord | null {
    return this.#plan;
  }

  /** In the plan's order. */
  get steps(): readonly StepRecord[] {
    return this.#steps;
  }

  /** In the order in which they began. */
  get agents(): readonly AgentRecord[] {
    return this.#agents;
  }

  /** The open ones, oldest first. */
  get approvals(): readonly ApprovalRecord[] {
    return this.#approvals;
  }

  /** The open ones, oldest first. */
  get questions(): readonly QuestionRecord[] {
    return this.#questions;
  }

  /** All points, from the first on. */
  get charts(): ChartPoints | null {
    return this.#charts;
  }

  /** The newest calls by agent, oldest first. */
  get calls(): ReadonlyMap<string, readonly ToolCall[]> {
    return this.#calls;
  }

  /** The newest calls of an agent, oldest first. */
  callsOf(agentId: string): readonly ToolCall[] {
    return this.#calls.get(agentId) ?? NO_CALLS;
  }

  textOf(agentId: string): TextTail {
    return this.#texts.get(agentId) ?? NO_TEXT;
  }

  apply(changes: MonitorChanges): void {
    const { header, totals, plan, steps, agents, texts, approvals, closedApprovals, questions, closedQuestions } =
      changes;
    this.#lastSeq = changes.lastSeq;
    if (header) this.#header = header;
    if (totals) this.#totals = totals;
    if (plan) this.#plan = plan;
    if (plan || steps) this.#steps = this.#stepsAfter(steps ?? []);
    if (agents) this.#agents = merged(this.#agents, agents, ({ agentId }) => agentId);
    for (const change of texts ?? []) this.#applyText(change);
    this.#applyCalls(changes.calls ?? []);
    if (changes.charts) this.#applyCharts(changes.charts);
    if (approvals || closedApprovals) {
      const closed = new Set(closedApprovals);
      this.#approvals = merged(this.#approvals, approvals ?? [], ({ approvalId }) => approvalId).filter(
        ({ approvalId }) => !closed.has(approvalId),
      );
    }
    if (questions || closedQuestions) {
      const closed = new Set(closedQuestions);
      this.#questions = merged(this.#questions, questions ?? [], ({ questionId }) => questionId).filter(
        ({ questionId }) => !closed.has(questionId),
      );
    }
  }

  #stepsAfter(changed: readonly StepRecord[]): StepRecord[] {
    const all = merged(this.#steps, changed, ({ stepId }) => stepId);
    const byId = new Map(all.map((step) => [step.stepId, step]));
    return this.#plan === null ? all : this.#plan.stepIds.flatMap((id) => byId.get(id) ?? []);
  }

  #applyCalls(changed: readonly ToolCall[]): void {
    if (changed.length === 0) return;
    const all = new Map(this.#calls);
    for (const [agentId, calls] of Map.groupBy(changed, (call) => call.agentId)) {
      const known = merged(this.callsOf(agentId), calls, ({ toolUseId }) => toolUseId);
      all.set(agentId, known.slice(-CALLS_PER_AGENT));
    }
    this.#calls = all;
  }

  #applyCharts(changed: ChartPoints): void {
    const kept = changed.index === 0 ? [] : (this.#charts?.points.slice(0, changed.index) ?? []);
    this.#charts = { ...changed, index: 0, points: [...kept, ...changed.points] };
  }

  #applyText(change: TextChange): void {
    const text = this.#texts.get(change.agentId);
    if (change.kind === "append" && text) text.append(change.text);
    else this.#texts.set(change.agentId, new TextTail({ omitted: false, ...change }));
  }
}

/** Changed records in the place of those they follow, new ones at the end. */
function merged<Item>(known: readonly Item[], changed: readonly Item[], idOf: (item: Item) => string): Item[] {
  const byId = new Map(known.map((item) => [idOf(item), item]));
  for (const item of changed) byId.set(idOf(item), item);
  return [...byId.values()];
}
