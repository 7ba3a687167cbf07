/**
 * Runs a file tool of the SDK's agent toolset: loaded when first used, because the SDK costs start-up time,
 * and with its failures as ours.
 */
import type { GuardedPath } from "../policy/pathGuard.ts";
import { ToolFailure } from "./tool.ts";

type Toolset = typeof import("@anthropic-ai/sdk/tools/agent-toolset/node");
type ToolName = "betaReadTool" | "betaWriteTool" | "betaEditTool" | "betaGrepTool";

/**
 * The tool's answer. It is confined once more, to the real path of the folder.
 *
 * @throws ToolFailure with the SDK's words, the path in workspace form
 */
export async function runSdkTool(
  name: ToolName,
  path: GuardedPath,
  input: Record<string, unknown>,
  signal: AbortSignal,
): Promise<string> {
  const toolset: Toolset = await import("@anthropic-ai/sdk/tools/agent-toolset/node");
  const tool = toolset[name]({ workdir: path.root });
  try {
    // The call that is served is only handed on to tools that look at it; these do not.
    const result = await tool.run(input, { signal } as Parameters<typeof tool.run>[1]);
    return typeof result === "string" ? result : JSON.stringify(result);
  } catch (error) {
    const content =
      error instanceof Error && "content" in error && typeof error.content === "string" ? error.content : undefined;
    if (content === undefined) throw error;
    throw new ToolFailure(content.replaceAll(path.absolute, path.workspacePath), { cause: error });
  }
}
