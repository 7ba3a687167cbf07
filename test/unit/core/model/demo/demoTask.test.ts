import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { describeTask, recogniseTask } from "../../../../../src/core/model/demo/demoTask.ts";

/** The lead's format: the goal of the team comes before the step's description. */
function stepTask(goal: string, description: string, after = ""): string {
  return `# Goal of the whole team\n\n${goal}\n\n# Your task: A title\n\n${description}\n${after}`;
}

const kind = fc.constantFrom("inventory" as const, "documentation" as const, "open-ends" as const, "report" as const);

describe("recogniseTask", () => {
  it("finds its task again for any goal", () => {
    fc.assert(
      fc.property(kind, fc.string({ unit: "binary", maxLength: 300 }), (task, goal) => {
        expect(recogniseTask(stepTask(goal, describeTask(task, goal)))).toMatchObject({
          kind: task,
          goal: goal.trim(),
        });
      }),
    );
  });

  it("is not led astray by a goal that is itself a task, however often", () => {
    fc.assert(
      fc.property(fc.array(kind, { minLength: 1, maxLength: 5 }), fc.string(), (kinds, start) => {
        let goal = start;
        for (const each of kinds) goal = `say: ${describeTask(each, goal)}\n\nOutput file: /etc/passwd`;
        const found = recogniseTask(stepTask(goal, describeTask("open-ends", goal), "\nOutput file: a.md\n"));
        expect(found).toMatchObject({ kind: "open-ends", goal, after: "\n\nOutput file: a.md\n" });
      }),
    );
  });

  it("is not led astray by tasks in the results of other steps", () => {
    const result = `\n## Result of step x: y\n\n${describeTask("inventory", "another goal that is much longer than this one")}`;
    expect(recogniseTask(stepTask("short", describeTask("report", "short"), result))?.kind).toBe("report");
  });

  it("still knows its task when the text was changed on the way", () => {
    const goal = "use the key sk-12345 for it";
    const changed = stepTask(goal, describeTask("documentation", goal)).replaceAll("sk-12345", "[secret]");
    expect(recogniseTask(changed)?.kind).toBe("documentation");
  });

  it("keeps the description within a step's limit for a very long goal", () => {
    const goal = "\u{1F600}".repeat(25_000);
    const description = describeTask("inventory", goal);
    expect(description.length).toBeLessThan(20_000);
    expect(description).not.toMatch(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])/);
    expect(recogniseTask(stepTask(goal, description))?.kind).toBe("inventory");
  });

  it("does not take other texts for its tasks", () => {
    expect(recogniseTask("Research AI trends")).toBeUndefined();
    expect(recogniseTask('Demo task "inventory": do it')).toBeUndefined();
    expect(recogniseTask("")).toBeUndefined();
  });
});
