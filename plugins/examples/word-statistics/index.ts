import { BasePlugin, type PluginContext, type PluginMetadata } from "ai-orchestrator/plugin";
import { statisticsOf } from "./statistics.ts";

/** Gives agents a tool that measures Markdown reports, so that they need not guess how long a text is. */
export default class WordStatistics extends BasePlugin {
  readonly metadata: PluginMetadata = {
    name: "word_statistics",
    version: "1.0.0",
    description: "Words, sentences and reading time of Markdown files.",
    permissions: ["files:read:**/*.md"],
    agentTypes: ["writer", "reviewer"],
    configSchema: {
      type: "object",
      properties: { wordsPerMinute: { type: "number", exclusiveMinimum: 0 } },
    },
  };

  override async initialize(config: { wordsPerMinute?: number }, context: PluginContext) {
    context.registerTool({
      name: "measure",
      description: "Measures a Markdown file of the workspace: words, sentences, headings, minutes to read.",
      inputSchema: {
        type: "object",
        properties: { path: { type: "string", description: "Workspace path of the file, such as report.md." } },
        required: ["path"],
        additionalProperties: false,
      },
      run: async ({ path }: { path: string }, { workspace }: PluginContext) =>
        statisticsOf(await workspace.read(path), config.wordsPerMinute ?? 200),
    });
  }
}
