import { describe, expect, it } from "vitest";
import { faultOfPathText, isWindowsDevice } from "../../../../src/core/policy/pathText.ts";

describe("on Windows", () => {
  it.each([
    "con",
    "sub\\NUL",
    "aux.txt",
    "COM1 .log",
    "lpt¹",
    "conin$",
    "file.txt:stream",
    "C:file.txt",
    "C:",
    "\\\\server\\share",
    "\\\\.\\PhysicalDrive0",
    "\\\\?\\C:\\x",
    "name.",
    "name ",
    "dir. \\x",
    "what?",
    "a|b",
    "line\nbreak",
  ])("refuses %j", (path) => {
    expect(faultOfPathText(path, "win32")).toBeTypeOf("string");
  });

  it.each([
    "C:\\work\\file.txt",
    "c:/projects/file.txt",
    "src\\main.ts",
    "..\\up",
    ".",
    "console.ts",
    "auxiliary",
    "com10.txt",
    "nullable",
  ])("takes %j", (path) => {
    expect(faultOfPathText(path, "win32")).toBeUndefined();
  });
});

describe("elsewhere", () => {
  it.each(["10:30 notes.md", "what?.md", "name.", "aux.c", "two\nlines", "a\\b"])(
    "takes %j, which is a name there",
    (path) => {
      expect(faultOfPathText(path, "linux")).toBeUndefined();
    },
  );

  it("knows the names no file should get", () => {
    expect(["con", "CON.md", "aux.c", "nul .x"].every(isWindowsDevice)).toBe(true);
    expect(["icon", "contents", "aux2", "com"].some(isWindowsDevice)).toBe(false);
  });
});
