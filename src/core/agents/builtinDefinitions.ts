import analyst from "./builtin/analyst.md";
import coder from "./builtin/coder.md";
import planner from "./builtin/planner.md";
import researcher from "./builtin/researcher.md";
import reviewer from "./builtin/reviewer.md";
import tester from "./builtin/tester.md";
import writer from "./builtin/writer.md";
import type { AgentDefinition } from "./agentDefinition.ts";
import { parseAgentDefinition } from "./definitionFile.ts";

/** The agents every workspace has, in the users' own file format. */
export function builtinDefinitions(): AgentDefinition[] {
  return [planner, researcher, writer, reviewer, coder, tester, analyst].map((text) =>
    parseAgentDefinition(text, "builtin"),
  );
}
