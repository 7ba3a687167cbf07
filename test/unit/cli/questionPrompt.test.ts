import { expect, test } from "vitest";
import { ApprovalPrompt } from "../../../src/cli/approvalPrompt.ts";
import { catalogueFor } from "../../../src/cli/catalogue.ts";
import { KeyboardTurns } from "../../../src/cli/keyboardTurns.ts";
import { QuestionPrompt } from "../../../src/cli/questionPrompt.ts";
import type { QuestionRequest } from "../../../src/core/ports.ts";
import { capturedConsole } from "./captured.ts";
import { TestKeyboard } from "./testKeyboard.ts";

const never = new AbortController().signal;
const ENTER = "\r";

function question(fields: Partial<QuestionRequest> = {}): QuestionRequest {
  return {
    questionId: "question_1",
    sessionId: "session_1",
    agentId: "writer_1",
    question: "Which language?",
    options: [],
    ...fields,
  };
}

function openPrompt() {
  const keyboard = new TestKeyboard();
  const captured = capturedConsole();
  const { console, stderr } = captured;
  let ctrlC = 0;
  const onCtrlC = () => (ctrlC += 1);
  const turns = new KeyboardTurns({ keyboard, console, onCtrlC });
  const input = keyboard as unknown as NodeJS.ReadableStream;
  const prompt = new QuestionPrompt({ turns, input, output: stderr, console, onCtrlC });
  const approvals = new ApprovalPrompt({ turns, console, catalogue: catalogueFor("ai-orchestrator") });
  /** Lets the prompt get to the point where it reads an answer. */
  const shown = async (): Promise<void> => {
    for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
  };
  return { ...captured, keyboard, prompt, approvals, shown, ctrlC: () => ctrlC };
}

test("shows who asks what, and takes a line", async () => {
  const { prompt, keyboard, shown, stderr, stdout } = openPrompt();
  const answer = prompt.ask(question({ options: ["English", "German"] }), never);
  await shown();
  for (const line of ["writer_1 asks you:", "    Which language?", "  [1] English", "  [2] German"])
    expect(stderr.text).toContain(`${line}\n`);
  keyboard.press("Espe");
  keyboard.press(`ranto ${ENTER}`);
  expect(await answer).toEqual({ answer: "Esperanto", by: "user" });
  expect(stdout.text).toBe("");
  expect([keyboard.raw, keyboard.flowing]).toEqual([false, false]);
});

test.each([
  ["2", "German"],
  ["German", "German"],
  ["3", "3"],
  ["0", "0"],
])("typed %s means %s", async (typed, answer) => {
  const { prompt, keyboard, shown } = openPrompt();
  const given = prompt.ask(question({ options: ["English", "German"] }), never);
  await shown();
  keyboard.press(typed + ENTER);
  expect(await given).toEqual({ answer, by: "user" });
});

test("an option that is a number is meant before the option with that number", async () => {
  const { prompt, keyboard, shown } = openPrompt();
  const answer = prompt.ask(question({ question: "How many?", options: ["4", "1"] }), never);
  await shown();
  keyboard.press(`1${ENTER}`);
  expect((await answer).answer).toBe("1");
});

test("what is typed can be corrected, and an empty line answers nothing", async () => {
  const { prompt, keyboard, shown } = openPrompt();
  const answer = prompt.ask(question(), never);
  await shown();
  keyboard.press(ENTER);
  await shown();
  keyboard.press("Englich\u007f\u007fsh");
  keyboard.press(ENTER);
  expect((await answer).answer).toBe("English");
});

test("Ctrl-D gives no answer, and the terminal can be asked again", async () => {
  const { prompt, keyboard, shown } = openPrompt();
  const none = prompt.ask(question(), never);
  await shown();
  keyboard.press("\u0004");
  await expect(none).rejects.toThrow("no answer");
  const next = prompt.ask(question(), never);
  await shown();
  keyboard.press(`Yes${ENTER}`);
  expect((await next).answer).toBe("Yes");
});

test("Ctrl-C is passed on, the question stays until the run withdraws it", async () => {
  const { prompt, keyboard, shown, stderr, ctrlC } = openPrompt();
  const stopped = new AbortController();
  const answer = prompt.ask(question(), stopped.signal);
  await shown();
  keyboard.press("half an ans");
  keyboard.press("\u0003");
  expect(ctrlC()).toBe(1);
  stopped.abort(new Error("stopped"));
  await expect(answer).rejects.toThrow("stopped");
  expect(stderr.text).toMatch(/half an ans\n {2}no answer needed any more\n$/);
  expect(keyboard.raw).toBe(false);
});

test("questions and approvals come one after the other", async () => {
  const { prompt, approvals, keyboard, shown, stderr } = openPrompt();
  const first = prompt.ask(question(), never);
  const approval = {
    ...{ approvalId: "approval_1", sessionId: "session_1", agentId: "coder_1", tool: "bash", input: {} },
    ...{ reason: "approval.rule", subject: "npm test", severity: "normal" as const, taint: [] },
  };
  const second = approvals.request(approval, never);
  const third = prompt.ask(question({ question: "Which place?" }), never);
  await shown();
  expect(stderr.text).not.toContain("npm test");
  keyboard.press(`a${ENTER}`);
  expect((await first).answer).toBe("a");
  await shown();
  expect(stderr.text).toContain("npm test");
  expect(stderr.text).not.toContain("Which place?");
  keyboard.press("d");
  expect((await second).decision).toBe("deny");
  await shown();
  keyboard.press(`Here${ENTER}`);
  expect((await third).answer).toBe("Here");
});

test("control characters in a question and its options are shown", async () => {
  const { prompt, keyboard, shown, stderr } = openPrompt();
  const answer = prompt.ask(question({ question: "One\u001b[2K\rTwo?", options: ["Yes\u202e\n[2] No"] }), never);
  await shown();
  expect(stderr.text).toContain("    One␛[2K␍Two?\n  [1] Yes⟨U+202E⟩␊[2] No\n");
  keyboard.press(`1${ENTER}`);
  expect((await answer).answer).toBe("Yes⟨U+202E⟩␊[2] No");
});
