/** A goal from plan to report with the product's own prompts and tools; the steps of one wave run at the same time. */
import type { Plan, Step } from "../../../../../src/core/events/event.ts";
import stepTask from "../../../../../src/core/agents/stepTask.md";
import systemContext from "../../../../../src/core/agents/systemContext.md";
import { renderPrompt } from "../../../../../src/core/agents/promptTemplate.ts";
import planTask from "../../../../../src/core/orchestrator/planTask.md";
import { renderResults } from "../../../../../src/core/orchestrator/stepResults.ts";
import { createSubmitPlanTool } from "../../../../../src/core/orchestrator/submitPlanTool.ts";
import { PathGuard } from "../../../../../src/core/policy/pathGuard.ts";
import type { WorkspaceFolder } from "../../../../../src/core/ports.ts";
import { type DemoRun, runDemo, runnable, workspaceTools } from "./demoRun.ts";

export const AGENT_TYPES = ["researcher", "writer", "reviewer", "coder", "tester", "analyst"];

export interface SequenceResult {
  readonly plan: Plan;
  readonly planner: DemoRun;
  readonly runs: ReadonlyMap<string, DemoRun>;
  /** Ids of the steps in the order of their text deltas. */
  readonly deltas: readonly string[];
}

export function systemPrompt(folders: readonly WorkspaceFolder[]): string {
  const several = folders.length > 1;
  return renderPrompt(systemContext, {
    prompt: "You are an agent.",
    folders: several
      ? `The workspace has several folders: ${folders.map((folder) => `\`${folder.name}\``).join(", ")}.`
      : `The workspace is the folder \`${folders[0]?.name}\`.`,
    pathRule: several ? "the workspace, and their first segment is the name of a folder" : "that folder",
    instructions: "",
  });
}

export async function runPlanner(
  goal: string,
  folders: readonly WorkspaceFolder[],
  agentTypes = AGENT_TYPES,
): Promise<{ plan: Plan | undefined; run: DemoRun }> {
  const submission = createSubmitPlanTool(new Set(agentTypes));
  const run = await runDemo({
    system: systemPrompt(folders),
    task: renderPrompt(planTask, { goal, agents: agentTypes.map((name) => `- \`${name}\`: does things`).join("\n") }),
    tools: [
      ...workspaceTools(folders, ["glob", "grep", "read"]),
      runnable(submission.tool, new PathGuard({ folders, home: "/nonexistent/home" })),
    ],
  });
  return { plan: submission.plan, run };
}

export function taskOf(
  goal: string,
  step: Pick<Step, "title" | "description"> & { outputFile?: string | undefined },
  results = "",
): string {
  return renderPrompt(stepTask, {
    goal,
    title: step.title,
    description: step.description,
    outputFile: step.outputFile === undefined ? "" : `\nOutput file: ${step.outputFile}\n`,
    results,
  });
}

export async function runSequence(goal: string, folders: readonly WorkspaceFolder[]): Promise<SequenceResult> {
  const { plan, run: planner } = await runPlanner(goal, folders);
  if (plan === undefined) throw new Error(`The plan was not accepted: ${planner.text}`);
  const runs = new Map<string, DemoRun>();
  const deltas: string[] = [];
  for (let waiting = plan.steps; waiting.length > 0; waiting = plan.steps.filter((step) => !runs.has(step.id))) {
    const ready = waiting.filter((step) => step.dependsOn.every((id) => runs.has(id)));
    const ended = await Promise.all(
      ready.map(async (step): Promise<[string, DemoRun]> => {
        const results = step.dependsOn.map((id) => {
          const title = plan.steps.find((other) => other.id === id)?.title ?? "";
          return { stepId: id, title, text: runs.get(id)?.text ?? "", outputs: [], taint: [] };
        });
        const run = await runDemo({
          system: systemPrompt(folders),
          task: taskOf(goal, step, renderResults(results)),
          tools: workspaceTools(folders),
          onText: () => void deltas.push(step.id),
        });
        return [step.id, run];
      }),
    );
    for (const [id, run] of ended) runs.set(id, run);
  }
  return { plan, planner, runs, deltas };
}
