import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { runSchedule, type SchedulableStep } from "../../../../src/core/orchestrator/scheduler.ts";

const never = new AbortController().signal;

interface Run {
  readonly started: string[];
  readonly finished: string[];
  maxRunning: number;
}

/** Runs a schedule whose steps end in an order the test chooses. */
async function schedule(
  steps: SchedulableStep[],
  options: {
    limit?: number;
    fails?: ReadonlySet<string>;
    signal?: AbortSignal;
    onStart?: (id: string) => void;
    turns?: (id: string) => number;
  } = {},
) {
  const run: Run = { started: [], finished: [], maxRunning: 0 };
  let running = 0;
  const outcome = await runSchedule<SchedulableStep, string>({
    steps,
    limit: () => options.limit ?? 4,
    signal: options.signal ?? never,
    run: async (step, results) => {
      expect([...results.keys()].sort()).toEqual([...new Set(step.dependsOn)].sort());
      for (const dependency of step.dependsOn) expect(run.finished).toContain(dependency);
      run.started.push(step.id);
      run.maxRunning = Math.max(run.maxRunning, ++running);
      options.onStart?.(step.id);
      for (let turn = options.turns?.(step.id) ?? 1; turn > 0; turn--)
        await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      if (options.fails?.has(step.id)) throw new Error(`${step.id} failed`);
      run.finished.push(step.id);
      return `result of ${step.id}`;
    },
    onSkipped: async () => {},
  });
  return { run, outcome };
}

const step = (id: string, ...dependsOn: string[]): SchedulableStep => ({ id, dependsOn });

describe("runSchedule", () => {
  it("runs independent steps at the same time and a dependent after both", async () => {
    const { run, outcome } = await schedule([step("a"), step("b"), step("c", "a", "b")]);
    expect(run.started).toEqual(["a", "b", "c"]);
    expect(run.maxRunning).toBe(2);
    expect([...outcome.results]).toEqual([
      ["a", "result of a"],
      ["b", "result of b"],
      ["c", "result of c"],
    ]);
  });

  it("never runs more than the limit", async () => {
    const steps = Array.from({ length: 12 }, (_, index) => step(`s${index}`));
    const { run } = await schedule(steps, { limit: 3 });
    expect(run.maxRunning).toBe(3);
    expect(run.finished).toHaveLength(12);
  });

  it("skips what depends on a failed step, and nothing else", async () => {
    const steps = [
      step("bad"),
      step("good"),
      step("child", "bad"),
      step("grandchild", "child", "good"),
      step("other", "good"),
    ];
    const { outcome } = await schedule(steps, { fails: new Set(["bad"]) });
    expect([...outcome.failed.keys()]).toEqual(["bad"]);
    expect(outcome.skipped).toEqual(["child", "grandchild"]);
    expect([...outcome.results.keys()].sort()).toEqual(["good", "other"]);
  });

  it("starts nothing after a stop and skips nothing either", async () => {
    const controller = new AbortController();
    const { run, outcome } = await schedule([step("a"), step("b", "a")], {
      signal: controller.signal,
      onStart: () => controller.abort(),
    });
    expect(run.started).toEqual(["a"]);
    expect(outcome.skipped).toEqual([]);
  });

  it("keeps its order rules for any acyclic plan, any failures and any durations", async () => {
    const plans = fc.array(
      fc.record({
        picks: fc.array(fc.nat(), { maxLength: 4 }),
        fails: fc.boolean(),
        turns: fc.integer({ min: 0, max: 4 }),
      }),
      {
        minLength: 1,
        maxLength: 15,
      },
    );
    await fc.assert(
      fc.asyncProperty(plans, fc.integer({ min: 1, max: 5 }), async (plan, limit) => {
        const steps = plan.map(({ picks }, index) =>
          step(`s${index}`, ...new Set(index === 0 ? [] : picks.map((pick) => `s${pick % index}`))),
        );
        const fails = new Set(plan.flatMap(({ fails: bad }, index) => (bad ? [`s${index}`] : [])));
        const { run, outcome } = await schedule(steps, {
          limit,
          fails,
          turns: (id) => plan[Number(id.slice(1))]?.turns ?? 0,
        });
        expect(run.maxRunning).toBeLessThanOrEqual(limit);
        expect(outcome.results.size + outcome.failed.size + outcome.skipped.length).toBe(steps.length);
        for (const id of outcome.skipped) {
          const blockers = steps.find((candidate) => candidate.id === id)?.dependsOn ?? [];
          expect(blockers.some((blocker) => outcome.failed.has(blocker) || outcome.skipped.includes(blocker))).toBe(
            true,
          );
        }
      }),
      { numRuns: 60 },
    );
  });
});
