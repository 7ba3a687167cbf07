/** A trusted workspace with plugins in it, an engine that runs them in real processes, and an agent that uses them. */
import type { EventKind, EventOf, OrchestratorEvent } from "../../src/core/events/event.ts";
import type { PluginLimits } from "../../src/core/plugins/pluginLimits.ts";
import type { PluginInfo } from "../../src/core/plugins/pluginInfo.ts";
import { PluginManager } from "../../src/core/plugins/pluginManager.ts";
import { BlanketApprover } from "../../src/core/policy/approvers.ts";
import type { Approver } from "../../src/core/ports.ts";
import type { GivenSettings } from "../../src/core/settings/configFile.ts";
import { LayeredSettings } from "../../src/core/settings/layeredSettings.ts";
import { oneStep } from "./goalScenarios.ts";
import { say, useTool } from "./modelServerReplies.ts";
import type { Script } from "./modelServerScripts.ts";
import { TestEngine } from "./testEngine.ts";

export interface PluginSceneOptions {
  /** Files of the plugins folder. */
  readonly plugins: Readonly<Record<string, string>>;
  /** Other files of the workspace. */
  readonly files?: Readonly<Record<string, string>>;
  /** What an agent calls, one call a turn. Default: nothing but an answer. */
  readonly calls?: readonly { readonly tool: string; readonly input: unknown }[];
  readonly script?: Script;
  /** False: nothing is granted. Default: all plugins. */
  readonly grant?: boolean;
  readonly trusted?: boolean;
  readonly approver?: Approver;
  readonly limits?: Partial<PluginLimits>;
  readonly settings?: GivenSettings;
}

export class PluginScene implements AsyncDisposable {
  readonly test: TestEngine;
  events: readonly OrchestratorEvent[] = [];

  private constructor(test: TestEngine) {
    this.test = test;
  }

  static async start(options: PluginSceneOptions): Promise<PluginScene> {
    const turns = [...(options.calls ?? []).map(({ tool, input }) => useTool(tool, input)), say("Done.")];
    const test = await TestEngine.start({
      script: options.script ?? oneStep(turns, { agentType: "researcher" }),
      trusted: options.trusted ?? true,
      approver: options.approver ?? new BlanketApprover("all"),
      ...(options.limits ? { pluginLimits: options.limits } : {}),
      ...(options.settings ? { settings: options.settings } : {}),
    });
    const plugins = Object.entries(options.plugins).map(([path, text]) => [`.ai-orchestrator/plugins/${path}`, text]);
    await test.workspace.write({ ...options.files, ...Object.fromEntries(plugins) });
    const scene = new PluginScene(test);
    if (options.grant !== false) await scene.grantAll();
    return scene;
  }

  get manager(): TestEngine["engine"]["plugins"] {
    return this.test.engine.plugins;
  }

  /** Grants every plugin that describes itself, as a person would after reading. */
  async grantAll(): Promise<void> {
    await this.manager.open(this.test.folders, { start: false });
    for (const { path, state } of this.manager.plugins)
      if (state === "needsGrant" || state === "changed") await this.manager.grant(await this.manager.review(path));
  }

  /** Starts the plugins and gives what is known of one. */
  async open(name: string): Promise<PluginInfo> {
    await this.manager.open(this.test.folders);
    return this.plugin(name);
  }

  plugin(name: string): PluginInfo {
    const found = this.manager.plugins.find((plugin) => plugin.name === name);
    if (found === undefined)
      throw new Error(`no plugin ${name}; there are ${this.manager.plugins.map((plugin) => plugin.name).join(", ")}`);
    return found;
  }

  /** Resolves when a plugin has written this to its log. */
  logged(name: string, words: string): Promise<void> {
    return new Promise((resolve) => {
      const log = this.manager.log(this.plugin(name).path);
      if (log?.lines.some(({ text }) => text === words)) resolve();
      else log?.onLine(({ text }) => text === words && resolve());
    });
  }

  /** Runs a goal of one step, whose agent makes the calls. */
  async run(): Promise<readonly OrchestratorEvent[]> {
    this.events = await this.test.run("Use the plugins");
    return this.events;
  }

  all<Kind extends EventKind>(kind: Kind): EventOf<Kind>[] {
    return this.events.filter((event): event is EventOf<Kind> => event.type === kind);
  }

  /** What the agent was told of its calls. */
  results(tool: string): { readonly content: string; readonly isError: boolean }[] {
    return this.all("tool_result")
      .filter((event) => event.tool === tool)
      .map(({ content, isError }) => ({ content, isError }));
  }

  /** The plugins of another window; `file` stands for its config.json. Closed by whoever asks for it. */
  anotherManager(file: { readonly values: GivenSettings } = { values: {} }): PluginManager {
    const nothing = (): void => undefined;
    return new PluginManager({
      home: this.test.home.path,
      settings: new LayeredSettings(file, {}),
      workspaceState: { isTrusted: () => true },
      environment: {},
      processUrl: new URL("../../dist/pluginProcess.js", import.meta.url),
      clock: this.test.clock,
      logger: { debug: nothing, info: nothing, warn: nothing, error: nothing },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.test[Symbol.asyncDispose]();
  }
}
