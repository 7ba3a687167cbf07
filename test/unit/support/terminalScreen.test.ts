import { describe, expect, test } from "vitest";
import { TerminalScreen } from "../../support/terminalScreen.ts";

function seen(output: string, columns = 20, rows = 5): string {
  const screen = new TerminalScreen(columns, rows);
  screen.write(output);
  return screen.text;
}

describe("a terminal shows", () => {
  test.each([
    ["lines", "one\r\ntwo\r\n", "one\ntwo"],
    ["what was written over", "wrong\rright", "right"],
    ["no colours", "\u001b[1;31mred\u001b[39m \u001b[?25lhidden cursor\u001b[?25h", "red hidden cursor"],
    ["an erased and rewritten frame", "a\r\nold\r\n\u001b[2K\u001b[1A\u001b[2K\u001b[Gnew\r\n", "a\nnew"],
    ["nothing right of an erased end", "abcdef\u001b[4G\u001b[K", "abc"],
    ["nothing below an erased part", "a\r\nb\r\nc\u001b[2A\u001b[G\u001b[J", ""],
    ["wide characters over two columns", "日本\u001b[5G|", "日本|"],
    ["combining characters on the one before", "e\u0301!", "e\u0301!"],
    ["long lines wrapped", "abcdefghij", "abcd\nefgh\nij"],
  ])("%s", (name, output, expected) => {
    expect(seen(output, name === "long lines wrapped" ? 4 : 20)).toBe(expected);
  });

  test("a full line without a blank one after it", () => {
    expect(seen("abcd\r\nefgh\r\n", 4)).toBe("abcd\nefgh");
  });

  test("the screen that was there before a program took the other one", () => {
    const screen = new TerminalScreen(20, 5);
    screen.write("before\r\n\u001b[?1049h\u001b[Hframe\u001b[K\u001b[J\u001b[Hnew\u001b[K");
    expect(screen.text).toBe("new");
    screen.write("\u001b[?1049lafter");
    expect(screen.text).toBe("before\nafter");
  });

  test("sequences that come in pieces", () => {
    const screen = new TerminalScreen(20, 5);
    for (const piece of ["abc\u001b", "[2", "K\u001b[G", "x"]) screen.write(piece);
    expect(screen.text).toBe("x");
  });

  test("only the last rows, and the cursor does not go up into what has scrolled off", () => {
    const screen = new TerminalScreen(10, 2);
    screen.write("1\r\n2\r\n3\u001b[9A\u001b[GX");
    expect(screen.visible).toEqual(["X", "3"]);
    expect(screen.text).toBe("1\nX\n3");
  });

  test("a new size", () => {
    const screen = new TerminalScreen(10, 2);
    screen.resize(3, 3);
    screen.write("abcdef");
    expect(screen.visible).toEqual(["abc", "def"]);
  });
});

test("what it does not know is an error, not a guess", () => {
  expect(() => seen("\u001b[3;4H")).toThrow(/does not know/);
  expect(() => seen("\u001b]8;;http://x\u0007")).toThrow(/does not know/);
  expect(() => seen("\u0000")).toThrow(/control character/);
});
