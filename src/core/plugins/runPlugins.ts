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
import { EventTaint } from "./eventTaint.ts";
import type { Plugin } from "./plugin.ts";
import { PluginDelivery } from "./pluginDelivery.ts";
import type { PluginManager } from "./pluginManager.ts";
import { pluginAgentId } from "./pluginNames.ts";
import { PluginScope, type PluginScopeOptions } from "./pluginScope.ts";
import { SpawnSlots } from "./spawnSlots.ts";
import { pluginToolName, pluginTools } from "./pluginTool.ts";

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
  #delivery: PluginDelivery | undefined;
  #slots: SpawnSlots | undefined;
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
    this.tools = options.plugins.flatMap((plugin) => pluginTools(plugin, (agentId) => this.#slots?.waits(agentId)));
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

  /** Lets them act in the session and hear of it. `concurrency`: agents at once, where the run has a limit of its own. */
  attach(session: AgentSession, concurrency?: number): void {
    const { manager, agents, home, clock, settings } = this.#options;
    if (this.#plugins.size === 0) return;
    const slots = new SpawnSlots(() => concurrency ?? settings.get("maxConcurrentAgents"));
    this.#slots = slots;
    const use: PluginScopeOptions["use"] = (plugin, sessionId, { plugin: other, input }) =>
      manager.actions.usePlugin(plugin, sessionId, other, input);
    const scope = new PluginScope({ session, agents, home, clock, slots, use });
    this.#scope = scope;
    this.#registration = manager.actions.open(scope, this.#plugins);
    this.#delivery = new PluginDelivery({
      plugins: this.#plugins,
      clock,
      taint: new EventTaint({ of: (agentId) => session.toolbox.taintOf(agentId) }),
      stopped: session.signal,
      agentsEnded: () => scope.agentsEnded(),
    });
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

  /** Tells those of an event that subscribed to it. */
  deliver(event: OrchestratorEvent): void {
    this.#slots?.follow(event);
    this.#delivery?.deliver(event);
  }

  /** Resolves when they have heard of everything, or their time is over; then they can do no more in the session. */
  async close(): Promise<void> {
    await this.#delivery?.close();
    this.#delivery = undefined;
    this.#registration?.[Symbol.dispose]();
    await this.#scope?.close();
    this.#scope = undefined;
  }

  #takeAgentTypes(plugin: Plugin, taken: ReadonlySet<string>): void {
    const prefix = pluginToolName(plugin.name, "");
    const own = new Map(pluginTools(plugin).map(({ name }) => [name.slice(prefix.length), name]));
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
