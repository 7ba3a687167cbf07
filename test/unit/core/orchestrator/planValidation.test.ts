import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkPlan, findCycle } from "../../../../src/core/orchestrator/planValidation.ts";

const types = new Set(["researcher", "writer"]);
const step = (id: string, dependsOn: string[] = [], more: object = {}) => ({
  id,
  title: `Step ${id}`,
  description: "Do it.",
  agentType: "researcher",
  dependsOn,
  ...more,
});

function problemsOf(steps: unknown): string {
  const check = checkPlan({ summary: "s", steps }, types);
  return check.ok ? "" : check.problems.join("\n");
}

describe("checkPlan", () => {
  it("accepts a plan with parallel and dependent steps", () => {
    expect(checkPlan({ summary: "s", steps: [step("a"), step("b"), step("c", ["a", "b"])] }, types).ok).toBe(true);
  });

  it.each([
    ["no steps", [], /no steps/],
    ["200 steps", Array.from({ length: 200 }, (_, index) => step(`s${index}`)), /200 steps; at most 50/],
    ["a duplicate id", [step("a"), step("a")], /Two steps have the id "a"/],
    [
      "an unknown agent type",
      [step("a", [], { agentType: "wizard" })],
      /unknown agent type "wizard"; known are researcher, writer/,
    ],
    ["an unknown dependency", [step("a", ["b"])], /depends on "b", which is not a step/],
    ["a cycle", [step("a", ["c"]), step("b", ["a"]), step("c", ["b"])], /circle: a → c → b → a/],
    ["a step that needs itself", [step("a", ["a"])], /circle: a → a/],
    [
      "one output file twice",
      [step("a", [], { outputFile: "x.md" }), step("b", [], { outputFile: "x.md" })],
      /both write x\.md/,
    ],
    ["an id that could be a path", [step("../a")], /steps\[0\]\.id/],
    ["no title", [{ ...step("a"), title: undefined }], /steps\[0\]\.title/],
  ])("names what is wrong with %s", (_, steps, expected) => {
    expect(problemsOf(steps)).toMatch(expected);
  });

  it("does not throw for any input", () => {
    fc.assert(
      fc.property(fc.anything(), (input) => {
        checkPlan(input, types);
      }),
    );
  });
});

describe("findCycle", () => {
  it("finds none when steps depend only on earlier ones, and one when the last is needed by the first", () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.nat(), { maxLength: 3 }), { minLength: 2, maxLength: 20 }), (picks) => {
        const steps = picks.map((pick, index) => ({
          id: `s${index}`,
          dependsOn: [
            ...(index > 0 ? [`s${index - 1}`] : []),
            ...pick.filter(() => index > 0).map((value) => `s${value % index}`),
          ],
        }));
        expect(findCycle(steps)).toBeUndefined();
        steps[0]?.dependsOn.push(`s${steps.length - 1}`);
        const cycle = findCycle(steps);
        expect(cycle?.[0]).toBe(cycle?.at(-1));
      }),
    );
  });
});
