import { describe, expect, it } from "vitest";
import { readmeOutline } from "../../../../../src/core/model/demo/readmeOutline.ts";

function outline(path: string, text: string): string[] {
  return readmeOutline(path, text).map(({ level, text: heading }) => `${level} ${heading}`);
}

describe("readmeOutline", () => {
  it("reads headings with hashes, underlines and HTML, and not what looks like them in code", () => {
    const text = [
      "---",
      "title: x",
      "---",
      '<h1 align="center">Big <b>name</b></h1>',
      "```sh",
      "# a comment",
      "```",
      "~~~~",
      "# inside",
      "```",
      "# still inside",
      "~~~~",
      "## Install ##",
      "####### seven is no heading",
      "#hash is no heading",
      "Usage",
      "=====",
      "Options",
      "-------",
      "- a list",
      "---",
      "### [Link](http://x.invalid) and `code` ![badge](b.svg)",
    ].join("\r\n");
    expect(outline("README.md", text)).toEqual(["1 Big name", "2 Install", "1 Usage", "2 Options", "3 Link and code"]);
  });

  it("reads reStructuredText, levels in the order of their first use", () => {
    expect(outline("README.rst", "Title\n=====\n\nPart\n----\n\nPart 2\n------\n\nDetail\n~~~~~~\n")).toEqual([
      "1 Title",
      "2 Part",
      "2 Part 2",
      "3 Detail",
    ]);
  });

  it("reads AsciiDoc", () => {
    expect(outline("readme.adoc", "= Title\n\n== Part\ntext\n")).toEqual(["1 Title", "2 Part"]);
  });

  it("finds nothing in a file without headings", () => {
    expect(outline("README", "just text\n\nmore")).toEqual([]);
    expect(outline("README.md", "")).toEqual([]);
    expect(outline("README.md", "\u0000\u0001\uFFFD")).toEqual([]);
  });
});
