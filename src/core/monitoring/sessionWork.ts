/** The figures of a session and of each of its agents: a fold of its log. */
import type { OrchestratorEvent, Plan } from "../events/event.ts";
import { AgentWork } from "./agentWork.ts";
import { addWork, NO_WORK, type WorkSums } from "./workMetrics.ts";

export class SessionWork {
  readonly #agents = new Map<string, AgentWork>();
  readonly #ended = new Set<string>();
  /** What no agent did. */
  #others = new AgentWork();
  /** When each step could have begun, and what it waits for before. */
  readonly #readyAt = new Map<string, number>();
  readonly #waitsFor = new Map<string, Set<string>>();
  readonly #queued = new Map<string, number>();
  /** Agents whose answers are arriving, and the time in which at least one did. */
  readonly #generating = new Set<AgentWork>();
  #generatingMs = 0;
  #time = 0;

  get agentIds(): string[] {
    return [...this.#agents.keys()];
  }

  /** Has this agent come to its end? */
  hasEnded(agentId: string): boolean {
    return this.#ended.has(agentId);
  }

  sumsOf(agentId: string): WorkSums {
    return this.#agents.get(agentId)?.sums ?? NO_WORK;
  }

  /** Of all agents and what no agent did; `generatingMs` is the time in which any answer arrived. */
  get total(): WorkSums {
    const sums = [...this.#agents.values(), this.#others].reduce((sum, work) => addWork(sum, work.sums), NO_WORK);
    return { ...sums, generatingMs: this.#generatingMs };
  }

  apply(event: OrchestratorEvent): void {
    const time = Date.parse(event.timestamp);
    if (this.#generating.size > 0) this.#generatingMs += Math.max(0, time - this.#time);
    this.#time = time;
    switch (event.type) {
      case "plan_created":
      case "plan_revised":
        this.#takePlan(event.plan, time);
        break;
      case "step_started":
        this.#begin(event.stepId, time);
        break;
      case "step_completed":
        this.#free(event.stepId, time);
        break;
      case "workflow_resumed":
        this.#stop();
        // Nobody waited in a queue while nobody ran the session.
        for (const stepId of this.#readyAt.keys()) this.#readyAt.set(stepId, time);
        break;
      case "session_forked":
        this.#beginAnew(time);
        break;
      default:
        break;
    }
    const work = "agentId" in event && event.agentId !== undefined ? this.#workOf(event.agentId) : this.#others;
    work.apply(event);
    if (event.type === "agent_initialized" && event.stepId !== undefined) this.#giveQueueTime(event.stepId, work);
    if (event.type === "agent_completed" || event.type === "agent_error") this.#ended.add(event.agentId);
    if (event.type === "agent_initialized" || event.type === "agent_continued") this.#ended.delete(event.agentId);
    if (work.isGenerating) this.#generating.add(work);
    else this.#generating.delete(work);
  }

  #workOf(agentId: string): AgentWork {
    let work = this.#agents.get(agentId);
    if (!work) {
      work = new AgentWork();
      this.#agents.set(agentId, work);
    }
    return work;
  }

  #stop(): void {
    for (const work of this.#agents.values()) work.stop();
    this.#generating.clear();
  }

  /** What came before is the log of the session it was forked from, and that one's work. */
  #beginAnew(time: number): void {
    this.#agents.clear();
    this.#ended.clear();
    this.#others = new AgentWork();
    this.#queued.clear();
    this.#generating.clear();
    this.#generatingMs = 0;
    for (const stepId of this.#readyAt.keys()) this.#readyAt.set(stepId, time);
  }

  #takePlan(plan: Plan, time: number): void {
    const planned = new Set(plan.steps.map(({ id }) => id));
    for (const { id, dependsOn } of plan.steps) {
      if (this.#waitsFor.has(id)) continue;
      this.#waitsFor.set(id, new Set(dependsOn.filter((step) => planned.has(step))));
      if (dependsOn.length === 0) this.#readyAt.set(id, time);
    }
  }

  #begin(stepId: string, time: number): void {
    const readyAt = this.#readyAt.get(stepId);
    if (readyAt === undefined) return;
    this.#readyAt.delete(stepId);
    this.#queued.set(stepId, Math.max(0, time - readyAt));
  }

  #free(stepId: string, time: number): void {
    for (const [waiting, steps] of this.#waitsFor) {
      if (steps.delete(stepId) && steps.size === 0) this.#readyAt.set(waiting, time);
    }
  }

  #giveQueueTime(stepId: string, work: AgentWork): void {
    work.addQueueTime(this.#queued.get(stepId) ?? 0);
    this.#queued.delete(stepId);
  }
}
