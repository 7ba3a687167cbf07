/** `--json` is read by programs: one event a line, nothing else, and it agrees with the session kept. */
import { describe, expect, test } from "vitest";
import { createCliSandbox } from "../support/cliSandbox.ts";
import { eventsOf, interleavedAgents, joinedText, ofKind, onlyOne, textOfTurns } from "../support/eventStream.ts";
import { createMeeting } from "../support/gate.ts";
import { twoThenOne } from "../support/goalScenarios.ts";
import { startModelServer } from "../support/modelServer.ts";
import { say, stall, think, turn, useTool } from "../support/modelServerReplies.ts";

function lively() {
  const meeting = createMeeting(2);
  return twoThenOne({
    left: [
      [think("Hm."), say("I look. "), useTool("read", { file_path: "a.txt" })],
      stall(4, meeting, say("Left ", "found: ", "Grüße 🌍.")),
    ],
    right: [stall(4, meeting, say("Right ", "found ", "nothing."))],
    both: [turn(say("# Report\n\nBoth."), { usage: { inputTokens: 1000, outputTokens: 100 } })],
  });
}

describe("the stream of a run", () => {
  test("is the whole log in order, from session_created to workflow_completed", async () => {
    await using server = await startModelServer({ script: lively() });
    await using sandbox = await createCliSandbox({ server, files: { "a.txt": "content of a\n" } });
    const result = await sandbox.run(["--json", "A goal"]);
    expect(result, result.stderr).toMatchObject({ exitCode: 0 });
    const events = eventsOf(result.lines);
    expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index + 1));
    expect(events[0]).toMatchObject({ type: "session_created", goal: "A goal", epoch: 1 });
    expect(events.at(-1)).toMatchObject({ type: "workflow_completed", outputs: ["report.md"] });
    expect(new Set(events.map((event) => event.sessionId)).size).toBe(1);
    expect(new Set(events.map((event) => event.id)).size).toBe(events.length);
    expect(joinedText(events)).toEqual(textOfTurns(events));
    expect(interleavedAgents(events)).toHaveLength(1);
    expect(await sandbox.workspace.read("report.md")).toBe("# Report\n\nBoth.\n");
    expect(server.violations).toEqual([]);
  });

  test("is what the store holds later", async () => {
    await using server = await startModelServer({ script: lively() });
    await using sandbox = await createCliSandbox({ server, files: { "a.txt": "content of a\n" } });
    const result = await sandbox.run(["--json", "--session", "kept", "A goal"]);
    expect(await sandbox.storedEvents("kept")).toEqual(result.lines);
  });

  test("holds usage and cost of every request", async () => {
    await using server = await startModelServer({ script: lively() });
    await using sandbox = await createCliSandbox({ server, files: { "a.txt": "content of a\n" } });
    const events = eventsOf((await sandbox.run(["--json", "--model", "claude-sonnet-4-5", "A goal"])).lines);
    const recorded = ofKind(events, "usage_recorded");
    expect(recorded).toHaveLength(server.turns.length);
    expect(new Set(recorded.map((event) => event.model))).toEqual(new Set(["claude-sonnet-4-5"]));
    const ended = onlyOne(events, "workflow_completed");
    const sum = (field: "inputTokens" | "outputTokens") =>
      recorded.reduce((total, event) => total + event.usage[field], 0);
    expect(ended.usage).toMatchObject({ inputTokens: sum("inputTokens"), outputTokens: sum("outputTokens") });
    // Sonnet 4.5: 3 and 15 dollars per million tokens.
    expect(ended.costUsd).toBeCloseTo((sum("inputTokens") * 3 + sum("outputTokens") * 15) / 1e6, 9);
  });

  test("says that a price is unknown instead of guessing one", async () => {
    await using server = await startModelServer({ script: lively() });
    await using sandbox = await createCliSandbox({ server, files: { "a.txt": "x" } });
    const events = eventsOf((await sandbox.run(["--json", "--model", "local-model", "A goal"])).lines);
    expect(new Set(ofKind(events, "usage_recorded").map((event) => event.costUsd))).toEqual(new Set([null]));
    expect(onlyOne(events, "workflow_completed").costUsd).toBeNull();
  });

  test("keeps text that tries to speak to the terminal as data", async () => {
    const hostile = '\u001b]52;c;ZXZpbA==\u0007\u001b[2J\u202eevil\u0000\r\n{"type":"fake"}';
    const script = twoThenOne({ left: [say(hostile)], right: [say("fine")], both: [say("done")] });
    await using server = await startModelServer({ script });
    await using sandbox = await createCliSandbox({ server });
    const result = await sandbox.run(["--json", "A goal"]);
    expect([...joinedText(eventsOf(result.lines)).values()]).toContain(hostile);
    expect(result.stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
  });
});

test("plain output of the same run has no control characters either", async () => {
  const hostile = "\u001b[2J\u001b[31mred\u202eevil";
  const script = twoThenOne({ left: [say(hostile)], right: [say("fine")], both: [say(hostile)] });
  await using server = await startModelServer({ script });
  await using sandbox = await createCliSandbox({ server });
  const result = await sandbox.run(["--streaming", "A goal"]);
  expect(result).toMatchObject({ exitCode: 0 });
  expect(result.stdout + result.stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
  expect(result.stdout).toContain("red");
});
