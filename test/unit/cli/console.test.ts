import { Writable } from "node:stream";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Console } from "../../../src/cli/console.ts";
import { capturedConsole, CapturedStream } from "./captured.ts";

test("results go to standard output, notes to standard error", async () => {
  const { console, stdout, stderr } = capturedConsole();
  await console.print("result");
  console.note("note");
  expect([stdout.text, stderr.text]).toEqual(["result\n", "note\n"]);
});

test("control characters show themselves instead of acting", async () => {
  const { console, stdout, stderr } = capturedConsole();
  await console.print("a\u001b[31mb\u202ec\nd");
  console.note("\u001b]52;c;x\u0007");
  expect(stdout.text).toBe("a␛[31mb⟨U+202E⟩c\nd\n");
  expect(stderr.text).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
});

test("secrets are taken out of what people read", async () => {
  const { console, stdout, stderr } = capturedConsole((text) => text.replaceAll("sk-secret", "•••"));
  await console.print("key sk-secret");
  console.note("key sk-secret");
  expect(stdout.text + stderr.text).toBe("key •••\nkey •••\n");
});

test("JSON is one line that holds no character a terminal acts on, and reads back the same", () => {
  return fc.assert(
    fc.asyncProperty(fc.string({ unit: "binary" }), async (text) => {
      const { console, stdout } = capturedConsole();
      await console.printJson({ text: `${text}\u009b31m\u202e\u2028\u007f` });
      expect(stdout.text).toMatch(/^[^\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2028\u2029]*\n$/);
      expect(JSON.parse(stdout.text)).toEqual({ text: `${text}\u009b31m\u202e\u2028\u007f` });
    }),
  );
});

test("a reader that went away is no error, and is told", async () => {
  const { console, stdout } = capturedConsole();
  expect(console.readerGone.aborted).toBe(false);
  stdout.destroy(Object.assign(new Error("write EPIPE"), { code: "EPIPE" }));
  await new Promise((resolve) => stdout.once("close", resolve));
  expect(console.readerGone.aborted).toBe(true);
  await console.print("nobody reads this");
  await console.flush();
});

test("printing waits for a slow reader, and stops waiting when it goes away", async () => {
  const held: (() => void)[] = [];
  const slow = new Writable({ highWaterMark: 1, write: (_chunk, _encoding, callback) => void held.push(callback) });
  const console = new Console(slow, new CapturedStream(), (text) => text);
  let printed = 0;
  const first = console.print("one").then(() => (printed += 1));
  await new Promise(setImmediate);
  expect(printed).toBe(0);
  held.shift()?.();
  await first;
  const second = console.print("two");
  slow.destroy(new Error("gone"));
  await second;
});

test("the live region steps aside for a note and stays away while it is held", () => {
  const { console, stderr } = capturedConsole();
  const seen: string[] = [];
  using _ = console.useRegion({
    hide: () => seen.push(`hide ${stderr.text.length}`),
    show: () => seen.push(`show ${stderr.text.length}`),
  });
  console.note("one");
  expect(seen).toEqual(["hide 0", "show 4"]);
  const hold = console.hold();
  console.note("two");
  expect(seen.slice(2)).toEqual(["hide 4"]);
  hold[Symbol.dispose]();
  expect(seen.slice(2)).toEqual(["hide 4", "show 8"]);
});
