import { expect, test } from "vitest";
import { ApprovalPrompt } from "../../../src/cli/approvalPrompt.ts";
import { catalogueFor } from "../../../src/cli/catalogue.ts";
import { chooseApprover } from "../../../src/cli/chooseApprover.ts";
import { KeyboardTurns } from "../../../src/cli/keyboardTurns.ts";
import type { ApprovalRequest } from "../../../src/core/ports.ts";
import { capturedConsole } from "./captured.ts";
import { TestKeyboard } from "./testKeyboard.ts";

function request(fields: Partial<ApprovalRequest> = {}): ApprovalRequest {
  return {
    approvalId: "approval_1",
    sessionId: "session_1",
    agentId: "coder_1",
    tool: "bash",
    input: { command: "npm test" },
    reason: "approval.rule",
    subject: "npm test",
    severity: "normal",
    taint: [],
    ...fields,
  };
}

function openPrompt() {
  const keyboard = new TestKeyboard();
  const captured = capturedConsole();
  let ctrlC = 0;
  const { console } = captured;
  const turns = new KeyboardTurns({ keyboard, console, onCtrlC: () => (ctrlC += 1) });
  const prompt = new ApprovalPrompt({ turns, console, catalogue: catalogueFor("ai-orchestrator") });
  /** Lets the prompt get to the point where it reads an answer. */
  const shown = async (): Promise<void> => {
    for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
  };
  return { ...captured, keyboard, prompt, shown, ctrlC: () => ctrlC };
}

const never = new AbortController().signal;

test("shows who wants what and why, and takes one key", async () => {
  const { prompt, keyboard, shown, stderr, stdout } = openPrompt();
  const answer = prompt.request(
    request({ subject: "npm test && rm -rf ./build", taint: ["https://example.com"] }),
    never,
  );
  await shown();
  expect(stderr.text).toMatchInlineSnapshot(`
    "
    coder_1 wants to use bash:
        npm test && rm -rf ./build
      Why you are asked: bash is used only after a yes.
      It has read content from outside: https://example.com
      [a] allow once   [s] allow for this session   [d] deny
    "
  `);
  keyboard.press("a");
  expect(await answer).toEqual({ decision: "allow", by: "user" });
  expect(stdout.text).toBe("");
  expect([keyboard.raw, keyboard.flowing, keyboard.listenerCount("data")]).toEqual([false, false, 0]);
});

test("the keys", async () => {
  for (const [key, decision] of [
    ["a", "allow"],
    ["s", "allow_session"],
    ["d", "deny"],
    ["d\r", "deny"],
  ] as const) {
    const { prompt, keyboard, shown } = openPrompt();
    const answer = prompt.request(request(), never);
    await shown();
    keyboard.press(key);
    expect((await answer).decision).toBe(decision);
  }
});

test("arrow keys, pasted text and other keys answer nothing", async () => {
  const { prompt, keyboard, shown, stderr } = openPrompt();
  const answer = prompt.request(request(), never);
  await shown();
  for (const keys of ["\u001b[A", "\u001b[a", "and so on", "A", "y", "\r", "aa"]) keyboard.press(keys);
  expect(stderr.text.match(/\[a\] allow once/g)).toHaveLength(8);
  keyboard.press("d");
  expect((await answer).decision).toBe("deny");
});

test("what was typed before the question was there is no answer", async () => {
  const { prompt, keyboard, shown } = openPrompt();
  const answer = prompt.request(request(), never);
  await Promise.resolve();
  await Promise.resolve();
  keyboard.press("a");
  await shown();
  keyboard.press("d");
  expect((await answer).decision).toBe("deny");
});

test("what is protected or tainted cannot be allowed for the session", async () => {
  for (const severity of ["protected", "tainted"] as const) {
    const { prompt, keyboard, shown, stderr } = openPrompt();
    const answer = prompt.request(
      request({ severity, reason: "approval.protectedPath", subject: ".git/config" }),
      never,
    );
    await shown();
    expect(stderr.text).not.toContain("[s]");
    keyboard.press("s");
    keyboard.press("a");
    expect((await answer).decision).toBe("allow");
  }
});

test("questions come one after the other", async () => {
  const { prompt, keyboard, shown, stderr } = openPrompt();
  const first = prompt.request(request({ subject: "first" }), never);
  const second = prompt.request(request({ subject: "second" }), never);
  await shown();
  expect(stderr.text).not.toContain("second");
  keyboard.press("a");
  await first;
  await shown();
  expect(stderr.text).toContain("second");
  keyboard.press("d");
  expect((await second).decision).toBe("deny");
});

test("a question that is withdrawn makes room for the next", async () => {
  const { prompt, keyboard, shown, stderr } = openPrompt();
  const withdrawn = new AbortController();
  const first = prompt.request(request(), withdrawn.signal);
  const second = prompt.request(request(), never);
  await shown();
  withdrawn.abort(new Error("answered elsewhere"));
  await expect(first).rejects.toThrow("answered elsewhere");
  expect(stderr.text).toContain("no answer needed any more");
  await shown();
  keyboard.press("a");
  expect((await second).decision).toBe("allow");
});

test("a question withdrawn while it waits its turn is never shown", async () => {
  const { prompt, keyboard, shown, stderr } = openPrompt();
  const withdrawn = new AbortController();
  const first = prompt.request(request({ subject: "first" }), never);
  const second = prompt.request(request({ subject: "second" }), withdrawn.signal);
  await shown();
  withdrawn.abort(new Error("stopped"));
  keyboard.press("a");
  await first;
  await expect(second).rejects.toThrow("stopped");
  expect(stderr.text).not.toContain("second");
});

test("Ctrl-C is passed on, the question stays until the run withdraws it", async () => {
  const { prompt, keyboard, shown, ctrlC } = openPrompt();
  const stopped = new AbortController();
  const answer = prompt.request(request(), stopped.signal);
  await shown();
  keyboard.press("\u0003");
  expect(ctrlC()).toBe(1);
  stopped.abort(new Error("stopped"));
  await expect(answer).rejects.toThrow("stopped");
  expect(keyboard.raw).toBe(false);
});

test("a terminal that goes away is a no", async () => {
  const { prompt, keyboard, shown } = openPrompt();
  const answer = prompt.request(request(), never);
  await shown();
  keyboard.emit("end");
  expect(await answer).toEqual({ decision: "deny", by: "no terminal", reason: "approval.nobodyToAsk" });
});

test("control characters in what is asked for are shown", async () => {
  const { prompt, keyboard, shown, stderr } = openPrompt();
  const answer = prompt.request(request({ subject: "rm -rf /\u001b[2K\recho harmless" }), never);
  await shown();
  expect(stderr.text).toContain("    rm -rf /␛[2K␍echo harmless");
  keyboard.press("d");
  await answer;
});

test("a person is asked only where the question can be read and answered", async () => {
  const { console } = capturedConsole();
  const approver = (mode: "ask" | "all" | "none", stdinIsTty: boolean, stderrIsTty: boolean) => {
    const stdin = Object.assign(new TestKeyboard(), { isTTY: stdinIsTty });
    const chosen = chooseApprover({
      mode,
      stdin: stdin as unknown as Parameters<typeof chooseApprover>[0]["stdin"],
      stderr: { isTTY: stderrIsTty } as unknown as Parameters<typeof chooseApprover>[0]["stderr"],
      console,
      catalogue: catalogueFor("ai-orchestrator"),
      onCtrlC: () => undefined,
    });
    const canAsk = mode !== "none" && stdinIsTty && stderrIsTty;
    expect(chosen.questioner !== undefined).toBe(canAsk);
    return { stdin, answer: chosen.approver.request(request(), never) };
  };
  expect(await approver("none", true, true).answer).toMatchObject({ decision: "deny", by: "--approve none" });
  expect(await approver("all", true, true).answer).toMatchObject({ decision: "allow", by: "--approve all" });
  expect(await approver("ask", false, true).answer).toMatchObject({ decision: "deny", by: "no terminal" });
  expect(await approver("ask", true, false).answer).toMatchObject({ decision: "deny", by: "no terminal" });
  const { stdin, answer } = approver("ask", true, true);
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
  stdin.press("s");
  expect(await answer).toEqual({ decision: "allow_session", by: "user" });
});
