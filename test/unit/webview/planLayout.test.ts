import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { layOutPlan, STEP_HEIGHT, STEP_WIDTH } from "../../../webview/planLayout.ts";
import type { PlannedStep } from "../../../webview/planLayout.ts";

const step = (stepId: string, ...dependsOn: string[]): PlannedStep => ({ stepId, dependsOn });

describe("a plan as a graph", () => {
  test("goes from left to right, and leaves out lines that say nothing new", () => {
    const layout = layOutPlan([step("a"), step("b", "a"), step("c", "a"), step("d", "a", "b", "c")]);
    expect(layout.steps.map(({ stepId, layer }) => [stepId, layer])).toEqual([
      ["a", 0],
      ["b", 1],
      ["c", 1],
      ["d", 2],
    ]);
    expect(layout.edges.map(({ from, to }) => from + to)).toEqual(["ab", "ac", "bd", "cd"]);
  });

  test("leads a long line past the steps between", () => {
    const layout = layOutPlan([step("a"), step("b"), step("c", "b"), step("d", "c"), step("e", "d", "a")]);
    const long = layout.edges.find(({ from }) => from === "a");
    expect(long?.points).toHaveLength(6);
  });

  test("of nothing is empty, and a circle or an unknown step does no harm", () => {
    expect(layOutPlan([]).edges).toEqual([]);
    const layout = layOutPlan([step("a", "b"), step("b", "a"), step("c", "c", "nobody")]);
    expect(layout.steps).toHaveLength(3);
    expect(layout.edges).toHaveLength(1);
  });

  test("has every step once, apart from the others and right of what it needs, for any plan of fifty steps", () => {
    const plans = fc.array(fc.array(fc.nat(), { maxLength: 6 }), { maxLength: 50 }).map((needs) =>
      needs.map((wanted, index): PlannedStep => {
        const before = index === 0 ? [] : wanted.map((number) => `step_${number % index}`);
        return { stepId: `step_${index}`, dependsOn: [...new Set(before)] };
      }),
    );
    fc.assert(
      fc.property(plans, (plan) => {
        const { steps, edges, width, height } = layOutPlan(plan);
        expect(steps.map(({ stepId }) => stepId)).toEqual(plan.map(({ stepId }) => stepId));
        const byId = new Map(steps.map((placed) => [placed.stepId, placed]));
        for (const { stepId, dependsOn } of plan) {
          for (const before of dependsOn) expect(byId.get(before)?.layer).toBeLessThan(byId.get(stepId)?.layer ?? -1);
        }
        for (const [index, one] of steps.entries()) {
          expect(one.x >= 0 && one.x + STEP_WIDTH <= width && one.y >= 0 && one.y + STEP_HEIGHT <= height).toBe(true);
          for (const other of steps.slice(index + 1)) {
            if (other.layer === one.layer) expect(Math.abs(other.y - one.y)).toBeGreaterThanOrEqual(STEP_HEIGHT);
          }
        }
        for (const { from, to, points } of edges) {
          expect(points[0]?.x).toBe((byId.get(from)?.x ?? 0) + STEP_WIDTH);
          expect(points.at(-1)?.x).toBe(byId.get(to)?.x);
        }
      }),
      { numRuns: 60 },
    );
  });
});
