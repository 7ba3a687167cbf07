/** Turns a goal into a plan: a model loop that may look, and ends with the tool `submit_plan`. */
import forkedPlanTask from "./forkedPlanTask.md";
import planTask from "./planTask.md";
import type { AgentHistory } from "../agents/agentHistory.ts";
import type { AgentRunner } from "../agents/agentRunner.ts";
import type { AgentSession } from "../agents/agentSession.ts";
import { AgentType } from "../agents/agentType.ts";
import { renderPrompt } from "../agents/promptTemplate.ts";
import { OrchestratorError } from "../errors.ts";
import type { Plan } from "../events/event.ts";
import type { Settings } from "../settings/settings.ts";
import { checkPlan } from "./planValidation.ts";
import { hasLongResults, renderEarlierWork, type EarlierWork } from "./earlierWork.ts";
import { createReadResultTool } from "./readResultTool.ts";
import { createSubmitPlanTool, SUBMIT_PLAN } from "./submitPlanTool.ts";

export interface PlanContext {
  /** The planner that had begun in a process before. */
  readonly history?: AgentHistory | undefined;
  /** What was done for another goal before. */
  readonly earlier?: EarlierWork | undefined;
}

export class Planner {
  readonly #agents: AgentRunner;
  readonly #settings: Settings;

  constructor(agents: AgentRunner, settings: Settings) {
    this.#agents = agents;
    this.#settings = settings;
  }

  /**
   * A plan that can be run. The model gets one chance to mend an invalid plan and one reminder to submit.
   *
   * @throws OrchestratorError `plan.invalid`, `plan.missing`, or why the model could not be asked
   */
  async plan(session: AgentSession, goal: string, { history, earlier }: PlanContext = {}): Promise<Plan> {
    const types = [...session.definitions.values()].filter(({ name }) => name !== AgentType.PLANNER);
    const agentTypes = new Set(types.map(({ name }) => name));
    const submission = createSubmitPlanTool(agentTypes);
    const accepted = history && acceptedPlan(history, agentTypes);
    const plannerModel = this.#settings.get("plannerModel");
    let reminded = false;
    await this.#agents.run(session, {
      agentType: AgentType.PLANNER,
      title: "Plan",
      description: goal,
      goal,
      purpose: "planner",
      task: renderPrompt(earlier ? forkedPlanTask : planTask, {
        goal,
        ...(earlier ? renderEarlierWork(earlier) : {}),
        agents: types.map(({ name, description }) => `- \`${name}\`: ${description}`).join("\n"),
      }),
      ...(plannerModel && !session.model ? { model: plannerModel } : {}),
      extraTools: [
        submission.tool,
        ...(earlier && hasLongResults(earlier) ? [createReadResultTool(earlier.results)] : []),
      ],
      ...(history ? { history } : {}),
      isFinished: () => (accepted ?? submission.plan) !== undefined || submission.rejections > 1,
      followUp: () => {
        if (accepted || submission.plan || reminded) return undefined;
        reminded = true;
        return `Call \`${SUBMIT_PLAN}\` now with the plan; nothing is run without it.`;
      },
    });
    const plan = submission.plan ?? accepted;
    if (plan) return plan;
    if (submission.rejections > 0)
      throw new OrchestratorError("plan.invalid", { detail: submission.problems.join(" ") });
    throw new OrchestratorError("plan.missing", {});
  }
}

/** The plan a planner had handed in before its process ended. */
function acceptedPlan(history: AgentHistory, agentTypes: ReadonlySet<string>): Plan | undefined {
  for (const message of history.messages) {
    if (message.role !== "assistant" || typeof message.content === "string") continue;
    for (const block of message.content) {
      if (block.type !== "tool_use" || block.name !== SUBMIT_PLAN || history.recorded.get(block.id)?.isError !== false)
        continue;
      const check = checkPlan(block.input, agentTypes);
      if (check.ok) return check.plan;
    }
  }
  return undefined;
}
