/**
 * One session as a plugin sees it. Everything a plugin does in it goes through the session's one door for
 * tools, under the plugin's own name: path guard, rules, approvals, pre-images, events, redaction.
 */
import { open } from "node:fs/promises";
import { constants } from "node:fs";
import { z } from "zod";
import type { AgentRunner } from "../agents/agentRunner.ts";
import type { AgentSession } from "../agents/agentSession.ts";
import type { AgentTools } from "../agents/agentToolbox.ts";
import { writtenPaths } from "../agents/outputFile.ts";
import { PathGuard } from "../policy/pathGuard.ts";
import type { Clock } from "../ports.ts";
import { ToolFailure, type AgentTool, type ToolCallContext, type ToolIntent, type ToolOutcome } from "../tools/tool.ts";
import { onlyPath } from "../tools/workspaceFileTools.ts";
import type { Plugin } from "./plugin.ts";
import { pluginAgentId } from "./pluginNames.ts";
import { toldToPlugin } from "./pluginWords.ts";
import type { SpawnSlots } from "./spawnSlots.ts";
import { fetchSchema, fetchText, type FetchInput } from "./pluginFetch.ts";

const MAXIMUM_READ_BYTES = 2 * 1024 * 1024;
/** Agents a plugin may run in one session, in all. */
const MAXIMUM_SPAWNED = 20;

const useSchema = z.strictObject({ plugin: z.string(), input: z.unknown() });
export type UseRequest = z.infer<typeof useSchema>;

export interface PluginScopeOptions {
  readonly session: AgentSession;
  readonly agents: AgentRunner;
  readonly home: string;
  readonly clock: Clock;
  readonly slots: SpawnSlots;
  /** Lets a plugin use another one. */
  readonly use: (plugin: Plugin, sessionId: string, request: UseRequest) => Promise<unknown>;
}

const spawnSchema = z.strictObject({ agentType: z.string().min(1).max(64), task: z.string().min(1).max(20_000) });

export class PluginScope {
  readonly guard: PathGuard;
  readonly #options: PluginScopeOptions;
  readonly #tools = new Map<Plugin, Promise<AgentTools>>();
  readonly #spawned = new Map<Plugin, number>();
  readonly #closing = new AbortController();
  /** Aborted when the session is stopped or plugins can do no more in it. */
  readonly #signal: AbortSignal;
  /** Calls that are not answered yet. */
  readonly #open = new Set<Promise<unknown>>();
  /** What a call gave that is more than the text in the log. */
  readonly #values = new Map<string, unknown>();

  constructor(options: PluginScopeOptions) {
    this.#options = options;
    this.#signal = AbortSignal.any([options.session.signal, this.#closing.signal]);
    this.guard = new PathGuard({ folders: options.session.folders, home: options.home });
  }

  get sessionId(): string {
    return this.#options.session.sessionId;
  }

  /** Resolves when no agent that a plugin spawned runs; false when none did. */
  agentsEnded(): Promise<boolean> {
    return this.#options.slots.idle();
  }

  /** Stops what plugins are still doing in the session; resolves when it is stopped. */
  async close(): Promise<void> {
    this.#closing.abort(new Error("the run ended"));
    await Promise.allSettled(this.#open);
  }

  async read(plugin: Plugin, path: string): Promise<unknown> {
    return (await this.#call(plugin, "read", { file_path: path })).value;
  }

  async write(plugin: Plugin, path: string, content: string): Promise<void> {
    await this.#call(plugin, "write", { file_path: path, content });
  }

  /** Workspace paths that match, as `glob` finds them. */
  async list(plugin: Plugin, pattern: string): Promise<string[]> {
    const { content } = await this.#call(plugin, "glob", { pattern });
    return content === "no matches" ? [] : content.split("\n").filter((line) => line !== "" && !line.startsWith("["));
  }

  async fetch(plugin: Plugin, input: FetchInput): Promise<unknown> {
    return (await this.#call(plugin, "fetch", input)).value;
  }

  async run(plugin: Plugin, argv: readonly string[]): Promise<{ readonly output: string; readonly ok: boolean }> {
    const { content, isError } = await this.#call(plugin, "bash", { command: argv.map(quoted).join(" ") }, false);
    return { output: content, ok: !isError };
  }

  async use(plugin: Plugin, request: UseRequest): Promise<unknown> {
    return (await this.#call(plugin, "use_plugin", request)).value;
  }

  async spawn(plugin: Plugin, request: unknown): Promise<unknown> {
    return (await this.#call(plugin, "spawn_agent", request)).value;
  }

  async #call(
    plugin: Plugin,
    tool: string,
    input: unknown,
    failing = true,
  ): Promise<{ readonly content: string; readonly isError: boolean; readonly value: unknown }> {
    const id = this.#options.clock.newId("plugin");
    const tools = await this.#toolsOf(plugin);
    try {
      const call = tools.callOwn(tool, input, id);
      this.#open.add(call);
      const { content, isError } = await call.finally(() => this.#open.delete(call));
      if (isError && failing) throw new Error(content);
      return { content, isError, value: this.#values.get(id) };
    } finally {
      this.#values.delete(id);
    }
  }

  #toolsOf(plugin: Plugin): Promise<AgentTools> {
    const known = this.#tools.get(plugin);
    if (known) return known;
    const { session } = this.#options;
    const keep = (id: string, value: unknown): void => void this.#values.set(id, value);
    const use = (request: UseRequest): Promise<unknown> => this.#options.use(plugin, this.sessionId, request);
    const own = [
      new UsePlugin(use, keep),
      new PluginRead(this.guard, keep),
      new PluginFetch(plugin, keep),
      new SpawnAgent((request) => this.#spawn(plugin, request), keep),
    ];
    const tools = session.toolbox.forAgent(
      {
        agentId: pluginAgentId(plugin.name),
        attempt: { value: 1 },
        signal: this.#signal,
        taint: plugin.taint,
        onWritten: (effects) => {
          for (const path of writtenPaths(effects)) session.written.add(path);
        },
      },
      ["write", "glob", "bash"],
      own as unknown as AgentTool<never>[],
    );
    this.#tools.set(plugin, tools);
    return tools;
  }

  async #spawn(plugin: Plugin, { agentType, task }: z.infer<typeof spawnSchema>): Promise<unknown> {
    const { session, agents, slots } = this.#options;
    const count = (this.#spawned.get(plugin) ?? 0) + 1;
    if (count > MAXIMUM_SPAWNED) throw new ToolFailure(`A plugin runs at most ${MAXIMUM_SPAWNED} agents in a session.`);
    this.#spawned.set(plugin, count);
    const spawned = {
      agentType,
      title: task.split("\n")[0]?.slice(0, 100) ?? "",
      description: task,
      goal: task,
      purpose: "agent",
      batchId: pluginAgentId(plugin.name),
      taint: [...plugin.taint],
    };
    const { taint, text, outputs } = await slots.run(
      (onStarted) => agents.run({ ...session, signal: this.#signal }, { ...spawned, onStarted }),
      this.#signal,
    );
    for (const source of taint) plugin.taint.add(source);
    return { text, outputs: [...outputs] };
  }
}

type Keep = (toolUseId: string, value: unknown) => void;

const readSchema = z.strictObject({ file_path: z.string() });

/** `read` for a program: the text as it is, not as a model reads it. */
class PluginRead implements AgentTool<z.infer<typeof readSchema>> {
  readonly name = "read";
  readonly description = "Reads a text file of the workspace.";
  readonly inputSchema = readSchema;
  readonly #guard: PathGuard;
  readonly #keep: Keep;

  constructor(guard: PathGuard, keep: Keep) {
    this.#guard = guard;
    this.#keep = keep;
  }

  intent({ file_path }: z.infer<typeof readSchema>): ToolIntent {
    return { access: "read", paths: [file_path], subject: file_path };
  }

  async run(_input: unknown, context: ToolCallContext): Promise<ToolOutcome> {
    const path = onlyPath(context);
    await this.#guard.recheck(path);
    const file = await open(path.absolute, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
    try {
      const info = await file.stat();
      if (!info.isFile()) throw new ToolFailure(`${path.workspacePath} is not a regular file`);
      if (info.size > MAXIMUM_READ_BYTES)
        throw new ToolFailure(`${path.workspacePath} is larger than ${MAXIMUM_READ_BYTES / 1024 / 1024} MB`);
      const text = await file.readFile("utf8");
      this.#keep(context.toolUseId, text);
      return { content: `${text.length} characters` };
    } finally {
      await file.close();
    }
  }
}

class PluginFetch implements AgentTool<FetchInput> {
  readonly name = "fetch";
  readonly description = "Requests a URL of a granted host.";
  readonly inputSchema = fetchSchema;
  readonly #plugin: Plugin;
  readonly #keep: Keep;

  constructor(plugin: Plugin, keep: Keep) {
    this.#plugin = plugin;
    this.#keep = keep;
  }

  intent({ url }: FetchInput): ToolIntent {
    return { access: "none", subject: url };
  }

  async run(input: FetchInput, context: ToolCallContext): Promise<ToolOutcome> {
    const allows = (host: string): void => this.#plugin.rights.use({ kind: "network", host });
    const fetched = await fetchText(input, allows, context.signal).catch((error: unknown) => {
      context.signal.throwIfAborted();
      throw new ToolFailure(toldToPlugin("fetch", error), { cause: error });
    });
    this.#plugin.taint.add(`plugin ${this.#plugin.name}: ${new URL(input.url).host}`);
    this.#keep(context.toolUseId, fetched);
    return { content: `status ${fetched.status}, ${fetched.text.length} characters` };
  }
}

class UsePlugin implements AgentTool<UseRequest> {
  readonly name = "use_plugin";
  readonly description = "Uses another plugin.";
  readonly inputSchema = useSchema;
  readonly #use: (request: UseRequest) => Promise<unknown>;
  readonly #keep: Keep;

  constructor(use: (request: UseRequest) => Promise<unknown>, keep: Keep) {
    this.#use = use;
    this.#keep = keep;
  }

  intent({ plugin }: UseRequest): ToolIntent {
    return { access: "none", subject: plugin };
  }

  async run(request: UseRequest, context: ToolCallContext): Promise<ToolOutcome> {
    const value = await this.#use(request).catch((error: unknown) => {
      throw new ToolFailure(toldToPlugin("usePlugin", error), { cause: error });
    });
    this.#keep(context.toolUseId, value);
    return { content: "The plugin answered." };
  }
}

class SpawnAgent implements AgentTool<z.infer<typeof spawnSchema>> {
  readonly name = "spawn_agent";
  readonly description = "Runs an agent in the session.";
  readonly inputSchema = spawnSchema;
  readonly #spawn: (request: z.infer<typeof spawnSchema>) => Promise<unknown>;
  readonly #keep: Keep;

  constructor(spawn: (request: z.infer<typeof spawnSchema>) => Promise<unknown>, keep: Keep) {
    this.#spawn = spawn;
    this.#keep = keep;
  }

  intent({ agentType }: z.infer<typeof spawnSchema>): ToolIntent {
    return { access: "none", subject: agentType };
  }

  async run(request: z.infer<typeof spawnSchema>, context: ToolCallContext): Promise<ToolOutcome> {
    this.#keep(context.toolUseId, await this.#spawn(request));
    return { content: "The agent ended." };
  }
}

/** One argument as the shell tool reads it back to exactly itself. */
function quoted(argument: string): string {
  return /^[A-Za-z0-9_./:=@%+,-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`;
}
