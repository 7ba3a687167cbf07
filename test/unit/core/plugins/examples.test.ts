/** The plugins of plugins/examples, as they are, in real processes. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { oneStep } from "../../../support/goalScenarios.ts";
import { say, useTool } from "../../../support/modelServerReplies.ts";
import { PluginScene } from "../../../support/pluginScene.ts";

const EXAMPLES = new URL("../../../../plugins/examples/", import.meta.url).pathname;

/** Files of an example by their paths in a plugins folder. */
function example(name: string): Record<string, string> {
  if (name.endsWith(".js")) return { [name]: readFileSync(join(EXAMPLES, name), "utf8") };
  const files = readdirSync(join(EXAMPLES, name));
  return Object.fromEntries(files.map((file) => [`${name}/${file}`, readFileSync(join(EXAMPLES, name, file), "utf8")]));
}

describe("the example plugins", () => {
  it("measure a report", async () => {
    const report =
      "---\ntitle: x\n---\n# A report\n\nIt has nine words, a [link](https://x.org). Done!\n\n```\nno words here\n```\n";
    await using scene = await PluginScene.start({
      plugins: example("word-statistics"),
      files: { "report.md": report },
      settings: { "plugins.configuration": { word_statistics: { wordsPerMinute: 5 } } },
      script: oneStep([useTool("plugin__word_statistics__measure", { path: "report.md" }), say("Done.")], {
        agentType: "writer",
      }),
    });
    await scene.run();
    const [result] = scene.results("plugin__word_statistics__measure");
    expect(JSON.parse(result?.content ?? "")).toEqual({ words: 9, sentences: 2, headings: 1, readingMinutes: 2 });
  });

  it("bring a fact checker that plans can use, with its own tool", async () => {
    await using scene = await PluginScene.start({
      plugins: example("fact-checker"),
      files: { "report.md": "It is nice.\nThere are 12 files. The entry is `main.ts`. Good.\n" },
      script: oneStep([useTool("plugin__fact_checker__claims", { path: "report.md" }), say("| claim |")], {
        agentType: "fact-checker",
      }),
    });
    await scene.run();
    const [result] = scene.results("plugin__fact_checker__claims");
    expect(JSON.parse(result?.content ?? "")).toEqual([
      { line: 2, claim: "There are 12 files." },
      { line: 2, claim: "The entry is `main.ts`." },
    ]);
    expect(scene.all("workflow_completed")).toHaveLength(1);
  });

  it("write a changelog entry when a goal is reached", async () => {
    await using scene = await PluginScene.start({
      plugins: example("changelog-entry.js"),
      files: { "CHANGELOG.md": "# Changelog\n\n- before\n" },
      script: oneStep([useTool("write", { file_path: "a.txt", content: "a" }), say("Done.")]),
    });
    await scene.run();
    expect(await scene.test.workspace.read("CHANGELOG.md")).toBe(
      "# Changelog\n\n- 2026-01-01: Use the plugins (a.txt)\n- before\n",
    );
  });
});
