/** Plugins for programs that embed the engine (docs/cheat-sheet.md, section 6). */
import { LazyEngine, loadInto, type ApiOptions, type PluginToLoad } from "./apiEngine.ts";
import type { PluginInfo } from "./core/plugins/pluginInfo.ts";

/** A plugin that runs. */
export interface LoadedPlugin {
  readonly name: string;
  readonly version: string;
  /** Names of its tools, as it gave them. */
  readonly tools: readonly string[];
  /** Calls its `execute`, outside any session: files, requests and agents are for sessions. */
  execute(input: unknown): Promise<unknown>;
}

/** Loads single plugins. Dispose it (`await using`, or `close()`) when done: then they are stopped. */
export class PluginManager implements AsyncDisposable {
  readonly #engine: LazyEngine;

  constructor(options: ApiOptions = {}) {
    this.#engine = new LazyEngine(options);
  }

  /** Starts a plugin, with no more than the permissions in `grant` and those it was granted before. */
  async loadPlugin(plugin: PluginToLoad): Promise<LoadedPlugin> {
    const loaded = await loadInto(await this.#engine.get(), plugin);
    return {
      name: loaded.name,
      version: loaded.metadata?.version ?? "",
      tools: [...loaded.tools.keys()],
      execute: (input) => loaded.call("execute", undefined, { input }),
    };
  }

  async listPlugins(): Promise<readonly PluginInfo[]> {
    return (await this.#engine.get()).plugins.plugins;
  }

  async unloadPlugin(name: string): Promise<void> {
    await (await this.#engine.get()).plugins.unload(name);
  }

  async close(): Promise<void> {
    await this.#engine.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
