import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { readGoal } from "../../../src/cli/goalText.ts";

test("a goal is what was typed, or all of standard input", async () => {
  expect(await readGoal("Write it", Readable.from([]))).toBe("Write it");
  expect(await readGoal("-", Readable.from([Buffer.from("Write "), Buffer.from("it\n")]))).toBe("Write it\n");
});

test("characters cut by the pieces they come in are put together", async () => {
  const bytes = Buffer.from("日本");
  expect(await readGoal("-", Readable.from([bytes.subarray(0, 2), bytes.subarray(2)], { objectMode: false }))).toBe(
    "日本",
  );
});

test("empty or endless input is refused", async () => {
  await expect(readGoal("-", Readable.from([" \n"]))).rejects.toMatchObject({ code: "goal.empty" });
  function* endless() {
    for (;;) yield Buffer.from("x".repeat(65_536));
  }
  await expect(readGoal("-", Readable.from(endless()))).rejects.toMatchObject({ code: "goal.tooLong" });
});
