/** The live view on a real terminal. */
import { describe, expect, test } from "vitest";
import { createCliSandbox } from "../support/cliSandbox.ts";
import { createGate, createMeeting } from "../support/gate.ts";
import { twoThenOne } from "../support/goalScenarios.ts";
import { startModelServer } from "../support/modelServer.ts";
import { say, stall } from "../support/modelServerReplies.ts";

const LONG = "words that go on and on ".repeat(20);

function held() {
  const left = createGate();
  const right = createGate();
  return {
    left,
    right,
    script: twoThenOne({
      left: [stall(6, left, say(`Left ${LONG}`))],
      right: [stall(6, right, say(`Right ${LONG}`))],
      both: [say("# Report\n\nThe end.")],
    }),
  };
}

function timesSeen(text: string, words: string): number {
  return text.split(words).length - 1;
}

describe("--streaming on a terminal", () => {
  test.each([
    [80, 24],
    [40, 12],
    [20, 6],
    [200, 60],
  ])("of %i by %i shows both agents while they work and each step once at the end", async (columns, rows) => {
    const { left, right, script } = held();
    await using server = await startModelServer({ script });
    await using sandbox = await createCliSandbox({ server });
    await using terminal = await sandbox.startOnTerminal(["--streaming", "A goal"], { columns, rows });
    await terminal.until(Promise.all([left.reached(), right.reached()]));
    await terminal.waitForScreen((text) => text.includes("Step left") && text.includes("Step right"));
    expect(terminal.screen.visible.length).toBeLessThanOrEqual(rows);
    left.open();
    right.open();
    expect(await terminal.exited, terminal.screen.text).toBe(0);
    const text = terminal.screen.text;
    for (const title of ["Step left", "Step right", "Step both"]) expect(timesSeen(text, title), text).toBe(1);
    expect(text).toContain("report.md");
    for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(columns);
  });

  test("survives being made narrow and wide again", async () => {
    const { left, right, script } = held();
    await using server = await startModelServer({ script });
    await using sandbox = await createCliSandbox({ server });
    await using terminal = await sandbox.startOnTerminal(["--streaming", "A goal"], { columns: 100, rows: 30 });
    await terminal.until(Promise.all([left.reached(), right.reached()]));
    await terminal.waitForScreen((text) => text.includes("Step left") && text.includes("Step right"));
    await terminal.resize(30, 10);
    left.open();
    await terminal.waitForScreen((text) => /✓ Step left/.test(text));
    await terminal.resize(90, 20);
    right.open();
    expect(await terminal.exited, terminal.screen.text).toBe(0);
    const text = terminal.screen.text;
    for (const title of ["Step left", "Step right", "Step both"])
      expect(timesSeen(text, title), text).toBeGreaterThanOrEqual(1);
    expect(text.split("\n").slice(-20).join("\n")).toContain("report.md");
  });

  test("leaves the cursor on, also after Ctrl-C", async () => {
    const { left, script } = held();
    await using server = await startModelServer({ script });
    await using sandbox = await createCliSandbox({ server });
    await using terminal = await sandbox.startOnTerminal(["--streaming", "--session", "cut", "A goal"]);
    await terminal.until(left.reached());
    await terminal.waitForScreen((text) => text.includes("Step left"));
    terminal.type("\u0003");
    expect(await terminal.exited).toBe(130);
    expect(terminal.output.lastIndexOf("\u001b[?25h")).toBeGreaterThan(terminal.output.lastIndexOf("\u001b[?25l"));
    expect(await sandbox.sessions()).toMatchObject([{ status: "interrupted" }]);
  });

  test("has no colours with NO_COLOR", async () => {
    const meeting = createMeeting(2);
    const script = twoThenOne({
      left: [stall(3, meeting, say("L"))],
      right: [stall(3, meeting, say("R"))],
      both: [say("End.")],
    });
    await using server = await startModelServer({ script });
    await using sandbox = await createCliSandbox({ server });
    await using terminal = await sandbox.startOnTerminal(["--streaming", "A goal"], { env: { NO_COLOR: "1" } });
    expect(await terminal.exited).toBe(0);
    expect(terminal.output).not.toMatch(/\u001b\[[0-9;]*m/);
  });

  test("makes hostile text visible instead of obeying it", async () => {
    const hostile = "\u001b]0;owned\u0007\u001b[2J\u001b[1;1Hfake \u202eevil";
    const script = twoThenOne({ left: [say(hostile)], right: [say("fine")], both: [say(hostile)] });
    await using server = await startModelServer({ script });
    await using sandbox = await createCliSandbox({ server });
    await using terminal = await sandbox.startOnTerminal(["--streaming", "A goal"], { columns: 120 });
    expect(await terminal.exited).toBe(0);
    expect(terminal.output).not.toContain("\u001b]0;");
    expect(terminal.output).not.toContain("\u001b[2J");
    expect(terminal.output).not.toContain("\u202e");
  });
});
