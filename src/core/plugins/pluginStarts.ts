/** Starts plugins that may run, each after those it needs. */
import { isDeepStrictEqual } from "node:util";
import { messageOf, OrchestratorError, toOrchestratorError } from "../errors.ts";
import type { Logger } from "../ports.ts";
import type { Settings } from "../settings/settings.ts";
import type { Plugin } from "./plugin.ts";
import type { PluginEntries } from "./pluginEntries.ts";
import type { PluginEntry } from "./pluginInfo.ts";
import { splitDependency } from "./pluginMetadata.ts";
import { startOrder } from "./startOrder.ts";

export interface PluginStartsOptions {
  readonly entries: PluginEntries;
  readonly settings: Settings;
  readonly logger: Logger;
}

export class PluginStarts {
  readonly #options: PluginStartsOptions;

  constructor(options: PluginStartsOptions) {
    this.#options = options;
  }

  /**
   * Starts those of these that may run and do not; never rejects for one that cannot. One that failed is tried again
   * when its configuration is another, and one that runs is started anew then.
   */
  async start(among: readonly PluginEntry[]): Promise<void> {
    const { settings, entries } = this.#options;
    const candidates = among.flatMap((entry) => {
      const { plugin, verdict } = entry;
      const { metadata } = plugin ?? {};
      if (!plugin || !metadata || verdict.kind !== "granted") return [];
      const { name, version, dependencies } = metadata;
      const config = settings.get("plugins.configuration")[name] ?? {};
      const isOther =
        !entry.loadedByProgram &&
        plugin.configuration !== undefined &&
        !isDeepStrictEqual(plugin.configuration, config);
      if (plugin.state === "failed" && !isOther) return [];
      return [{ name, version, dependencies, plugin, entry, config, isOther }];
    });
    const { order, problems } = startOrder(candidates, (name) => entries.whyNot(name));
    for (const { plugin, name, entry } of candidates) {
      const problem = problems.get(name);
      if (problem === undefined) continue;
      await plugin.stop();
      entry.startError = problem;
    }
    for (const { plugin, name, dependencies, entry, config, isOther } of order) {
      if (isOther) await plugin.stop();
      if (plugin.state === "running" || plugin.state === "restarting") continue;
      delete entry.startError;
      try {
        const waits = dependencies.find((text) => !entries.running(entry.folder, splitDependency(text).name));
        if (waits !== undefined) {
          const detail = `it needs ${waits}, which does not run`;
          throw new OrchestratorError("plugin.dependency", { plugin: name, detail });
        }
        if (plugin.state !== "described") await plugin.describe();
        await plugin.initialize(config);
      } catch (error) {
        entry.startError = toOrchestratorError(error);
        await plugin.stop();
        this.#options.logger.warn(`the plugin ${name} was not started`, { error: messageOf(error) });
      }
    }
  }

  /** Why a plugin cannot be started beside those that run, or undefined. */
  missingDependency(plugin: Plugin): OrchestratorError | undefined {
    const { entries } = this.#options;
    const { name = "", version = "", dependencies = [] } = plugin.metadata ?? {};
    const running = entries.all.flatMap(({ plugin: other }) => {
      if (other?.state !== "running" || other.metadata === undefined) return [];
      return [{ ...other.metadata, dependencies: [] as string[] }];
    });
    return startOrder([{ name, version, dependencies }, ...running], (other) => entries.whyNot(other)).problems.get(
      name,
    );
  }
}
