/** Goals as scripts: plans that tests share, and the dialogue of agents that follow them. */
import { type ScriptedBlock, plan, say } from "./modelServerReplies.ts";
import { byAgent, type Script, type ScriptedTurn } from "./modelServerScripts.ts";

export interface PlannedStep {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly agentType: string;
  readonly dependsOn: readonly string[];
  readonly outputFile?: string;
}

/** A step with what most tests do not care about filled in. Its title is what scripts recognise it by. */
export function step(id: string, more: Partial<Omit<PlannedStep, "id">> = {}): PlannedStep {
  return { id, title: `Step ${id}`, description: `Do what ${id} is for.`, agentType: "coder", dependsOn: [], ...more };
}

export function planOf(...steps: readonly PlannedStep[]): ScriptedBlock {
  return plan({ summary: `${steps.length} steps`, steps });
}

/** A goal of one step called `work`, whose agent plays `turns`. */
export function oneStep(turns: readonly ScriptedTurn[], more: Partial<Omit<PlannedStep, "id">> = {}): Script {
  return byAgent({ planner: [planOf(step("work", more))], steps: { "Step work": turns } });
}

/** Two steps at the same time and one that needs both. */
export function twoThenOne(turns: {
  readonly left: readonly ScriptedTurn[];
  readonly right: readonly ScriptedTurn[];
  readonly both: readonly ScriptedTurn[];
}): Script {
  return byAgent({
    planner: [
      [
        say("Two at once, then one."),
        planOf(
          step("left"),
          step("right"),
          step("both", { agentType: "writer", dependsOn: ["left", "right"], outputFile: "report.md" }),
        ),
      ],
    ],
    steps: { "Step left": turns.left, "Step right": turns.right, "Step both": turns.both },
  });
}
