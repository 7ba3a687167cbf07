/** The usual course of a session, in words of what happens instead of single events. */
import type { Effect, ErrorInfo, EventOf, Step, TokenUsage } from "../../../src/core/events/event.ts";
import { EventScript, usageOf } from "./eventScript.ts";
import { GOAL, PLAN, SURVEY_TEXT } from "./previewPlan.ts";

const ORCHESTRATOR = "orchestrator";

export class SessionScript {
  readonly script: EventScript;
  readonly #steps = new Map<string, string>();
  #usage = usageOf(0, 0);

  constructor(options: { readonly start: number }) {
    this.script = new EventScript(options);
  }

  create(options: { readonly goal?: string; readonly demo?: boolean }): void {
    const demo = options.demo ?? false;
    this.script.add({
      type: "session_created",
      source: ORCHESTRATOR,
      goal: options.goal ?? GOAL,
      folders: [{ name: "project", path: "/home/ada/project" }],
      model: demo ? "demo" : "claude-sonnet-5-5",
      demo,
    });
  }

  plannerStarts(): void {
    this.agentStarts("planner_1000", { agentType: "planner", task: "Make a plan for the goal." });
    this.script.after(2);
    this.writes("planner_1000", "I look at the folder before I plan.");
    this.turn("planner_1000", "I look at the folder before I plan.");
  }

  plans(plan = PLAN): void {
    this.plannerStarts();
    this.uses("planner_1000", usageOf(4_200, 610), 0.0218);
    this.script.after(12);
    this.script.add({
      type: "agent_completed",
      source: "planner_1000",
      agentId: "planner_1000",
      result: "",
      outputs: [],
    });
    this.script.add({ type: "plan_created", source: ORCHESTRATOR, plan });
  }

  surveys(): void {
    this.starts("survey", "researcher_1001");
    this.called("researcher_1001", "glob_1", "glob", { pattern: "**/package.json" });
    this.script.after(20);
    this.turns("researcher_1001", SURVEY_TEXT);
    this.uses("researcher_1001", usageOf(15_300, 920, 4_100), 0.0597);
    this.script.after(33);
    this.completes("survey", "researcher_1001", SURVEY_TEXT, []);
  }

  starts(stepId: string, agentId: string): void {
    const step = stepOf(stepId);
    this.script.add({ type: "step_started", source: ORCHESTRATOR, ...stepFields(step), agentType: step.agentType });
    this.agentStarts(agentId, { agentType: step.agentType, task: step.description, stepId });
  }

  agentStarts(agentId: string, agent: { agentType: string; task: string; stepId?: string }): void {
    if (agent.stepId !== undefined) this.#steps.set(agentId, agent.stepId);
    this.script.add({
      type: "agent_initialized",
      ...this.#agent(agentId),
      agentType: agent.agentType,
      taskDescription: agent.task,
      model: "claude-sonnet-5-5",
      tools: ["read", "glob", "grep"],
    });
  }

  writes(agentId: string, content: string): void {
    this.script.add({ type: "text_chunk", ...this.#agent(agentId), content });
  }

  /** The turn that was written is received. */
  turn(agentId: string, text: string): void {
    this.script.add({
      type: "turn_completed",
      ...this.#agent(agentId),
      turn: 1,
      message: { role: "assistant", content: [{ type: "text", text }] },
      stopReason: "end_turn",
      usage: usageOf(0, 0),
    });
  }

  turns(agentId: string, text: string): void {
    this.writes(agentId, text);
    this.turn(agentId, text);
  }

  calls(agentId: string, toolUseId: string, tool: string, input: unknown): void {
    this.script.add({ type: "tool_use", ...this.#agent(agentId), toolUseId, tool, input });
  }

  called(agentId: string, toolUseId: string, tool: string, input: unknown, effects: Effect[] = []): void {
    this.calls(agentId, toolUseId, tool, input);
    this.script.after(1).add({
      type: "tool_result",
      ...this.#agent(agentId),
      toolUseId,
      tool,
      isError: false,
      content: "",
      effects,
    });
  }

  /** Samples of the machine, one every two seconds, while time passes. */
  measures(seconds: number): void {
    for (let at = 0; at < seconds; at += 2) {
      const { now } = this.script.after(Math.min(2, seconds - at));
      const wave = Math.sin(now / 9_000) + Math.sin(now / 4_100) / 2;
      this.script.add({
        type: "metrics_sampled",
        source: "monitor",
        cpu: 34 + wave * 16,
        memory: 61 + Math.sin(now / 31_000) * 3,
        processCpu: 4,
        processMemory: 2,
        eventLoopDelayMs: 2,
        tokensPerSecond: Math.max(0, 120 + wave * 70),
        costUsd: 0,
        agents: 3,
      });
    }
  }

  uses(agentId: string, usage: TokenUsage, costUsd: number | null): void {
    this.#usage = usageOf(this.#usage.inputTokens + usage.inputTokens, this.#usage.outputTokens + usage.outputTokens);
    this.script.add({ type: "usage_recorded", source: agentId, agentId, purpose: "agent", model: "m", usage, costUsd });
  }

  asks(
    question: Pick<EventOf<"approval_requested">, "approvalId" | "tool" | "input" | "reason"> & {
      readonly agentId: string;
      readonly stepId: string;
      readonly subject: string;
      readonly severity: "normal" | "protected" | "tainted";
      readonly taint?: string[];
    },
  ): void {
    this.script.add({ type: "approval_requested", source: question.agentId, ...question });
  }

  asksPerson(question: Pick<EventOf<"question_asked">, "agentId" | "questionId" | "question" | "options">): void {
    this.script.add({ type: "question_asked", ...this.#agent(question.agentId), ...question });
  }

  completes(stepId: string, agentId: string, result: string, outputs: string[]): void {
    this.script.add({ type: "agent_completed", ...this.#agent(agentId), result, outputs });
    const fields = stepFields(stepOf(stepId));
    this.script.add({ type: "step_completed", source: ORCHESTRATOR, ...fields, agentId, result, outputs });
  }

  fails(stepId: string, agentId: string, error: ErrorInfo): void {
    this.script.add({ type: "step_failed", source: ORCHESTRATOR, ...stepFields(stepOf(stepId)), agentId, error });
  }

  skips(stepId: string, blockedBy: string[]): void {
    const fields = stepFields(stepOf(stepId));
    const reason = "Skipped, because a step it needs did not complete";
    this.script.add({ type: "step_skipped", source: ORCHESTRATOR, ...fields, reason, blockedBy });
  }

  ending(
    summary: string,
    outputs: string[] = [],
  ): Pick<EventOf<"workflow_completed">, "workspace" | "outputs" | "summary" | "usage" | "costUsd"> {
    return { workspace: "/home/ada/project", outputs, summary, usage: this.#usage, costUsd: null };
  }

  #agent(agentId: string): { source: string; agentId: string; attempt: number; stepId?: string } {
    const stepId = this.#steps.get(agentId);
    return { source: agentId, agentId, attempt: 1, ...(stepId === undefined ? {} : { stepId }) };
  }
}

function stepOf(stepId: string): Step {
  const step = PLAN.steps.find(({ id }) => id === stepId);
  if (!step) throw new RangeError(`The plan has no step ${stepId}.`);
  return step;
}

function stepFields(step: Step): { stepId: string; title: string; description: string; attempt: number } {
  return { stepId: step.id, title: step.title, description: step.description, attempt: 1 };
}
