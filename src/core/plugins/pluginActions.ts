/**
 * What plugins ask for, checked and carried out. The only place where a wish of a plugin becomes an act:
 * whatever its process claims, it gets here as a method, parameters and the name of a session.
 */
import { z } from "zod";
import { agentFrontMatterSchema, type AgentDefinition } from "../agents/agentDefinition.ts";
import { DEFAULT_TOOLS } from "../agents/definitionFile.ts";
import type { PathGuard } from "../policy/pathGuard.ts";
import type { WorkspaceFolder } from "../ports.ts";
import type { Plugin } from "./plugin.ts";
import { fetchSchema } from "./pluginFetch.ts";
import { faultsOf, splitDependency, toolNameSchema } from "./pluginMetadata.ts";
import type { PluginRequest } from "./pluginRequests.ts";
import type { PluginScope } from "./pluginScope.ts";
import { PluginStates } from "./pluginStates.ts";
import { pluginToolName } from "./pluginTool.ts";
import { faultsOfInputSchema, MAXIMUM_NAME_CHARACTERS } from "./toolSchema.ts";

const MAXIMUM_TOOLS = 50;

const path = z.string().min(1).max(4096);
const key = z.string().min(1).max(200);
const schemas = {
  path: z.object({ path }),
  write: z.object({ path, content: z.string() }),
  list: z.object({ pattern: path }),
  run: z.object({ argv: z.array(z.string().max(8192)).min(1).max(200) }),
  key: z.object({ key }),
  entry: z.object({ key, value: z.json() }),
  use: z.object({ name: z.string(), input: z.unknown() }),
  event: z.object({ type: z.string().max(64) }),
  tool: z.object({
    name: toolNameSchema,
    description: z.string().min(1).max(4000),
    inputSchema: z.record(z.string(), z.unknown()),
  }),
  agentType: agentFrontMatterSchema.extend({ systemPrompt: z.string().min(1).max(100_000) }),
} as const;

export interface PluginActionsOptions {
  readonly states: PluginStates;
  /** The workspace folder a plugin lies in. */
  readonly folderOf: (plugin: Plugin) => WorkspaceFolder | undefined;
  /** The running plugin of a name in the same folders. */
  readonly find: (name: string, beside: Plugin) => Plugin | undefined;
}

export class PluginActions {
  readonly #options: PluginActionsOptions;
  readonly #scopes = new Map<string, { readonly scope: PluginScope; readonly plugins: ReadonlySet<Plugin> }>();

  constructor(options: PluginActionsOptions) {
    this.#options = options;
  }

  /** Lets these plugins act in a session until disposed. */
  open(scope: PluginScope, plugins: ReadonlySet<Plugin>): Disposable {
    this.#scopes.set(scope.sessionId, { scope, plugins });
    return { [Symbol.dispose]: () => void this.#scopes.delete(scope.sessionId) };
  }

  /** @throws Error whose message is told to the plugin */
  async perform(plugin: Plugin, { scope, method, params }: PluginRequest): Promise<unknown> {
    switch (method) {
      case "register.tool":
        return this.#registerTool(plugin, checked(schemas.tool, params));
      case "register.agentType":
        return this.#registerAgentType(plugin, checked(schemas.agentType, params));
      case "register.event": {
        const { type } = checked(schemas.event, params);
        registering(plugin);
        plugin.rights.check({ kind: "events", type });
        plugin.events.add(type);
        return undefined;
      }
      case "state.get": {
        const { value, taint } = await this.#options.states.get(this.#place(plugin), checked(schemas.key, params).key);
        for (const source of taint) plugin.taint.add(source);
        return value;
      }
      case "state.set": {
        const { key, value } = checked(schemas.entry, params);
        return this.#options.states.set(this.#place(plugin), key, value, plugin.taint);
      }
      case "state.delete":
        return this.#options.states.set(this.#place(plugin), checked(schemas.key, params).key, undefined, []);
      case "usePlugin": {
        const { name, input } = checked(schemas.use, params);
        // In a session it is an event of that like everything a plugin does.
        if (scope !== undefined) return this.#scopeOf(plugin, scope).use(plugin, { plugin: name, input });
        return this.usePlugin(plugin, undefined, name, input);
      }
      default:
        return this.#act(plugin, this.#scopeOf(plugin, scope), method, params);
    }
  }

  async #act(plugin: Plugin, scope: PluginScope, method: string, params: unknown): Promise<unknown> {
    switch (method) {
      case "workspace.read":
        return scope.read(plugin, await allowedPath(plugin, scope.guard, checked(schemas.path, params).path, "read"));
      case "workspace.write": {
        const { path, content } = checked(schemas.write, params);
        return scope.write(plugin, await allowedPath(plugin, scope.guard, path, "write"), content);
      }
      case "workspace.list": {
        const { pattern } = checked(schemas.list, params);
        plugin.rights.checkAny("files:read");
        return plugin.rights.useToSee(await scope.list(plugin, pattern));
      }
      case "fetch": {
        const input = checked(fetchSchema, params);
        plugin.rights.check({ kind: "network", host: new URL(input.url).host });
        return scope.fetch(plugin, input);
      }
      case "run": {
        const { argv } = checked(schemas.run, params);
        plugin.rights.use({ kind: "process", program: argv[0] ?? "" });
        return scope.run(plugin, argv);
      }
      case "spawnAgent":
        plugin.rights.use({ kind: "agents:spawn" });
        return scope.spawn(plugin, params);
      default:
        throw new Error(`there is nothing called ${method}`);
    }
  }

  #registerTool(plugin: Plugin, { name, description, inputSchema }: z.infer<typeof schemas.tool>): void {
    registering(plugin);
    if (plugin.tools.has(name)) throw new Error(`there are two tools called ${name}`);
    if (plugin.tools.size >= MAXIMUM_TOOLS) throw new Error(`a plugin has at most ${MAXIMUM_TOOLS} tools`);
    const room = MAXIMUM_NAME_CHARACTERS - pluginToolName(plugin.name, "").length;
    if (name.length > room)
      throw new Error(`the name ${name} is too long: beside the plugin's own ${room} characters fit`);
    const faults = faultsOfInputSchema(inputSchema);
    if (faults !== undefined) throw new Error(`the input schema of ${name}: ${faults}`);
    plugin.tools.set(name, { name, description, jsonSchema: inputSchema });
  }

  #registerAgentType(plugin: Plugin, agentType: z.infer<typeof schemas.agentType>): void {
    registering(plugin);
    const { name, description, systemPrompt, tools = DEFAULT_TOOLS, model, maxTurns } = agentType;
    if (plugin.agentTypes.has(name)) throw new Error(`there are two agent types called ${name}`);
    const definition: AgentDefinition = {
      name,
      description,
      systemPrompt,
      // Its own tools by their short names; they may be registered after the agent.
      tools,
      ...(model === undefined ? {} : { model }),
      ...(maxTurns === undefined ? {} : { maxTurns }),
      origin: `plugin ${plugin.name}`,
    };
    plugin.agentTypes.set(name, definition);
  }

  /** @throws Error that names what is in the way of it */
  async usePlugin(plugin: Plugin, scope: string | undefined, name: string, input: unknown): Promise<unknown> {
    const declared = plugin.metadata?.dependencies.map((text) => splitDependency(text).name) ?? [];
    if (!declared.includes(name)) throw new Error(`${name} is not among the dependencies in its metadata`);
    const other = this.#options.find(name, plugin);
    if (other === undefined) throw new Error(`${name} is not running`);
    if (!other.executes) throw new Error(`${name} has no function execute`);
    for (const source of plugin.taint) other.taint.add(source);
    const result = await other.call("execute", scope, { input });
    for (const source of other.taint) plugin.taint.add(source);
    return result;
  }

  #scopeOf(plugin: Plugin, sessionId: string | undefined): PluginScope {
    const open = sessionId === undefined ? undefined : this.#scopes.get(sessionId);
    if (open?.plugins.has(plugin)) return open.scope;
    throw new Error(
      "files, requests, commands and agents belong to a session: use the context that a tool, a handler or execute is given, while its session runs",
    );
  }

  #place(plugin: Plugin): string {
    return PluginStates.place(plugin.name, this.#options.folderOf(plugin)?.path ?? plugin.source.path);
  }
}

function registering(plugin: Plugin): void {
  if (!plugin.isInitializing) throw new Error("tools, agent types and handlers are registered in initialize only");
}

/** The real workspace path, when a permission covers it. */
async function allowedPath(
  plugin: Plugin,
  guard: PathGuard,
  wanted: string,
  access: "read" | "write",
): Promise<string> {
  const { workspacePath } = await guard.resolve(wanted, access);
  plugin.rights.use({ kind: `files:${access}`, pattern: workspacePath });
  return workspacePath;
}

function checked<Schema extends z.ZodType>(schema: Schema, params: unknown): z.infer<Schema> {
  const result = schema.safeParse(params);
  if (result.success) return result.data;
  throw new Error(faultsOf(result.error));
}
