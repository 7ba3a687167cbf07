import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BlockSplitter, LONGEST_BLOCK } from "../../../webview/markdown/blockSplitter.ts";

function split(...pieces: string[]): { closed: string[]; open: string } {
  const splitter = new BlockSplitter();
  const closed = pieces.flatMap((piece) => splitter.push(piece));
  return { closed, open: splitter.open };
}

describe("Markdown that grows", () => {
  test("is complete up to the last paragraph that began", () => {
    expect(split("One\ntwo\n\n")).toEqual({ closed: [], open: "One\ntwo\n\n" });
    expect(split("One\ntwo\n\nThree\n\nFour\n")).toEqual({
      closed: ["One\ntwo\n\n", "Three\n\n"],
      open: "Four\n",
    });
  });

  test("keeps a list with blank lines, and what is indented below it, together", () => {
    const list = "1. One\n\n   more of one\n\n2. Two\n\n";
    expect(split(`${list}Next\n`)).toEqual({ closed: [list], open: "Next\n" });
  });

  test("keeps what is in a fence together", () => {
    const code = "```ts\nconst a = 1;\n\nconst b = 2;\n```\n\n";
    expect(split(`${code}Next\n`)).toEqual({ closed: [code], open: "Next\n" });
  });

  test("is cut where one block is long, and goes on as code where it was code", () => {
    const { closed, open } = split(`\`\`\`ts\n${"x = 1;\n".repeat(1_000)}`);
    expect(closed.length).toBeGreaterThan(0);
    for (const block of [...closed, open]) {
      expect(block.startsWith("```ts\n")).toBe(true);
      expect(block.length).toBeLessThanOrEqual(LONGEST_BLOCK);
    }
  });

  test("is cut where it is long as what it is there, however much follows at once", () => {
    const code = "x = 1;\n".repeat(1_000);
    const { closed, open } = split(`Before\n\n\`\`\`ts\n${code}\`\`\`\n\nAfter\n\n${"Prose.\n".repeat(1_000)}`);
    expect(closed[0]).toBe("Before\n\n");
    const blocks = [...closed.slice(1), open];
    const isCode = blocks.map((block) => block.startsWith("```ts\n"));
    expect(isCode).toEqual([true, true, false, false, false]);
    const lines = blocks.slice(0, 2).flatMap((block) => block.split("\n").filter((line) => line === "x = 1;"));
    expect(lines).toHaveLength(1_000);
    expect(blocks.slice(2).join("")).toBe(`After\n\n${"Prose.\n".repeat(1_000)}`);
  });

  test("is the same however it arrives, with code in it and lines of any length", () => {
    const line = fc.oneof(
      fc.constantFrom("", "```ts", "```", "~~~", "````", "- item", "  indented", "text"),
      fc.integer({ min: 1, max: 6_000 }).map((length) => "x".repeat(length)),
    );
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 30 }),
        fc.infiniteStream(fc.integer({ min: 1, max: 900 })),
        (lines, sizes) => {
          const text = lines.join("\n");
          const pieces: string[] = [];
          for (let at = 0; at < text.length;) {
            const size = sizes.next().value ?? 1;
            pieces.push(text.slice(at, at + size));
            at += size;
          }
          const arrived = split(...pieces);
          expect(arrived).toEqual(split(text));
          expect([...arrived.closed, arrived.open].every((block) => block.length <= LONGEST_BLOCK)).toBe(true);
        },
      ),
    );
  });

  test("of ten megabytes in one line is cut into blocks, and no character is torn", () => {
    const { closed, open } = split("😀".repeat(2_500_000));
    expect(closed.every((block) => block.length <= LONGEST_BLOCK && block.isWellFormed())).toBe(true);
    expect(closed.reduce((sum, block) => sum + block.length, open.length)).toBe(5_000_000);
  });

  test("is whole however it arrives: nothing lost, nothing twice, nothing moved", () => {
    const line = fc.oneof(
      fc.constantFrom("", "- item", "1. item", "  indented", "# Title", "> quoted", "|a|b|", "text"),
      fc.string({ maxLength: 40 }).filter((text) => !/[\n\r]|^ {0,3}(?:```|~~~)/.test(text)),
    );
    fc.assert(
      fc.property(fc.array(line), fc.infiniteStream(fc.integer({ min: 1, max: 30 })), (lines, sizes) => {
        const text = lines.join("\n");
        const pieces: string[] = [];
        for (let at = 0; at < text.length;) {
          const size = sizes.next().value ?? 1;
          pieces.push(text.slice(at, at + size));
          at += size;
        }
        const arrived = split(...pieces);
        expect([...arrived.closed, arrived.open].join("")).toBe(text);
        expect(arrived).toEqual(split(text));
      }),
    );
  });
});
