/**
 * Runs every step whose dependencies are done, up to a limit. It knows nothing of models or of where a
 * step runs: `run` could as well hand the step to another machine.
 */

/** As much of a step as its order needs. */
export interface SchedulableStep {
  readonly id: string;
  readonly dependsOn: readonly string[];
}

export interface SchedulerOptions<Step extends SchedulableStep, Result> {
  readonly steps: readonly Step[];
  /** Read before each start, so that a changed limit takes effect. */
  readonly limit: () => number;
  /** Runs one step with the results of the steps it depends on. A rejection fails the step. */
  readonly run: (step: Step, results: ReadonlyMap<string, Result>) => Promise<Result>;
  /** Told of a step that cannot run because steps it needs failed or were skipped. */
  readonly onSkipped: (step: Step, blockedBy: readonly string[]) => Promise<void>;
  /** Results of steps finished before, which are not run again. */
  readonly finished?: ReadonlyMap<string, Result>;
  /** When aborted, no further step starts; running ones are expected to end by themselves. */
  readonly signal: AbortSignal;
}

export interface ScheduleOutcome<Result> {
  readonly results: ReadonlyMap<string, Result>;
  readonly failed: ReadonlyMap<string, unknown>;
  readonly skipped: readonly string[];
}

/** Resolves when nothing runs any more; never rejects for a failing step. Steps start in plan order. */
export async function runSchedule<Step extends SchedulableStep, Result>(
  options: SchedulerOptions<Step, Result>,
): Promise<ScheduleOutcome<Result>> {
  const { steps, limit, run, onSkipped, signal } = options;
  const results = new Map(options.finished);
  const failed = new Map<string, unknown>();
  const skipped: string[] = [];
  const blocked = new Set<string>();
  const waiting = new Set(steps.filter((step) => !results.has(step.id)));
  const running = new Set<Promise<void>>();

  for (;;) {
    await skipBlocked();
    for (const step of waiting) {
      if (signal.aborted || running.size >= Math.max(1, limit())) break;
      if (step.dependsOn.every((dependency) => results.has(dependency))) start(step);
    }
    if (running.size === 0) return { results, failed, skipped };
    await Promise.race(running);
  }

  function start(step: Step): void {
    waiting.delete(step);
    const needed = new Map(step.dependsOn.map((id) => [id, results.get(id) as Result]));
    const task = run(step, needed)
      .then((result) => void results.set(step.id, result))
      .catch((error: unknown) => {
        failed.set(step.id, error);
        blocked.add(step.id);
      })
      .finally(() => running.delete(task));
    running.add(task);
  }

  async function skipBlocked(): Promise<void> {
    // A stopped run has not failed: what did not start can still run after a resume.
    if (signal.aborted) return;
    for (let found = true; found;) {
      found = false;
      for (const step of waiting) {
        const blockedBy = step.dependsOn.filter((dependency) => blocked.has(dependency));
        if (blockedBy.length === 0) continue;
        waiting.delete(step);
        blocked.add(step.id);
        skipped.push(step.id);
        found = true;
        await onSkipped(step, blockedBy);
      }
    }
  }
}
