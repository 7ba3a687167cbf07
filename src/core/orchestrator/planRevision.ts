/** What a person changes about a session before it goes on, as the events that say so. */
import { isDeepStrictEqual } from "node:util";
import type { Plan, Step } from "../events/event.ts";
import type { Completion, Revision, SessionHistory } from "./sessionHistory.ts";

const SOURCE = "orchestrator";

export interface RevisionRequest {
  /** The session as it was at the version it goes on from. */
  readonly earlier?: SessionHistory | undefined;
  /** The plan from now on. */
  readonly plan?: Plan | undefined;
  /** The last step to keep. */
  readonly fromStep?: string | undefined;
  /** Steps to run again. */
  readonly retrySteps?: readonly string[] | undefined;
}

/**
 * A step that was done at the version stays done, with the result it had then; what began later is to begin anew.
 * Of an edited plan a step stays done when it is still the same work and builds on steps that stayed done. A version
 * before there was a plan keeps the plan there is now, and nothing of it is done.
 */
export function revisionsOf(history: SessionHistory, request: RevisionRequest): Revision[] {
  const { earlier, fromStep, retrySteps = [] } = request;
  const then = earlier ?? history;
  const plan = request.plan ?? then.plan ?? history.plan;
  const again = new Set<string>();
  if (earlier) for (const stepId of history.begunSteps) if (!earlier.completions.has(stepId)) again.add(stepId);
  if (request.plan) {
    for (const stepId of otherWork(then, request.plan)) again.add(stepId);
    for (const stepId of dependentsOf(request.plan, again)) again.add(stepId);
  }
  const fromScratch = new Set(retrySteps);
  for (const stepId of fromStep === undefined ? [] : dependentsOf(plan, new Set([fromStep]))) again.add(stepId);
  for (const stepId of [...fromScratch, ...dependentsOf(plan, fromScratch)]) again.add(stepId);
  const reset = history.begunSteps.filter(
    (stepId) => again.has(stepId) && isPartOf([history.plan, plan], history, stepId),
  );
  const revisions: Revision[] = [];
  if (reset.length > 0) revisions.push({ type: "steps_reset", source: SOURCE, stepIds: reset });
  if (plan && !isDeepStrictEqual(plan, history.plan)) {
    const reason = request.plan ? "edited by a person" : "as of an earlier version";
    revisions.push({ type: "plan_revised", source: SOURCE, plan, reason });
  }
  for (const completion of earlier?.completions.values() ?? []) {
    if (again.has(completion.stepId)) continue;
    if (!isSameRun(completion, history.completions.get(completion.stepId))) revisions.push(draftOf(completion));
  }
  return revisions;
}

/** Is there a step left to run, or a plan to be made? */
export function hasWorkLeft(history: SessionHistory, request: RevisionRequest): boolean {
  const revisions = revisionsOf(history, request);
  const plan = revisions.findLast((revision) => revision.type === "plan_revised")?.plan ?? history.plan;
  if (!plan) return true;
  const done = new Set(history.completions.keys());
  for (const revision of revisions) {
    if (revision.type === "steps_reset") for (const stepId of revision.stepIds) done.delete(stepId);
    if (revision.type === "step_completed") done.add(revision.stepId);
  }
  return plan.steps.some(({ id }) => !done.has(id));
}

/** Steps that are not in the plan any more, or are another work than they were. */
function otherWork(history: SessionHistory, plan: Plan): string[] {
  const were = new Map((history.plan?.steps ?? []).map((step) => [step.id, step]));
  const are = new Map(plan.steps.map((step) => [step.id, step]));
  return history.begunSteps.filter((stepId) => {
    if (!isPartOf([history.plan, plan], history, stepId)) return false;
    const [before, after] = [were.get(stepId), are.get(stepId)];
    return after === undefined || before === undefined || !isDeepStrictEqual(workOf(before), workOf(after));
  });
}

/** A step that an older plan had is no part of the session any more, unless it was done. */
function isPartOf(plans: readonly (Plan | undefined)[], history: SessionHistory, stepId: string): boolean {
  return history.completions.has(stepId) || plans.some((plan) => plan?.steps.some(({ id }) => id === stepId));
}

/** All of a step but its title, and what it builds on in any order. */
function workOf({ title: _title, dependsOn, ...work }: Step): object {
  return { ...work, dependsOn: dependsOn.toSorted() };
}

/** Steps that build on one of these, directly or not. */
function dependentsOf(plan: Plan | undefined, stepIds: ReadonlySet<string>): ReadonlySet<string> {
  const found = new Set<string>();
  for (let grown = true; grown;) {
    grown = false;
    for (const { id, dependsOn } of plan?.steps ?? []) {
      if (found.has(id) || !dependsOn.some((needed) => stepIds.has(needed) || found.has(needed))) continue;
      found.add(id);
      grown = true;
    }
  }
  return found;
}

/** Every run of a step has its own number. */
function isSameRun(one: Completion, other: Completion | undefined): boolean {
  return other !== undefined && one.attempt === other.attempt && one.agentId === other.agentId;
}

function draftOf(completion: Completion): Completion {
  const { type, stepId, title, description, attempt, agentId, result, outputs, taint } = completion;
  return {
    ...{ type, source: SOURCE, stepId, title, description, attempt, agentId, result, outputs },
    ...(taint === undefined ? {} : { taint }),
  };
}
