/** Plans that cannot be run: the model is told once what is wrong, then the goal fails with that reason. */
import { describe, expect, test } from "vitest";
import { createCliSandbox } from "../support/cliSandbox.ts";
import { eventsOf, ofKind, onlyOne } from "../support/eventStream.ts";
import { planOf, step } from "../support/goalScenarios.ts";
import { startModelServer } from "../support/modelServer.ts";
import { httpError, plan, say, type ScriptedBlock, turn } from "../support/modelServerReplies.ts";
import { toolResultsOf } from "../support/modelServerRequests.ts";
import { byAgent } from "../support/modelServerScripts.ts";

const BAD: readonly [string, ScriptedBlock, RegExp][] = [
  ["a cycle", planOf(step("a", { dependsOn: ["b"] }), step("b", { dependsOn: ["a"] })), /circle/],
  ["a step that needs itself", planOf(step("a", { dependsOn: ["a"] })), /circle/],
  ["a duplicate id", planOf(step("a"), step("a")), /"a"/],
  ["200 steps", planOf(...Array.from({ length: 200 }, (_, index) => step(`s${index}`))), /200 steps.*50/],
  ["no steps", planOf(), /no steps/],
  ["an unknown agent type", planOf(step("a", { agentType: "wizard" })), /wizard/],
  ["an unknown dependency", planOf(step("a", { dependsOn: ["zzz"] })), /zzz/],
  ["an id that is a path", planOf(step("../a")), /id/],
  ["no plan at all in the call", plan({ text: "do it" }), /steps/],
];

describe("a plan with", () => {
  test.each(BAD)("%s is asked for again, and fails the goal when it comes back", async (_, bad, reason) => {
    await using server = await startModelServer({ script: byAgent({ planner: [bad, bad] }) });
    await using sandbox = await createCliSandbox({ server });
    const result = await sandbox.run(["--json", "--session", "s", "A goal"]);
    expect(result, result.stderr).toMatchObject({ exitCode: 1 });
    expect(server.turns).toHaveLength(2);
    expect(toolResultsOf(server.turns[1]!)).toMatchObject([{ isError: true, text: expect.stringMatching(reason) }]);
    const events = eventsOf(result.lines);
    expect(onlyOne(events, "workflow_failed").error).toMatchObject({ code: "plan.invalid" });
    expect(ofKind(events, "step_started")).toEqual([]);
    expect(result.stderr).toMatch(reason);
    expect(await sandbox.sessions()).toMatchObject([{ status: "failed" }]);
    expect(server.violations).toEqual([]);
  });

  test("a fault is mended by the second try", async () => {
    const [, cycle] = BAD[0]!;
    await using server = await startModelServer({
      script: byAgent({
        planner: [cycle, planOf(step("a"), step("b", { dependsOn: ["a"] }))],
        steps: { "Step a": [say("A.")], "Step b": [say("B.")] },
      }),
    });
    await using sandbox = await createCliSandbox({ server });
    const result = await sandbox.run(["--json", "A goal"]);
    expect(result, result.stderr).toMatchObject({ exitCode: 0 });
    expect(onlyOne(eventsOf(result.lines), "plan_created").plan.steps).toHaveLength(2);
    expect(server.violations).toEqual([]);
  });
});

test("a planner that only talks is reminded once, then the goal fails", async () => {
  await using server = await startModelServer({
    script: byAgent({ planner: [say("I would begin by…"), say("As I said.")] }),
  });
  await using sandbox = await createCliSandbox({ server });
  const result = await sandbox.run(["A goal"]);
  expect(result, result.stderr).toMatchObject({ exitCode: 1 });
  expect(result.stderr).toMatch(/without a plan/);
  expect(server.turns).toHaveLength(2);
  expect(server.violations).toEqual([]);
});

test("a planner that says nothing at all is reminded too", async () => {
  const script = byAgent({ planner: [turn([]), planOf(step("a"))], steps: { "Step a": [say("A.")] } });
  await using server = await startModelServer({ script });
  await using sandbox = await createCliSandbox({ server });
  const result = await sandbox.run(["A goal"]);
  // An empty answer may not be sent back: the API refuses it inside a conversation.
  expect(server.violations).toEqual([]);
  expect(result, result.stderr).toMatchObject({ exitCode: 0 });
});

test("a step that fails skips what needs it and nothing else, and the goal has failed", async () => {
  const script = byAgent({
    planner: [
      planOf(
        step("bad"),
        step("needs", { dependsOn: ["bad"] }),
        step("needs2", { dependsOn: ["needs"] }),
        step("good"),
        step("after", { dependsOn: ["good"] }),
      ),
    ],
    steps: {
      "Step bad": [httpError(400, { message: "Something in it is not liked." })],
      "Step good": [say("Good.")],
      "Step after": [say("After.")],
    },
  });
  await using server = await startModelServer({ script });
  await using sandbox = await createCliSandbox({ server });
  const result = await sandbox.run(["--json", "A goal"]);
  expect(result, result.stderr).toMatchObject({ exitCode: 1 });
  const events = eventsOf(result.lines);
  expect(ofKind(events, "step_failed").map((event) => event.stepId)).toEqual(["bad"]);
  expect(ofKind(events, "step_skipped").map((event) => event.stepId)).toEqual(["needs", "needs2"]);
  expect(ofKind(events, "step_completed").map((event) => event.stepId)).toEqual(["good", "after"]);
  expect(result.stderr).toMatch(/Something in it is not liked/);
});
