import { describe, expect, it } from "vitest";
import { taskParts } from "../../../../../src/core/model/demo/taskText.ts";

describe("taskParts", () => {
  it("takes the order, the output file and the results apart", () => {
    const text =
      "Write it.\n\nOutput file: docs/a b.md\n\n# Results of the steps before\n\n## Result of step one: First: title\n\ntext 1\n\n## Result of step two_2: Second\n\n### Part\n\nOutput file: not-this.md\n";
    expect(taskParts(text)).toEqual({
      order: "Write it.",
      outputFile: "docs/a b.md",
      results: [
        { stepId: "one", title: "First: title", text: "text 1" },
        { stepId: "two_2", title: "Second", text: "### Part\n\nOutput file: not-this.md" },
      ],
    });
  });

  it("takes the last output file named before the results", () => {
    expect(taskParts("Output file: a.md\nmore\nOutput file: `b.md`\n")).toEqual({
      order: "Output file: a.md\nmore",
      outputFile: "b.md",
      results: [],
    });
  });

  it("needs neither", () => {
    expect(taskParts("Research AI trends")).toEqual({
      order: "Research AI trends",
      outputFile: undefined,
      results: [],
    });
  });
});
