/** The plan's steps of a monitored session, and which of them the UI does not know yet. */
import type { EventOf, Plan } from "../core/events/event.ts";
import type { PlanRecord, StepRecord } from "./monitorModel.ts";
import { outputsOf } from "./monitorWords.ts";
import type { MonitorWords } from "./monitorWords.ts";

export type StepEvent = EventOf<"step_started" | "step_completed" | "step_failed" | "step_skipped">;

export interface StepChanges {
  readonly plan?: PlanRecord;
  readonly steps?: StepRecord[];
}

const UNTOUCHED = {
  state: "waiting",
  agentId: null,
  startedAt: null,
  endedAt: null,
  outputs: [],
  problem: null,
} as const;

export class StepList {
  readonly #words: MonitorWords;
  #plan: PlanRecord | null = null;
  #planChanged = false;
  #steps = new Map<string, StepRecord>();
  readonly #changed = new Set<string>();

  constructor(words: MonitorWords) {
    this.#words = words;
  }

  get plan(): PlanRecord | null {
    return this.#plan;
  }

  /** In the plan's order. */
  get records(): StepRecord[] {
    return [...this.#steps.values()];
  }

  /** Steps keep what is known of them; those the plan no longer has are gone. */
  setPlan(plan: Plan): void {
    const words = this.#words;
    const before = this.#steps;
    this.#steps = new Map();
    for (const { id, title, description, agentType, dependsOn } of plan.steps) {
      this.#set({
        ...(before.get(id) ?? { ...UNTOUCHED, outputs: [] }),
        stepId: id,
        title: words.visible(title),
        description: words.visible(description),
        agentType: words.visible(agentType),
        dependsOn,
      });
    }
    this.#plan = { summary: words.visible(plan.summary), stepIds: plan.steps.map(({ id }) => id) };
    this.#planChanged = true;
  }

  /** Events of steps the plan does not have change nothing. */
  apply(event: StepEvent, time: number): void {
    const step = this.#steps.get(event.stepId);
    if (!step) return;
    switch (event.type) {
      case "step_started":
        this.#set({ ...step, state: "running", startedAt: time, endedAt: null, problem: null, outputs: [] });
        break;
      case "step_completed": {
        const outputs = outputsOf(event.outputs, this.#words);
        this.#set({ ...step, state: "completed", agentId: event.agentId, endedAt: time, outputs });
        break;
      }
      case "step_failed": {
        const agentId = event.agentId ?? step.agentId;
        this.#set({ ...step, state: "failed", agentId, endedAt: time, problem: this.#words.error(event.error) });
        break;
      }
      case "step_skipped": {
        const problem = this.#words.message(event.reason, { step: event.blockedBy.join(", ") });
        this.#set({ ...step, state: "skipped", problem });
        break;
      }
    }
  }

  /** There is no plan any more; a state that is shown already is not told, because a fork has one before anybody looks. */
  clear(): void {
    this.#plan = null;
    this.#planChanged = false;
    this.#steps.clear();
    this.#changed.clear();
  }

  /** What the steps had reached counts no more. */
  reset(stepIds: readonly string[]): void {
    for (const stepId of stepIds) {
      const step = this.#steps.get(stepId);
      if (step) this.#set({ ...step, ...UNTOUCHED, outputs: [] });
    }
  }

  /** The step is this agent's work. */
  assign(stepId: string, agentId: string): void {
    const step = this.#steps.get(stepId);
    if (step) this.#set({ ...step, agentId });
  }

  stopWhatRuns(time: number): void {
    for (const step of this.#steps.values()) {
      if (step.state === "running") this.#set({ ...step, state: "stopped", endedAt: time });
    }
  }

  /** What changed since the last call, or undefined when nothing did. */
  takeChanges(): StepChanges | undefined {
    const steps = [...this.#changed].flatMap((id) => this.#steps.get(id) ?? []);
    const plan = this.#planChanged ? this.#plan : null;
    this.#changed.clear();
    this.#planChanged = false;
    if (steps.length === 0 && plan === null) return undefined;
    return { ...(plan ? { plan } : {}), ...(steps.length > 0 ? { steps } : {}) };
  }

  #set(step: StepRecord): void {
    this.#steps.set(step.stepId, step);
    this.#changed.add(step.stepId);
  }
}
