import fc from "fast-check";
import { expect, test } from "vitest";
import { mergeTexts } from "../../../../src/core/snapshots/mergeText.ts";

const BASE = "one\ntwo\nthree\nfour\nfive\nsix\n";

test("what only one side changed is taken", () => {
  const mine = BASE.replace("two", "two, by me");
  const theirs = BASE.replace("five", "five, by them").replace("six\n", "six\nseven\n");
  expect(mergeTexts(BASE, mine, theirs)).toEqual({
    text: "one\ntwo, by me\nthree\nfour\nfive, by them\nsix\nseven\n",
    conflicts: 0,
  });
});

test("what both changed alike is no conflict", () => {
  const both = BASE.replace("three\n", "");
  expect(mergeTexts(BASE, both, both.replace("six", "6"))).toEqual({ text: both.replace("six", "6"), conflicts: 0 });
});

test("what both changed differently is shown with markers, and everything else is merged", () => {
  const mine = BASE.replace("two", "two, by me").replace("six", "six, by me");
  const theirs = BASE.replace("two", "two, by them");
  const labels = { mine: "on the disk", theirs: "snapshot v3" };
  expect(mergeTexts(BASE, mine, theirs, { labels })).toEqual({
    text: "one\n<<<<<<< on the disk\ntwo, by me\n=======\ntwo, by them\n>>>>>>> snapshot v3\nthree\nfour\nfive\nsix, by me\n",
    conflicts: 1,
  });
});

test("a deletion against a change is a conflict", () => {
  const { text, conflicts } = mergeTexts(BASE, BASE.replace("three\n", ""), BASE.replace("three", "3"));
  expect(conflicts).toBe(1);
  expect(text).toContain("<<<<<<< mine\n=======\n3\n>>>>>>> theirs\n");
});

test("markers begin a line after a text without a line break at its end", () => {
  expect(mergeTexts("a", "b", "c").text).toBe("<<<<<<< mine\nb\n=======\nc\n>>>>>>> theirs\n");
});

test("texts with nothing in common are one conflict", () => {
  expect(mergeTexts("", "mine\n", "theirs\n")).toEqual({
    text: "<<<<<<< mine\nmine\n=======\ntheirs\n>>>>>>> theirs\n",
    conflicts: 1,
  });
});

test("when comparing takes too long, the whole text is one conflict", () => {
  const lines = (word: string): string => Array.from({ length: 300 }, (_, line) => `${word} ${line}\n`).join("");
  const [mine, theirs] = [lines("mine"), lines("theirs")];
  expect(mergeTexts(lines("base"), mine, theirs, { timeout: -1 })).toEqual({
    text: `<<<<<<< mine\n${mine}=======\n${theirs}>>>>>>> theirs\n`,
    conflicts: 1,
  });
});

const text = fc
  .array(fc.constantFrom("a\n", "b\n", "c\n", "\n", "a\r\n"), { maxLength: 12 })
  .map((lines) => lines.join(""));

test("a side that did not change gives the other one, and equal sides give both", () => {
  fc.assert(
    fc.property(text, text, (base, changed) => {
      expect(mergeTexts(base, changed, base)).toEqual({ text: changed, conflicts: 0 });
      expect(mergeTexts(base, base, changed)).toEqual({ text: changed, conflicts: 0 });
      expect(mergeTexts(base, changed, changed)).toEqual({ text: changed, conflicts: 0 });
    }),
    { seed: 1 },
  );
});

test("either side can be got back from a merge by choosing it in each conflict and undoing nothing else", () => {
  fc.assert(
    fc.property(text, text, text, (base, mine, theirs) => {
      const forward = mergeTexts(base, mine, theirs);
      const swapped = mergeTexts(base, theirs, mine);
      expect(swapped.conflicts).toBe(forward.conflicts);
      if (forward.conflicts === 0) expect(swapped.text).toBe(forward.text);
      const lines = new Set([...mine.split("\n"), ...theirs.split("\n"), "<<<<<<< mine", "=======", ">>>>>>> theirs"]);
      for (const line of forward.text.split("\n")) expect(lines).toContain(line);
    }),
    { numRuns: 500, seed: 1 },
  );
});
