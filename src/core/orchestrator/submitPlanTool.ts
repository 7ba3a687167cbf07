import { z } from "zod";
import type { Plan } from "../events/event.ts";
import { planSchema } from "../events/eventParts.ts";
import type { AgentTool } from "../tools/tool.ts";
import { checkPlan, MAX_STEPS } from "./planValidation.ts";

export const SUBMIT_PLAN = "submit_plan";

export interface PlanSubmission {
  readonly tool: AgentTool<never>;
  /** The accepted plan. */
  readonly plan: Plan | undefined;
  readonly rejections: number;
  /** What was wrong with the last rejected plan. */
  readonly problems: readonly string[];
}

/** The tool with which the planner hands in its plan; what it holds is read after the model's turn. */
export function createSubmitPlanTool(agentTypes: ReadonlySet<string>): PlanSubmission {
  const state: { plan: Plan | undefined; rejections: number; problems: readonly string[] } = {
    plan: undefined,
    rejections: 0,
    problems: [],
  };
  const tool: AgentTool = {
    name: SUBMIT_PLAN,
    description:
      `Hands in the plan: 1 to ${MAX_STEPS} steps. Each has a unique id, a short title, a description complete enough for an agent ` +
      `that knows nothing else, an agentType (${[...agentTypes].join(", ")}), and in dependsOn the ids of the steps whose results it needs. ` +
      "Steps that do not depend on each other run at the same time. outputFile is the workspace path of a document the step leaves behind.",
    // Anything is taken here, so that a plan of the wrong shape is answered like any other wrong plan.
    inputSchema: z.unknown(),
    jsonSchema: planJsonSchema(),
    intent: () => ({ access: "none", subject: "the plan" }),
    run: async (input) => {
      const check = checkPlan(input, agentTypes);
      if (check.ok) {
        state.plan = check.plan;
        return { content: "The plan is accepted." };
      }
      state.rejections += 1;
      state.problems = check.problems;
      return {
        content: `The plan cannot be run:\n- ${check.problems.join("\n- ")}\nCorrect it and call ${SUBMIT_PLAN} again.`,
        isError: true,
      };
    },
  };
  return {
    tool: tool as AgentTool<never>,
    get plan() {
      return state.plan;
    },
    get rejections() {
      return state.rejections;
    },
    get problems() {
      return state.problems;
    },
  };
}

/** The plan's JSON schema for the model: only the fields a planner fills in. */
function planJsonSchema(): Record<string, unknown> {
  const shape = planSchema.extend({
    steps: z.array(
      planSchema.shape.steps.element.pick({
        id: true,
        title: true,
        description: true,
        agentType: true,
        dependsOn: true,
        outputFile: true,
      }),
    ),
  });
  const { $schema: _, ...schema } = z.toJSONSchema(shape);
  return schema;
}
