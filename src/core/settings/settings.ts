/**
 * The one list of settings. `config.json`, VS Code's `contributes.configuration` and the command line's
 * flags are all checked against it by tests, so a setting is typed exactly once.
 */
import { z } from "zod";
import { PROVIDERS } from "./providers.ts";

/** An allow, ask or deny for tool calls. See policy/rules.ts for how one is matched. */
export const approvalRuleSchema = z.strictObject({
  tool: z.string().min(1),
  decision: z.enum(["allow", "ask", "deny"]),
  /** Whole argv for `bash`; `*` stands for one or more arguments, never for the program. */
  argv: z.array(z.string()).min(1).optional(),
  /** Glob over workspace paths for file tools. */
  path: z.string().min(1).optional(),
  /** For search_web and fetch_web: only these domains. */
  domains: z.array(z.string()).optional(),
  maxUses: z.number().int().positive().optional(),
});
export type ApprovalRule = z.infer<typeof approvalRuleSchema>;

/** US dollars per million tokens. */
export const priceSchema = z.strictObject({
  input: z.number().nonnegative(),
  output: z.number().nonnegative(),
  cacheWrite: z.number().nonnegative().optional(),
  cacheRead: z.number().nonnegative().optional(),
});
export type Price = z.infer<typeof priceSchema>;

/** Every setting with its default and description. Descriptions are what VS Code's settings UI shows. */
export const settingsSchema = z.strictObject({
  $schema: z.string().optional(),
  provider: z
    .enum(PROVIDERS)
    .default("auto")
    .describe(
      "Which model access to use: auto takes an API key when there is one and otherwise the built-in demo model.",
    ),
  baseUrl: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe("Base URL of a server that speaks the Messages API, such as a gateway or a local model server."),
  model: z.string().min(1).default("claude-sonnet-5-5").describe("Model of the agents."),
  plannerModel: z.string().min(1).optional().describe("Model of the planner; the agents' model when not set."),
  maxConcurrentAgents: z
    .number()
    .int()
    .min(1)
    .max(64)
    .default(4)
    .describe("How many agents of a session run at the same time."),
  maxTurns: z.number().int().min(1).max(200).default(20).describe("Most model turns one agent may take."),
  maxOutputTokens: z
    .number()
    .int()
    .min(256)
    .max(128_000)
    .default(32_000)
    .describe("Most tokens the model may write in one turn."),
  agentTimeoutMinutes: z.number().positive().max(1440).default(30).describe("An agent that runs longer is stopped."),
  agentIdleTimeoutSeconds: z
    .number()
    .positive()
    .max(3600)
    .default(120)
    .describe("An agent whose model sends nothing for so long is retried, then stopped."),
  maxRetries: z.number().int().min(0).max(20).default(4).describe("How often a failed model request is sent again."),
  "approvals.rules": z.array(approvalRuleSchema).default([]).describe("Rules that allow, ask for or deny tool calls."),
  "approvals.timeoutMinutes": z
    .number()
    .positive()
    .max(1440)
    .default(30)
    .describe("How long a question waits for an answer."),
  prices: z
    .record(z.string(), priceSchema)
    .default({})
    .describe("Prices of models in US dollars per million tokens, replacing the built-in table."),
  trustedFolders: z
    .array(z.string())
    .default([])
    .describe("Folders whose own agents and instruction files are loaded."),
  "snapshots.maxFileSizeMb": z
    .number()
    .positive()
    .max(1024)
    .default(2)
    .describe("Files larger than so many megabytes are left out of snapshots, unless an agent changes them."),
  "snapshots.quotaGb": z
    .number()
    .positive()
    .max(10_000)
    .default(2)
    .describe("How many gigabytes snapshots may take on the disk; the oldest are removed first, never sessions."),
  "snapshots.exclude": z
    .array(z.string().min(1))
    // What package managers bring and programs make anew, also where no .gitignore says so.
    .default(["node_modules/", ".venv/", "__pycache__/"])
    .describe("Patterns, as in a .gitignore, of files that are left out of snapshots besides those git ignores."),
  "dashboard.port": z
    .number()
    .int()
    .min(0)
    .max(65_535)
    .default(8080)
    .describe("Port of this machine the dashboard is served at; 0 takes one that is free."),
  "dashboard.control": z
    .boolean()
    .default(false)
    .describe("Let the dashboard that VS Code starts stop sessions and answer questions, not only show them."),
  "plugins.folder": z
    .string()
    .min(1)
    .default(".ai-orchestrator/plugins")
    .describe("Folder, within each trusted workspace folder, whose plugins are offered."),
  "plugins.configuration": z
    .record(z.string(), z.record(z.string(), z.unknown()))
    .default({})
    .describe("Configuration of plugins by their names; each plugin says what it takes."),
  "otel.enabled": z
    .boolean()
    .default(false)
    .describe(
      "Tell OpenTelemetry what sessions do, without what is said. Spans go where the SDK the program was started with sends them; without one nowhere.",
    ),
  "monitor.openOnRun": z.boolean().default(true).describe("Open the live monitor when a goal is started in VS Code."),
  verbose: z.boolean().default(false).describe("Write debug lines to the log."),
});

export type SettingsValues = z.infer<typeof settingsSchema>;
export type SettingName = Exclude<keyof SettingsValues, "$schema">;

/** The effective settings of one host, read at the moment of use so that a change takes effect. */
export interface Settings {
  get<Name extends SettingName>(name: Name): SettingsValues[Name];
}
