/** Decides whether a submitted plan can be run, and says exactly what is wrong when it cannot. */
import { z } from "zod";
import type { Plan, Step } from "../events/event.ts";
import { planSchema } from "../events/eventParts.ts";

export const MAX_STEPS = 50;

export type PlanCheck =
  | { readonly ok: true; readonly plan: Plan }
  | { readonly ok: false; readonly problems: readonly string[] };

/**
 * Checks shape, 1–50 steps, unique ids, known agent types, known dependencies, no cycle, and that no two
 * steps claim one output file.
 */
export function checkPlan(input: unknown, agentTypes: ReadonlySet<string>): PlanCheck {
  const parsed = planSchema.safeParse(input);
  if (!parsed.success) {
    return {
      ok: false,
      problems: parsed.error.issues
        .slice(0, 10)
        .map((issue) => `${z.core.toDotPath(issue.path) || "plan"}: ${issue.message}`),
    };
  }
  const { steps } = parsed.data;
  if (steps.length === 0) return { ok: false, problems: ["The plan has no steps; it needs at least one."] };
  if (steps.length > MAX_STEPS)
    return { ok: false, problems: [`The plan has ${steps.length} steps; at most ${MAX_STEPS} are allowed.`] };
  const problems: string[] = [];
  const ids = new Set<string>();
  const outputs = new Map<string, string>();
  for (const step of steps) {
    if (ids.has(step.id)) problems.push(`Two steps have the id "${step.id}".`);
    ids.add(step.id);
    if (!agentTypes.has(step.agentType)) {
      problems.push(
        `Step "${step.id}" names the unknown agent type "${step.agentType}"; known are ${[...agentTypes].join(", ")}.`,
      );
    }
    if (step.outputFile) {
      const other = outputs.get(step.outputFile);
      if (other) problems.push(`Steps "${other}" and "${step.id}" both write ${step.outputFile}.`);
      outputs.set(step.outputFile, step.id);
    }
  }
  for (const step of steps) {
    for (const dependency of step.dependsOn) {
      if (!ids.has(dependency)) problems.push(`Step "${step.id}" depends on "${dependency}", which is not a step.`);
    }
  }
  if (problems.length === 0) {
    const cycle = findCycle(steps);
    if (cycle) problems.push(`The steps depend on each other in a circle: ${cycle.join(" → ")}.`);
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, plan: parsed.data };
}

/** A circle of step ids, closed (first = last), or undefined. */
export function findCycle(steps: readonly Pick<Step, "id" | "dependsOn">[]): string[] | undefined {
  const byId = new Map(steps.map((step) => [step.id, step]));
  const finished = new Set<string>();
  for (const start of steps) {
    const path: string[] = [];
    const cycle = visit(start.id, path);
    if (cycle) return cycle;
  }
  return undefined;

  function visit(id: string, path: string[]): string[] | undefined {
    if (finished.has(id)) return undefined;
    const at = path.indexOf(id);
    if (at >= 0) return [...path.slice(at), id];
    path.push(id);
    for (const dependency of byId.get(id)?.dependsOn ?? []) {
      const cycle = visit(dependency, path);
      if (cycle) return cycle;
    }
    path.pop();
    finished.add(id);
    return undefined;
  }
}
