import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  bytes,
  code,
  count,
  cutToBytes,
  oneLine,
  plain,
  quote,
  table,
} from "../../../../../src/core/model/demo/markdown.ts";

describe("code", () => {
  it("survives backticks", () => {
    expect(code("a`b")).toBe("``a`b``");
    expect(code("`x``")).toBe("``` `x`` ```");
  });

  it("stays one line and one span for any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 80 }), (text) => {
        const span = code(text);
        expect(span).not.toMatch(/[\n\r\u0000-\u001f]/);
        if (span === "(empty)") return;
        const fence = /^`+/.exec(span)?.[0] ?? "";
        expect(fence).not.toBe("");
        expect(span.endsWith(fence)).toBe(true);
        const inner = span.slice(fence.length, -fence.length);
        expect((inner.match(/`+/g) ?? []).every((run) => run.length < fence.length)).toBe(true);
      }),
    );
  });
});

describe("numbers", () => {
  it("groups digits", () => {
    expect([0, 999, 1000, 1234567].map(count)).toEqual(["0", "999", "1,000", "1,234,567"]);
  });

  it("tells sizes exactly", () => {
    expect(bytes(1)).toBe("1 byte");
    expect(bytes(999)).toBe("999 bytes");
    expect(bytes(1000)).toBe("1.0 KB (1,000 bytes)");
    expect(bytes(999_960)).toBe("1.0 MB (999,960 bytes)");
    expect(bytes(12_345_678)).toBe("12.3 MB (12,345,678 bytes)");
  });
});

describe("text from elsewhere", () => {
  it("cannot format, link or break lines", () => {
    expect(plain("[x](http://evil) <b> *y*\n# z")).toBe("\\[x\\](http://evil) \\<b\\> \\*y\\* \\# z");
    expect(oneLine("a\u001b[31mb\r\nc", 100)).toBe("a\uFFFD[31mb c");
  });

  it("is quoted line by line and cut between characters", () => {
    expect(quote("a\nb", 100)).toBe("> a\n> b");
    expect(quote("\u{1F600}\u{1F600}\u{1F600}", 2)).toBe("> \u{1F600}\u{1F600}\n>\n> (the first 2 of 3 characters)");
  });

  it("does not break a table", () => {
    expect(table(["A", "B"], 1, [["x|y", "1"]])).toBe("| A | B |\n| --- | ---: |\n| x\\|y | 1 |");
  });
});

describe("cutToBytes", () => {
  it("never exceeds the limit and keeps whole lines", () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: "grapheme", maxLength: 40 })),
        fc.integer({ min: 100, max: 400 }),
        (lines, limit) => {
          const text = lines.join("\n");
          const cut = cutToBytes(text, limit);
          expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(Math.max(limit, 0));
          if (Buffer.byteLength(text) <= limit) expect(cut).toBe(text);
        },
      ),
    );
  });
});
