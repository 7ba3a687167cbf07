/** The chain of steps that decides when the plan is done. */
import type { StepRecord } from "../src/protocol/monitorModel.ts";

type TimedStep = Pick<StepRecord, "stepId" | "dependsOn" | "state" | "startedAt" | "endedAt">;

/**
 * The longest chain by time: what steps took, what running ones took so far, and for those that wait the mean of the
 * others.
 *
 * @param now milliseconds since the epoch, on the clock of the steps
 */
export function criticalPath(steps: readonly TimedStep[], now: number): ReadonlySet<string> {
  const byId = new Map(steps.map((step) => [step.stepId, step]));
  const spent = (step: TimedStep): number => Math.max(1, (step.endedAt ?? now) - (step.startedAt ?? now));
  const known = steps.filter(({ startedAt }) => startedAt !== null).map(spent);
  const guess = known.length === 0 ? 1 : known.reduce((sum, time) => sum + time, 0) / known.length;
  const timeOf = (step: TimedStep): number => {
    if (step.state === "skipped") return 0;
    return step.startedAt === null ? guess : spent(step);
  };
  /** Time until the end of a step, and the step before it on the way that takes longest. */
  const ends = new Map<string, { readonly time: number; readonly before: string | undefined }>();
  const endOf = (stepId: string): number => {
    const found = ends.get(stepId);
    if (found) return found.time;
    // A circle, which no valid plan has, must not take for ever.
    ends.set(stepId, { time: 0, before: undefined });
    const step = byId.get(stepId);
    if (!step) return 0;
    let start = 0;
    let before: string | undefined;
    for (const id of step.dependsOn) {
      const end = byId.has(id) ? endOf(id) : 0;
      if (end <= start) continue;
      start = end;
      before = id;
    }
    const time = start + timeOf(step);
    ends.set(stepId, { time, before });
    return time;
  };
  let last: string | undefined;
  for (const { stepId } of steps) {
    if (last === undefined || endOf(stepId) > endOf(last)) last = stepId;
  }
  const path = new Set<string>();
  for (let id = last; id !== undefined && !path.has(id); id = ends.get(id)?.before) path.add(id);
  return path;
}
