/** The plugins of one run: what they bring to its agents, what they hear of it, what they did in it. */
import type { AgentDefinition } from "../agents/agentDefinition.ts";
import type { AgentRunner } from "../agents/agentRunner.ts";
import type { AgentSession } from "../agents/agentSession.ts";
import { AgentType } from "../agents/agentType.ts";
import { messageOf, OrchestratorError, toErrorInfo } from "../errors.ts";
import type { EventDraft, OrchestratorEvent } from "../events/event.ts";
import type { Clock, WorkspaceFolder } from "../ports.ts";
import type { Settings } from "../settings/settings.ts";
import type { AgentTool } from "../tools/tool.ts";
import type { Plugin } from "./plugin.ts";
import type { PluginManager } from "./pluginManager.ts";
import { PluginScope, pluginAgentId } from "./pluginScope.ts";
import { pluginTools } from "./pluginTool.ts";

/** Events a plugin has not taken yet; more are dropped. */
const MAXIMUM_WAITING = 500;

export interface RunPluginsOptions {
  readonly manager: PluginManager;
  readonly agents: AgentRunner;
  readonly home: string;
  readonly clock: Clock;
  readonly settings: Settings;
}

/** A plugin that was to be there and is not. */
export interface PluginProblem {
  readonly plugin: string;
  readonly error: OrchestratorError;
}

export class RunPlugins {
  readonly #options: RunPluginsOptions;

  constructor(options: RunPluginsOptions) {
    this.#options = options;
  }

  /** Starts what may be started in these folders. Never fails: a broken plugin harms nobody. */
  async open(folders: readonly WorkspaceFolder[], taken: ReadonlySet<string>): Promise<PluginsOfRun> {
    const { manager } = this.#options;
    const problems: PluginProblem[] = [];
    try {
      await manager.open(folders);
    } catch (error) {
      problems.push({
        plugin: "*",
        error: new OrchestratorError("plugin.failed", { plugin: "*", detail: messageOf(error) }),
      });
    }
    problems.push(...manager.problemsIn(folders));
    return new PluginsOfRun({ ...this.#options, plugins: manager.runningIn(folders), problems, taken });
  }
}

export class PluginsOfRun {
  readonly definitions = new Map<string, AgentDefinition>();
  readonly tools: readonly AgentTool<never>[];
  readonly #options: RunPluginsOptions;
  readonly #plugins: ReadonlySet<Plugin>;
  readonly #problems: PluginProblem[];
  readonly #queues = new Map<Plugin, { waiting: number; dropped: number; last: Promise<void> }>();
  #scope: PluginScope | undefined;
  #registration: Disposable | undefined;

  /** `taken`: names of agents that a plugin cannot replace. */
  constructor(
    options: RunPluginsOptions & {
      readonly plugins: readonly Plugin[];
      readonly problems: readonly PluginProblem[];
      readonly taken: ReadonlySet<string>;
    },
  ) {
    this.#options = options;
    this.#plugins = new Set(options.plugins);
    this.#problems = [...options.problems];
    this.tools = options.plugins.flatMap((plugin) => pluginTools(plugin));
    for (const plugin of options.plugins) this.#takeAgentTypes(plugin, options.taken);
  }

  /** Names of the tools that agents of a type get beside those of their definition. */
  toolsFor(agentType: string): readonly string[] {
    return [...this.#plugins]
      .filter(({ metadata }) => metadata?.agentTypes?.includes(agentType) ?? agentType !== AgentType.PLANNER)
      .flatMap((plugin) => pluginTools(plugin).map(({ name }) => name));
  }

  /** What the log says of them at the beginning of a run. */
  events(): EventDraft[] {
    const loaded = [...this.#plugins].map((plugin): EventDraft => {
      const { metadata, source } = plugin;
      return {
        type: "plugin_loaded",
        source: pluginAgentId(plugin.name),
        plugin: plugin.name,
        version: metadata?.version ?? "",
        runtime: source.runtime,
        hash: source.hash,
        permissions: [...plugin.wanted],
        tools: pluginTools(plugin).map(({ name }) => name),
        agentTypes: [...plugin.agentTypes.keys()],
      };
    });
    const failed = this.#problems.map(({ plugin, error }): EventDraft => {
      return { type: "plugin_error", source: pluginAgentId(plugin), plugin, error: toErrorInfo(error) };
    });
    return [...loaded, ...failed];
  }

  /** Lets them act in the session and hear of it. */
  attach(session: AgentSession): void {
    const { manager, agents, home, clock, settings } = this.#options;
    if (this.#plugins.size === 0) return;
    const concurrency = (): number => settings.get("maxConcurrentAgents");
    this.#scope = new PluginScope({ session, agents, home, clock, concurrency });
    this.#registration = manager.actions.open(this.#scope, this.#plugins);
    const failures = manager.onFailure((plugin, error) => {
      if (!this.#plugins.has(plugin)) return;
      const draft: EventDraft = {
        type: "plugin_error",
        source: pluginAgentId(plugin.name),
        plugin: plugin.name,
        error: toErrorInfo(error),
      };
      // The log may be closed already: then nobody is left to be told.
      session.log.emit(draft).catch(() => undefined);
    });
    const { [Symbol.dispose]: close } = this.#registration;
    this.#registration = {
      [Symbol.dispose]: () => {
        close();
        failures[Symbol.dispose]();
      },
    };
  }

  /** Tells those that subscribed to its type of an event, each in the order of the log; never of its own. */
  deliver(event: OrchestratorEvent): void {
    if (this.#scope === undefined) return;
    for (const plugin of this.#plugins) {
      if (!plugin.events.has(event.type) && !plugin.events.has("*")) continue;
      if (event.source === pluginAgentId(plugin.name)) continue;
      this.#enqueue(plugin, event);
    }
  }

  /** Resolves when they have heard of everything; then they can do no more in the session. */
  async close(): Promise<void> {
    // What a handler does makes events, which another one may hear of.
    for (let before = -1; before !== this.#waiting();) {
      before = this.#waiting();
      await Promise.all([...this.#queues.values()].map(({ last }) => last));
    }
    this.#registration?.[Symbol.dispose]();
    this.#scope = undefined;
  }

  #waiting(): number {
    return [...this.#queues.values()].reduce((sum, { waiting }) => sum + waiting, 0);
  }

  #enqueue(plugin: Plugin, event: OrchestratorEvent): void {
    const queue = this.#queues.get(plugin) ?? { waiting: 0, dropped: 0, last: Promise.resolve() };
    this.#queues.set(plugin, queue);
    if (queue.waiting >= MAXIMUM_WAITING) {
      if (queue.dropped++ === 0) plugin.log.add("warn", "it hears too slowly: some events were left out");
      return;
    }
    queue.waiting += 1;
    queue.last = queue.last.then(async () => {
      try {
        if (plugin.state !== "running") return;
        plugin.rights.use({ kind: "events", type: event.type });
        await plugin.call("event", event.sessionId, { event });
      } catch (error) {
        plugin.log.add("error", `${event.type}: ${messageOf(error)}`);
      } finally {
        queue.waiting -= 1;
      }
    });
  }

  #takeAgentTypes(plugin: Plugin, taken: ReadonlySet<string>): void {
    const own = new Map(pluginTools(plugin).map(({ name }) => [name.split("__")[2] ?? "", name]));
    for (const definition of plugin.agentTypes.values()) {
      const { name } = definition;
      if (taken.has(name) || this.definitions.has(name)) {
        const detail = `there is an agent ${name} already; give it another name`;
        this.#problems.push({
          plugin: plugin.name,
          error: new OrchestratorError("plugin.failed", { plugin: plugin.name, detail }),
        });
        continue;
      }
      this.definitions.set(name, { ...definition, tools: definition.tools.map((tool) => own.get(tool) ?? tool) });
    }
  }
}
