/** A tool as the model and the SDK's runner see it. */
import type { Anthropic } from "@anthropic-ai/sdk";
import { z } from "zod";
import type { AgentTool } from "./tool.ts";

/** What the SDK's tool runner takes; it validates nothing, so `parse` passes on and the door validates. */
export type RunnableTool = Pick<Anthropic.Beta.BetaTool, "name" | "description" | "input_schema"> & {
  parse(input: unknown): unknown;
  run(input: unknown, context?: { readonly toolUse: { readonly id: string } }): Promise<string>;
};

/** The input's JSON schema: the tool's own, or made from what validates it. */
export function jsonSchemaOf(tool: AgentTool<never> | AgentTool): RunnableTool["input_schema"] {
  const { $schema: _, ...schema } = tool.jsonSchema ?? z.toJSONSchema(tool.inputSchema, { io: "input" });
  return { ...schema, type: "object" };
}
