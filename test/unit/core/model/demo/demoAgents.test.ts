import { betaTool } from "@anthropic-ai/sdk/helpers/beta/json-schema";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { answer } from "../../../../../src/core/model/demo/brain.ts";
import { Conversation } from "../../../../../src/core/model/demo/conversation.ts";
import { describeTask } from "../../../../../src/core/model/demo/demoTask.ts";
import { createTemporaryFolder } from "../../../../support/temporaryFolder.ts";
import { runDemo, type Tools, workspaceTools } from "./demoRun.ts";
import { taskOf } from "./demoSequence.ts";

/** Tools that are offered and always denied. */
function denied(...names: string[]): Tools {
  return names.map((name) =>
    betaTool({
      name,
      description: name,
      inputSchema: { type: "object" },
      run: () => Promise.reject(new Error("The user has denied this.")),
    }),
  ) as Tools;
}

describe("a task that is not the demo's own", () => {
  it("ends with facts of the folder and says that it is a demo", async () => {
    await using folder = await createTemporaryFolder();
    await folder.write({ "src/a.ts": "// trends\n", "b.md": "x\n" });
    const run = await runDemo({
      task: "Research AI trends",
      tools: workspaceTools([{ name: "f", path: folder.path }]),
    });
    expect(run.text).toContain("Demo model, not an AI");
    expect(run.text).toContain("> Research AI trends");
    expect(run.text).toContain("2 files, 12 bytes in total.");
    expect(run.text).toContain("- `trends` in `src/a.ts`: 1 line, first in line 1: `// trends`");
    expect(run.turns).toBe(2);
    expect(await folder.files()).toEqual(["b.md", "src/a.ts"]);
  });

  it("writes its Markdown output file and nothing else", async () => {
    await using folder = await createTemporaryFolder();
    const step = { title: "Research", description: "Research AI trends", outputFile: "docs/research.md" };
    const run = await runDemo({
      task: taskOf("Research AI trends", step),
      tools: workspaceTools([{ name: "f", path: folder.path }]),
    });
    expect(run.called.at(-1)).toBe("write_md");
    expect(run.text).toContain("`docs/research.md` is written");
    expect(await folder.read("docs/research.md")).toMatch(/^# Demo output\n\n\*Demo model, not an AI/);
  });

  it("leaves an output file of another kind to its caller, as text", async () => {
    const step = { title: "T", description: "D", outputFile: "numbers.csv" };
    const run = await runDemo({ task: taskOf("G", step), tools: denied("write_md") });
    expect(run.called).toEqual([]);
    expect(run.text).toContain("Demo model, not an AI");
  });

  it("tells which results came with it", async () => {
    const results = "\n# Results of the steps before\n\n## Result of step one: The first\n\nabc\n";
    const run = await runDemo({ task: taskOf("G", { title: "T", description: "D" }, results), tools: [] });
    expect(run.text).toContain("- `one`, `The first`: 3 characters");
  });
});

describe("an agent whose tools fail it", () => {
  const goal = "Research trends";

  it.each(["inventory", "documentation", "open-ends"] as const)(
    "says for %s what was denied and ends",
    async (kind) => {
      const run = await runDemo({ task: describeTask(kind, goal), tools: denied("glob", "grep", "read") });
      expect(run.text).toContain("the tool answered: `Error: The user has denied this.`");
      expect(run.turns).toBe(2);
    },
  );

  it.each(["inventory", "documentation", "open-ends"] as const)(
    "says for %s what was not offered, without calling it",
    async (kind) => {
      const run = await runDemo({ task: describeTask(kind, goal), tools: [] });
      expect(run.text).toMatch(/the tool `(glob|grep)` was not offered to this agent/);
      expect(run.called).toEqual([]);
      expect(run.turns).toBe(1);
    },
  );

  it("gives the report as text when it may not write it", async () => {
    const task = taskOf(goal, { title: "Report", description: describeTask("report", goal), outputFile: "r.md" });
    const run = await runDemo({ task, tools: denied("write_md") });
    expect(run.text).toContain("I could not write `r.md` myself");
    expect(run.text).toContain("# Demo report");
    expect(run.turns).toBe(2);
  });

  it("plans without looking when there is nothing to look with", async () => {
    let plan: unknown;
    const submit = betaTool({
      name: "submit_plan",
      description: "x",
      inputSchema: { type: "object" },
      run: (input) => {
        plan = input;
        return "accepted";
      },
    });
    const run = await runDemo({ task: "# Goal\n\nAny", tools: [submit] as Tools });
    expect(run.called).toEqual(["submit_plan"]);
    expect(plan).toMatchObject({
      steps: [{ id: "inventory" }, { id: "documentation" }, { id: "open-ends" }, { id: "report" }],
    });
  });
});

describe("files that make reading hard", () => {
  it("reads the beginning of a README that is too large, and says what cannot be read", async () => {
    await using folder = await createTemporaryFolder();
    await folder.write({
      "README.md": `# Big\n\n## First\n\n${"text\n".repeat(80_000)}# Too far\n`,
      "package.json": "{ broken",
      Makefile: new Uint8Array([0, 1, 2]),
    });
    const run = await runDemo({
      task: describeTask("documentation", "x"),
      tools: workspaceTools([{ name: "f", path: folder.path }]),
    });
    expect(run.text).toContain(
      "Outline of `README.md` (the first 400 lines were read, 2 headings):\n\n- Big\n  - First",
    );
    expect(run.text).toContain("- `package.json`: it is not valid JSON");
    expect(run.text).toContain(
      "- `Makefile` could not be read: the tool answered: `Error: Makefile is not a text file`",
    );
    expect(run.turns).toBe(4);
  });

  it("knows an empty README and one without headings", async () => {
    await using folder = await createTemporaryFolder();
    const tools = workspaceTools([{ name: "f", path: folder.path }]);
    await folder.write({ "readme.txt": "just text\n" });
    expect((await runDemo({ task: describeTask("documentation", "x"), tools })).text).toContain(
      "`readme.txt` (1 line) has no headings.",
    );
    await folder.write({ "README.md": "" });
    expect((await runDemo({ task: describeTask("documentation", "x"), tools })).text).toContain(
      "`README.md` is empty.",
    );
  });
});

describe("a message that comes in later", () => {
  it("is told to be beyond the demo, and ends the agent", async () => {
    await using folder = await createTemporaryFolder();
    const first = await runDemo({
      task: describeTask("inventory", "x"),
      tools: workspaceTools([{ name: "f", path: folder.path }]),
    });
    const reply = answer(
      new Conversation({ tools: [], messages: [...first.messages, { role: "user", content: "Now sing" }] as never }),
    );
    expect(reply.calls).toEqual([]);
    expect(reply.text).toContain("> Now sing");
    expect(reply.text).toContain("There are no files.");
  });

  it("makes a planner that has not planned yet submit its plan", () => {
    const tools = [{ name: "submit_plan", input_schema: {} }];
    const messages = [
      { role: "user", content: "# Goal\n\nAny" },
      { role: "assistant", content: "Hm." },
      { role: "user", content: "Call `submit_plan` now." },
    ] as never;
    expect(answer(new Conversation({ tools, messages })).calls.map((call) => call.tool)).toEqual(["submit_plan"]);
  });
});

describe("every conversation", () => {
  const tool = fc.constantFrom("glob", "grep", "read", "write_md", "submit_plan");
  const task = fc.oneof(
    fc.string({ unit: "binary" }),
    fc
      .constantFrom("inventory", "documentation", "open-ends", "report")
      .map((kind) => `${describeTask(kind as "report", "a goal of words")}\n\nOutput file: a.md\n`),
  );

  it("ends after at most eight turns, whatever the tools answer", () => {
    fc.assert(
      fc.property(
        task,
        fc.uniqueArray(tool),
        fc.func(fc.string()),
        fc.func(fc.boolean()),
        (text, offered, result, isError) => {
          const tools = offered.map((name) => ({ name, input_schema: { properties: { summary: {} } } }));
          const messages: object[] = [{ role: "user", content: text }];
          let turns = 0;
          for (let calls = 1; calls > 0; turns += 1) {
            expect(turns).toBeLessThan(9);
            const reply = answer(new Conversation({ tools, messages: messages as never }));
            calls = reply.calls.length;
            expect(reply.calls.every((call) => offered.includes(call.tool as "glob"))).toBe(true);
            expect(reply.text.trim()).not.toBe("");
            const id = (at: number): string => `toolu_${turns}_${at}`;
            messages.push(
              {
                role: "assistant",
                content: reply.calls.map((call, at) => ({
                  type: "tool_use",
                  id: id(at),
                  name: call.tool,
                  input: call.input,
                })),
              },
              {
                role: "user",
                content: reply.calls.map((_, at) => ({
                  type: "tool_result",
                  tool_use_id: id(at),
                  content: result(turns, at),
                  is_error: isError(turns, at),
                })),
              },
            );
          }
        },
      ),
    );
  });
});
