/** Loaded when the first call fails: the SDK costs start-up time, and bundlers keep only what is named here. */
import { ToolError } from "@anthropic-ai/sdk/helpers/beta/toolsets";

/** What a tool throws so that the SDK's runner hands the model `content` as it is, marked as an error. */
export function createToolError(content: string): ToolError {
  return new ToolError(content);
}
