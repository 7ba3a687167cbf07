/** Reads one agent definition: YAML front matter and the system prompt as body. */
import { parse as parseYaml } from "yaml";
import { z } from "zod";
import { messageOf, OrchestratorError } from "../errors.ts";
import { agentFrontMatterSchema, type AgentDefinition } from "./agentDefinition.ts";

/** Tool names of other products' agent files, as ours. */
const TOOL_ALIASES: Readonly<Record<string, string>> = {
  Read: "read",
  Write: "write",
  Edit: "edit",
  MultiEdit: "edit",
  Glob: "glob",
  Grep: "grep",
  LS: "glob",
  Bash: "bash",
  WebSearch: "search_web",
  WebFetch: "fetch_web",
};

/** What an agent gets whose file names no tools: the workspace, nothing that leaves it. */
export const DEFAULT_TOOLS: readonly string[] = ["read", "glob", "grep", "write", "edit", "write_md"];

/**
 * @param origin `builtin` or the file's path, for diagnostics
 * @param fallbackName name when the front matter has none, as some other formats allow
 * @throws OrchestratorError `agent.invalidDefinition`
 */
export function parseAgentDefinition(text: string, origin: string, fallbackName?: string): AgentDefinition {
  const match = /^\uFEFF?---\r?\n([\s\S]*?)\r?\n---[ \t]*(?:\r?\n|$)([\s\S]*)$/.exec(text);
  if (!match) throw invalid(origin, "it must begin with YAML front matter between two lines of ---");
  let frontMatter: unknown;
  try {
    // Warnings would go to stderr; what matters is an error.
    frontMatter = parseYaml(match[1] ?? "", { logLevel: "error" });
  } catch (error) {
    throw invalid(origin, messageOf(error).split("\n")[0] ?? "the front matter is not YAML");
  }
  if (typeof frontMatter !== "object" || frontMatter === null || Array.isArray(frontMatter)) {
    throw invalid(origin, "the front matter must be a mapping with name and description");
  }
  const fields = { ...(fallbackName ? { name: fallbackName } : {}), ...frontMatter } as Record<string, unknown>;
  // Other formats write the list as one string: "Read, Grep".
  if (typeof fields["tools"] === "string") fields["tools"] = fields["tools"].split(",").map((tool) => tool.trim());
  const parsed = agentFrontMatterSchema.safeParse(fields);
  if (!parsed.success) throw invalid(origin, z.prettifyError(parsed.error).replaceAll("\n", " "));
  const systemPrompt = (match[2] ?? "").trim();
  if (!systemPrompt) throw invalid(origin, "the body, which is the system prompt, is empty");
  const { name, description, tools, model, maxTurns } = parsed.data;
  return {
    name,
    description,
    systemPrompt,
    tools: [...new Set((tools ?? DEFAULT_TOOLS).filter(Boolean).map((tool) => TOOL_ALIASES[tool] ?? tool))],
    ...(model && model !== "inherit" ? { model } : {}),
    ...(maxTurns ? { maxTurns } : {}),
    origin,
  };
}

function invalid(path: string, detail: string): OrchestratorError {
  return new OrchestratorError("agent.invalidDefinition", { path, detail });
}
