import { BasePlugin } from "ai-orchestrator/plugin";
import { claimsOf } from "./claims.js";

/** Brings an agent that checks what a text claims against the files of the workspace. */
export default class FactChecker extends BasePlugin {
  metadata = {
    name: "fact_checker",
    version: "1.0.0",
    description: "An agent that checks the claims of a text against the files of the workspace.",
    permissions: ["files:read"],
    agentTypes: [],
  };

  async initialize(_config, context) {
    context.registerTool({
      name: "claims",
      description:
        "Lists the sentences of a text file that can be checked: those with numbers, names of files or quotations.",
      inputSchema: { type: "object", properties: { path: { type: "string" } }, required: ["path"] },
      run: async ({ path }, { workspace }) => claimsOf(await workspace.read(path)),
    });
    context.registerAgentType({
      name: "fact-checker",
      description: "Checks every claim of a text against the files of the workspace.",
      systemPrompt: [
        "You check facts. First call the tool that lists the claims of the text you are given.",
        "For each claim look for evidence in the workspace: read, search, compare. Never judge from memory.",
        "Answer with a Markdown table: claim, verdict (true, false, not found), evidence with its path and line.",
        "What you cannot find evidence for is `not found`, even if you believe it.",
      ].join("\n"),
      tools: ["read", "glob", "grep", "claims"],
    });
  }
}
