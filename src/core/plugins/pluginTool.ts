/** A plugin's tool as agents have it: `plugin__NAME__TOOL`. Nobody but a rule or a person allows its calls. */
import { z } from "zod";
import type { AgentTool, ToolCallContext, ToolIntent, ToolOutcome } from "../tools/tool.ts";
import { OrchestratorError } from "../errors.ts";
import type { Plugin } from "./plugin.ts";

/** A longer result is cut: an agent pays for every character of it, at every turn. */
const RESULT_CHARACTERS = 64 * 1024;
const SUBJECT_CHARACTERS = 2000;

const inputSchema = z.record(z.string(), z.unknown());
const ANY_INPUT = { type: "object", properties: {}, additionalProperties: true };
/** The tool that every plugin with a function `execute` is. */
export const EXECUTE = "execute";

export function pluginToolName(plugin: string, tool: string): string {
  return `plugin__${plugin}__${tool}`;
}

/** Told that an agent waits for a tool, until that is disposed. */
export type Waits = (agentId: string) => Disposable | undefined;

/** All tools of a running plugin. */
export function pluginTools(plugin: Plugin, waits: Waits = () => undefined): AgentTool<never>[] {
  const registered = [...plugin.tools.values()].map(
    ({ name, description, jsonSchema }) => new PluginTool(plugin, name, description, jsonSchema, waits),
  );
  const executes = plugin.executes && !plugin.tools.has(EXECUTE);
  const own = executes ? [new PluginTool(plugin, EXECUTE, plugin.metadata?.description ?? "", ANY_INPUT, waits)] : [];
  return [...registered, ...own] as unknown as AgentTool<never>[];
}

class PluginTool implements AgentTool<z.infer<typeof inputSchema>> {
  readonly name: string;
  readonly description: string;
  readonly inputSchema = inputSchema;
  readonly jsonSchema: Record<string, unknown>;
  readonly #plugin: Plugin;
  readonly #tool: string;
  readonly #waits: Waits;

  constructor(plugin: Plugin, tool: string, description: string, jsonSchema: Record<string, unknown>, waits: Waits) {
    this.#waits = waits;
    this.name = pluginToolName(plugin.name, tool);
    this.description = description;
    this.jsonSchema = jsonSchema;
    this.#plugin = plugin;
    this.#tool = tool;
  }

  intent(input: z.infer<typeof inputSchema>): ToolIntent {
    const shown = JSON.stringify(input);
    const cut = shown.length > SUBJECT_CHARACTERS ? `${shown.slice(0, SUBJECT_CHARACTERS)}…` : shown;
    return { access: "none", subject: `${this.name} ${cut}` };
  }

  /** What the plugin reads here it may use anywhere, and what it has read may be in its answer. */
  async run(input: z.infer<typeof inputSchema>, context: ToolCallContext): Promise<ToolOutcome> {
    const plugin = this.#plugin;
    for (const source of context.taint) plugin.taint.add(source);
    using _ = this.#waits(context.agentId);
    try {
      const value =
        this.#tool === EXECUTE && !plugin.tools.has(EXECUTE)
          ? await plugin.call("execute", context.sessionId, { input }, context.signal)
          : await plugin.call("tool", context.sessionId, { tool: this.#tool, input }, context.signal);
      return { content: textOf(value), taint: [...plugin.taint] };
    } catch (error) {
      if (!(error instanceof OrchestratorError) || error.code !== "plugin.failed") throw error;
      const { detail } = error.params as { detail: string };
      return {
        content: `The plugin ${plugin.name} failed: ${textOf(detail)}`,
        isError: true,
        taint: [...plugin.taint],
      };
    }
  }
}

function textOf(value: unknown): string {
  const text = typeof value === "string" ? value : value === undefined ? "done" : JSON.stringify(value);
  if (text.length <= RESULT_CHARACTERS) return text === "" ? "done" : text;
  return `${text.slice(0, RESULT_CHARACTERS)}\n[cut after ${RESULT_CHARACTERS} of ${text.length} characters]`;
}
