import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { goalOf } from "../../../../../src/core/model/demo/plannerBrain.ts";

test("of a fork's task the goal is the new one alone", async () => {
  const task = await readFile(new URL("../../../../fixtures/golden/forked-plan-task.md", import.meta.url), "utf8");
  expect(goalOf(task)).toBe("Another goal");
});
