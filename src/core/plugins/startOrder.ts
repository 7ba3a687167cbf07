/** In which order plugins are started: what another one needs comes first. */
import satisfies from "semver/functions/satisfies.js";
import { OrchestratorError } from "../errors.ts";
import { splitDependency } from "./pluginMetadata.ts";

export interface Startable {
  readonly name: string;
  readonly version: string;
  readonly dependencies: readonly string[];
}

export interface StartOrder<Plugin extends Startable> {
  readonly order: readonly Plugin[];
  /** Why a plugin cannot be started, by its name. */
  readonly problems: ReadonlyMap<string, OrchestratorError>;
}

/** `unavailable` says of a dependency that exists but will not run why. */
export function startOrder<Plugin extends Startable>(
  plugins: readonly Plugin[],
  unavailable: (name: string) => string | undefined,
): StartOrder<Plugin> {
  const byName = new Map(plugins.map((plugin) => [plugin.name, plugin]));
  const problems = new Map<string, OrchestratorError>();
  const order: Plugin[] = [];
  const done = new Set<string>();

  /** False when the plugin cannot be started. */
  const visit = (plugin: Plugin, path: readonly string[]): boolean => {
    const { name } = plugin;
    if (done.has(name)) return !problems.has(name);
    const at = path.indexOf(name);
    if (at >= 0) {
      const cycle = [...path.slice(at), name];
      for (const member of cycle) problems.set(member, fault(member, `it is part of a circle: ${cycle.join(" → ")}`));
      return false;
    }
    for (const text of plugin.dependencies) {
      const detail = faultOf(text, byName, unavailable);
      if (detail !== undefined) problems.set(name, fault(name, detail));
      const needed = byName.get(splitDependency(text).name);
      if (needed !== undefined && !visit(needed, [...path, name]) && !problems.has(name))
        problems.set(name, fault(name, `it needs ${needed.name}, which cannot be started`));
    }
    done.add(name);
    if (problems.has(name)) return false;
    order.push(plugin);
    return true;
  };
  for (const plugin of plugins) visit(plugin, []);
  return { order, problems };
}

function faultOf(
  text: string,
  byName: ReadonlyMap<string, Startable>,
  unavailable: (name: string) => string | undefined,
): string | undefined {
  const { name, range } = splitDependency(text);
  const needed = byName.get(name);
  if (needed === undefined) {
    const why = unavailable(name);
    return why === undefined ? `it needs ${text}, which is not there` : `it needs ${name}, which ${why}`;
  }
  if (satisfies(needed.version, range)) return undefined;
  return `it needs ${name} ${range}, and ${needed.version} is there`;
}

function fault(plugin: string, detail: string): OrchestratorError {
  return new OrchestratorError("plugin.dependency", { plugin, detail });
}
