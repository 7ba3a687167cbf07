import { describe, expect, it } from "vitest";
import { readSearchHits } from "../../../../../src/core/model/demo/searchHits.ts";

describe("readSearchHits", () => {
  it("sorts by path and line and counts files", () => {
    const found = readSearchHits("b.ts:10:x\nb.ts:9:y: z\na b.ts:1:\n");
    expect(found.hits).toEqual([
      { path: "a b.ts", line: 1, text: "" },
      { path: "b.ts", line: 9, text: "y: z" },
      { path: "b.ts", line: 10, text: "x" },
    ]);
    expect(found.files).toEqual(["a b.ts", "b.ts"]);
    expect(found.cut).toBe(false);
  });

  it("knows that nothing matched and that output was cut", () => {
    expect(readSearchHits("no matches")).toEqual({ hits: [], files: [], cut: false });
    expect(readSearchHits("a:1:x\n[output truncated at 102400 bytes]").cut).toBe(true);
  });

  it("takes lines with other line ends in them", () => {
    expect(readSearchHits("a.txt:1:x\r\nb.txt:2:y\u2028z").hits.map((hit) => hit.text)).toEqual(["x\r", "y\u2028z"]);
  });

  it("leaves out reports of earlier demo runs", () => {
    const found = readSearchHits(
      "demo-report-x.md:1:TODO\nfolder/demo-report-y-2.md:1:TODO\nmy-demo-report-x.md:1:TODO",
    );
    expect(found.files).toEqual(["my-demo-report-x.md"]);
  });
});
