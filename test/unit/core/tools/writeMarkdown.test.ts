import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PathGuard } from "../../../../src/core/policy/pathGuard.ts";
import { FileChanges } from "../../../../src/core/tools/fileChanges.ts";
import { FileLocks } from "../../../../src/core/tools/fileLocks.ts";
import {
  markdownPath,
  tidyMarkdown,
  withFrontMatter,
  WriteMarkdownTool,
} from "../../../../src/core/tools/writeMarkdown.ts";
import { createTemporaryFolder, type TemporaryFolder } from "../../../support/temporaryFolder.ts";
import { Call, is } from "./toolHarness.ts";

describe("the tool", () => {
  let disk: TemporaryFolder;
  let call: Call;
  let tool: WriteMarkdownTool;

  beforeEach(async () => {
    disk = await createTemporaryFolder();
    await disk.write({ "work/a.md": "old\n" });
    const guard = new PathGuard({ folders: [{ name: "work", path: disk.join("work") }], home: disk.join("home") });
    call = new Call(guard);
    tool = new WriteMarkdownTool(new FileChanges({ guard, locks: new FileLocks() }));
  });

  afterEach(() => disk[Symbol.asyncDispose]());

  it("writes a tidy document under a Markdown name", async () => {
    expect(await call.run(tool, { path: "docs/report", content: "# Title \r\n\r\ntext" })).toMatchObject({
      content: "created docs/report.md (14 bytes)",
      effects: [{ path: "docs/report.md", change: "created" }],
    });
    expect(await disk.read("work/docs/report.md")).toBe("# Title\n\ntext\n");
    expect(call.begun).toEqual([{ preImages: [{ path: "docs/report.md", after: is("# Title\n\ntext\n").after }] }]);
  });

  it("asks for the path it will write", () => {
    expect(tool.intent({ path: "x.txt", content: "" })).toEqual({
      access: "write",
      paths: ["x.txt.md"],
      subject: "x.txt.md",
    });
  });

  it("adds front matter when asked", async () => {
    await call.run(tool, {
      path: "a.md",
      content: "# A",
      front_matter: { title: "A: b", tags: ["x", "y"], draft: true },
    });
    expect(await disk.read("work/a.md")).toBe('---\ntitle: "A: b"\ntags:\n  - x\n  - y\ndraft: true\n---\n\n# A\n');
  });

  it("does nothing when the document is the same", async () => {
    expect(await call.run(tool, { path: "a.md", content: "old   " })).toEqual({
      content: "a.md has this content already; nothing was changed.",
    });
  });

  it.each([
    { path: "a" },
    { path: "", content: "" },
    { path: "a", content: "x", front_matter: "title: x" },
    { path: "a", content: "x", front_matter: { a: { b: 1 } } },
    { path: "a", content: "x", title: "x" },
  ])("does not take %j", (input) => {
    expect(tool.inputSchema.safeParse(input).success).toBe(false);
  });
});

it.each([
  ["a", "a.md"],
  ["a.md", "a.md"],
  ["a.MD", "a.MD"],
  ["a.markdown", "a.markdown"],
  ["a.txt", "a.txt.md"],
  ["v1.2", "v1.2.md"],
])("names %s %s", (path, expected) => {
  expect(markdownPath(path)).toBe(expected);
});

describe("a tidy document", () => {
  it.each([
    ["", "\n"],
    ["a", "a\n"],
    ["a\n\n\n", "a\n"],
    ["\ufeffa\r\nb\rc", "a\nb\nc\n"],
    ["a  \n\tb\t \n", "a\n\tb\n"],
    ["```ts\ncode  \n```  \ntext  ", "```ts\ncode  \n```\ntext\n"],
    ["~~~\n```  \n~~~\na ", "~~~\n```  \n~~~\na\n"],
    ["````\n```\ncode  \n````\na ", "````\n```\ncode  \n````\na\n"],
    ["- ```\n  code  \n  ```\na ", "- ```\n  code  \n  ```\na\n"],
    ["> ```\n> code  \n> ```\na ", "> ```\n> code  \n> ```\na\n"],
    ["```not a fence``` \na ", "```not a fence```\na\n"],
    ["```\nopen  \n", "```\nopen\n"],
  ])("of %j is %j", (content, expected) => {
    expect(tidyMarkdown(content)).toBe(expected);
  });

  it("stays as it is", () => {
    const line = fc.constantFrom("text", "text  ", "```", "```ts", "~~~", "````", "", "  ", "- item \t", "\r", "> ```");
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const tidy = tidyMarkdown(lines.join("\n"));
        expect(tidyMarkdown(tidy)).toBe(tidy);
        expect(tidy).toMatch(/[^\n]\n$|^\n$/);
        expect(tidy).not.toContain("\r");
      }),
    );
  });
});

describe("front matter", () => {
  it("is merged into what is there, the given fields winning", () => {
    expect(withFrontMatter("---\ntitle: old\nlang: en\n---\n\n# A\n", { title: "new" })).toBe(
      "---\ntitle: new\nlang: en\n---\n\n# A\n",
    );
    expect(withFrontMatter("# A\n\n---\nx: 1\n---\n", { a: 1 })).toBe("---\na: 1\n---\n\n# A\n\n---\nx: 1\n---\n");
    expect(withFrontMatter("---\n---\ntext\n", { a: 1 })).toBe("---\na: 1\n---\n\ntext\n");
  });

  it.each(["---\n- a\n- b\n---\n", "---\na: [\n---\n"])(
    "that is no list of fields is not guessed at: %j",
    (content) => {
      expect(() => withFrontMatter(content, { a: 1 })).toThrow("front matter");
    },
  );
});
