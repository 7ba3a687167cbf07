import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { FolderPrompt, type FolderAnswer, type RestorePreview } from "../../../src/cli/folderPrompt.ts";
import { KeyboardTurns } from "../../../src/cli/keyboardTurns.ts";
import { capturedConsole } from "./captured.ts";
import { TestKeyboard } from "./testKeyboard.ts";

/** Lets the prompt ask, and its discarding of what was typed before end. */
async function asked(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve));
}

function startPrompt(preview: RestorePreview | undefined) {
  const { console, stderr } = capturedConsole();
  const keyboard = new TestKeyboard();
  const stopping = new AbortController();
  const input = new PassThrough();
  const turns = new KeyboardTurns({ keyboard, console, onCtrlC: () => stopping.abort() });
  const output = new PassThrough();
  const prompt = new FolderPrompt({ turns, console, input, output, folder: "/projects", signal: stopping.signal });
  const answer: Promise<FolderAnswer> = prompt.ask("v2", preview);
  return { answer, keyboard, input, stderr };
}

test("says what restoring would do, and takes one key", async () => {
  const { answer, keyboard, stderr } = startPrompt({ changes: 3, conflicts: 1 });
  await asked();
  expect(stderr.text).toBe(
    [
      "What shall the folder be?",
      "  [r] as it was at v2: 3 files change, which can be undone; 1 file that others changed stays as now",
      "  [n] a new folder with the files of v2",
      "  [k] as it is now",
      "  [c] cancel",
      "",
    ].join("\n"),
  );
  keyboard.press("x");
  expect(stderr.text).toContain("Press one of r, n, k, c.");
  keyboard.press("r");
  expect(await answer).toBe("restore");
  expect(keyboard.raw).toBe(false);
});

test.each([
  ["k", "keep"],
  ["c", "cancel"],
  ["\u0003", "cancel"],
] as const)("%j is %s", async (key, expected) => {
  const { answer, keyboard } = startPrompt({ changes: 0, conflicts: 0 });
  await asked();
  keyboard.press(key);
  expect(await answer).toBe(expected);
});

test.each([
  ["../new\n", { newFolder: "/new" }],
  ["  \n", "cancel"],
] as const)("a new folder is typed: %j", async (typed, expected) => {
  const { answer, keyboard, input } = startPrompt({ changes: 1, conflicts: 0 });
  await asked();
  keyboard.press("n");
  await asked();
  input.write(typed);
  expect(await answer).toEqual(expected);
});

test("a version without files offers nothing it cannot do", async () => {
  const { answer, keyboard, stderr } = startPrompt(undefined);
  await asked();
  expect(stderr.text).toBe("v2 holds no files, so the folder can only stay as it is.\n  [k] go on\n  [c] cancel\n");
  keyboard.press("r");
  keyboard.press("k");
  expect(await answer).toBe("keep");
});

test("a terminal that goes away cancels", async () => {
  const { answer, keyboard } = startPrompt({ changes: 1, conflicts: 0 });
  await asked();
  keyboard.emit("end");
  expect(await answer).toBe("cancel");
});
