import { describe, expect, test } from "vitest";
import type { StepRecord } from "../../../src/protocol/monitorModel.ts";
import { criticalPath } from "../../../webview/criticalPath.ts";

type TimedStep = Pick<StepRecord, "stepId" | "dependsOn" | "state" | "startedAt" | "endedAt">;

function done(stepId: string, seconds: number, ...dependsOn: string[]): TimedStep {
  return { stepId, dependsOn, state: "completed", startedAt: 0, endedAt: seconds * 1000 };
}

function waiting(stepId: string, ...dependsOn: string[]): TimedStep {
  return { stepId, dependsOn, state: "waiting", startedAt: null, endedAt: null };
}

describe("the critical path", () => {
  test("is the way that took longest", () => {
    const steps = [done("a", 5), done("b", 50, "a"), done("c", 10, "a"), done("d", 1, "b", "c")];
    expect([...criticalPath(steps, 60_000)].toSorted()).toEqual(["a", "b", "d"]);
  });

  test("changes when a step that runs takes longer than the others took", () => {
    const running: TimedStep = { ...waiting("c", "a"), state: "running", startedAt: 5_000 };
    const steps = [done("a", 5), done("b", 50, "a"), running, waiting("d", "b", "c")];
    expect([...criticalPath(steps, 20_000)]).toContain("b");
    expect([...criticalPath(steps, 90_000)]).toContain("c");
  });

  test("before anything began is the one with most steps", () => {
    const steps = [waiting("a"), waiting("b", "a"), waiting("c", "b"), waiting("d", "a")];
    expect([...criticalPath(steps, 0)].toSorted()).toEqual(["a", "b", "c"]);
  });

  test("of no steps is empty, and steps that wait for each other do no harm", () => {
    expect(criticalPath([], 0).size).toBe(0);
    expect(criticalPath([waiting("a", "b"), waiting("b", "a")], 0).size).toBeGreaterThan(0);
  });
});
