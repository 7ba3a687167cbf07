/**
 * The types of `ai-orchestrator/plugin`, which a build copies to plugin.d.ts. Everything a plugin does beyond computing goes through its `context`, and each
 * method names the permission it needs.
 */

/** What a plugin says of itself. */
export interface PluginMetadata {
  /** 1 to 32 letters, digits, `_` or `-`, beginning with a letter; no `__` and no `_` at the end. Unique in the workspace. */
  readonly name: string;
  /** Semantic version, such as `1.0.0`. */
  readonly version: string;
  readonly description: string;
  readonly author?: string;
  /** Other plugins this one needs: `other_plugin` or `other_plugin@^1.2.0`. They are started before it. */
  readonly dependencies?: readonly string[];
  /**
   * What it may do: `files:read`, `files:write`, each also with a pattern (`files:read:docs/**`),
   * `network:api.example.com`, `process:git`, `agents:spawn`, `events:workflow_completed`.
   */
  readonly permissions?: readonly string[];
  /** Agents that get its tools, such as `researcher`. Default: all but the planner. */
  readonly agentTypes?: readonly string[];
  /** JSON schema or zod schema of its configuration (`plugins.configuration` in the user's settings). */
  readonly configSchema?: SchemaLike;
}

/** Anything JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };

export type PluginConfiguration = Readonly<Record<string, Json>>;

/** A JSON schema of an object, or a schema of zod (or of another library with Standard Schema and JSON schema). */
export type SchemaLike = object;

/** A tool that agents can call. They know it as `plugin__NAME__TOOL`. */
export interface PluginTool {
  /** 1 to 48 letters, digits, `_` or `-`, beginning with a letter; no `__` and no `_` at the end. */
  readonly name: string;
  /** Tells the model what it does and when to use it. */
  readonly description: string;
  readonly inputSchema: SchemaLike;
  /** Its result is told to the model: a text as it is, anything else as JSON. What it throws is told as an error. */
  run(input: unknown, context: PluginContext): unknown;
}

/** A kind of agent that plans can use, as in a definition file. */
export interface PluginAgentType {
  readonly name: string;
  readonly description: string;
  readonly systemPrompt: string;
  /** Names of tools: built-in ones, and the plugin's own by their short names. */
  readonly tools?: readonly string[];
  readonly model?: string;
  readonly maxTurns?: number;
}

/** An event as a plugin gets it; fields as in the session's log. */
export interface PluginEvent {
  readonly type: string;
  readonly sessionId: string;
  readonly timestamp: string;
  readonly [field: string]: unknown;
}

export interface PluginLogger {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

/** Files of the workspace, by workspace paths: relative to the folder, or `folder/…` with several. */
export interface PluginWorkspace {
  /** Text of a file. Needs `files:read`. */
  read(path: string): Promise<string>;
  /** Writes a text file, whole. Needs `files:write`, and a running session, so that it can be undone. */
  write(path: string, content: string): Promise<void>;
  /** Paths of the files that match, such as `docs/*.md`, newest first, at most 200. Needs `files:read`. */
  list(pattern: string): Promise<string[]>;
}

/** Small values that last, one store per plugin and workspace; 256 KB in all. */
export interface PluginState {
  get(key: string): Promise<Json | undefined>;
  set(key: string, value: Json): Promise<void>;
  delete(key: string): Promise<void>;
}

export interface PluginRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface PluginResponse {
  readonly status: number;
  readonly ok: boolean;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

export interface SpawnedAgent {
  readonly text: string;
  /** Files it wrote. */
  readonly outputs: readonly string[];
}

export interface CommandResult {
  readonly output: string;
  readonly ok: boolean;
}

/** What a plugin can do. The one given to a tool, a handler or `execute` belongs to a session. */
export interface PluginContext {
  /** The session this call belongs to; absent while the plugin is initialized. */
  readonly sessionId?: string;
  /** Only in `initialize`. */
  registerTool(tool: PluginTool): void;
  /** Only in `initialize`. */
  registerAgentType(agentType: PluginAgentType): void;
  /** Calls `handler` for every event of a type, or of all with `*`. Only in `initialize`. Needs `events:TYPE`. */
  onEvent(type: string, handler: (event: PluginEvent, context: PluginContext) => unknown): void;
  readonly state: PluginState;
  readonly logger: PluginLogger;
  readonly workspace: PluginWorkspace;
  /** Requests `http(s)` URLs of granted hosts. Needs `network:HOST`. */
  fetch(url: string, request?: PluginRequest): Promise<PluginResponse>;
  /** Runs a program with exactly these arguments, as the shell tool does: rules and approvals apply. Needs `process:PROGRAM`. */
  run(argv: readonly string[]): Promise<CommandResult>;
  /** Runs an agent in the session, inside its limits. Needs `agents:spawn`. */
  spawnAgent(request: { readonly agentType: string; readonly task: string }): Promise<SpawnedAgent>;
  /** Calls `execute` of a plugin named in `dependencies`. */
  usePlugin(name: string, input: Json): Promise<Json>;
}

/** The class every plugin extends and exports as default. */
export declare abstract class BasePlugin {
  abstract readonly metadata: PluginMetadata;
  /** Called once before anything else; registers tools, agents and handlers. */
  initialize(config: PluginConfiguration, context: PluginContext): Promise<void>;
  /** A plugin that has this is itself a tool, `plugin__NAME__execute`, and can be used by other plugins. */
  execute?(input: unknown, context: PluginContext): Promise<unknown>;
  /** Called before it is unloaded. */
  dispose(): Promise<void>;
}
